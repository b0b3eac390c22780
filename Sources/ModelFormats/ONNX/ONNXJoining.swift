import Lifecycle
import Scoring

/// The machines of a graph that its outputs are made of, as one.
struct ONNXJoining {
    let machine: ONNXMachine
    /// What formulas call a decision of the one machine, from 0, by what the graph's call it.
    private let numbers: [Int: Int]
    private let base: Int

    /// - Parameter used: the numbers of all decisions in the outputs.
    /// - Throws: `SwerveError.invalid` where there is none, or several do not go together.
    init(_ translator: ONNXTranslator, used: Set<Int>) throws(SwerveError) {
        let machines = translator.machines
        guard let first = machines.first else { throw translator.hasNoModel }
        let needed = machines.filter { machine in
            machine.numbers.contains { used.contains($0) }
        }
        let only = needed.count > 1 ? nil : needed.first ?? first
        if let only, !only.isPart(in: used) {
            machine = only
            base = only.base
            numbers = [:]
            return
        }
        let places = needed.flatMap { machine in
            machine.numbers.filter(used.contains)
        }
        base = 0
        numbers = Dictionary(
            uniqueKeysWithValues: places.enumerated().map { ($0.element, $0.offset) })
        var joined = try Self.joined(needed, used: used)
        if let only { joined = only.with(joined.function) }
        machine = joined
    }

    func number(_ index: Int) -> Int { numbers[index] ?? index - base }

    /// Whether all numbers stay as they are.
    var isPlain: Bool { numbers.isEmpty && base == 0 }

    private static func joined(
        _ machines: [ONNXMachine], used: Set<Int>
    ) throws(SwerveError) -> ONNXMachine {
        let machines = try alike(machines)
        for machine in machines.dropFirst() where machine.features != machines[0].features {
            throw machine.op.wrong(
                "it is a second model in the graph, over other features than the first",
                remedy: "export it with swerve-export")
        }
        var joined = machines[0]
        joined = ONNXMachine(
            kind: .several, op: joined.op, features: joined.features,
            function: try function(machines, used: used),
            precision: machines.allSatisfy { $0.precision == .double } ? .double : .single)
        return joined
    }

    /// The same machines; those over scalings of the same features over the features themselves,
    /// where all are linear.
    private static func alike(_ machines: [ONNXMachine]) throws(SwerveError) -> [ONNXMachine] {
        guard machines.contains(where: { $0.features != machines[0].features }) else {
            return machines
        }
        // Each gets weights of its own below, though one constant may be all of them now.
        var numbers = 0
        for machine in machines {
            guard case .linear(let weights) = machine.function else { return machines }
            numbers += weights.weights.count
            guard numbers <= Limits.linearWeights else {
                throw machine.op.tooLarge(
                    "with it the models of the graph have more than \(Limits.linearWeights) "
                        + "weights")
            }
        }
        var plain: [ONNXMachine] = []
        for machine in machines {
            guard case .linear(let weights) = machine.function else { return machines }
            // The rounding of the input itself stays.
            let kept = machine.features.transforms.first == .single ? 1 : 0
            let scalings = Array(machine.features.transforms.dropFirst(kept))
            guard let folded = ONNXFolding.folded(weights, scalings) else { return machines }
            var changed = machine
            changed.function = .linear(folded)
            changed.features = FeaturizerSpec(
                source: machine.features.source,
                transforms: Array(machine.features.transforms.prefix(kept)))
            plain.append(changed)
        }
        return plain
    }

    private static func function(
        _ machines: [ONNXMachine], used: Set<Int>
    ) throws(SwerveError) -> DecisionFunction {
        var planes: [(LinearWeights, row: Int)] = []
        var kernels: [KernelMachine] = []
        for machine in machines {
            switch machine.function {
            case .linear(let weights):
                for row in 0..<weights.rows where used.contains(machine.base + row) {
                    planes.append((weights, row))
                }
            case .kernel(let kernel):
                guard kernel.intercepts.count == 1, machine.probability == .none else {
                    throw machine.op.wrong(
                        "it is a second model in the graph, of more than one decision",
                        remedy: "export it with swerve-export")
                }
                kernels.append(kernel)
            case .kernels: break
            }
        }
        let last = machines[machines.count - 1]
        guard planes.isEmpty || kernels.isEmpty else {
            throw last.op.wrong(
                "it is a second model in the graph, and of another kind than the first")
        }
        guard let first = planes.first else { return .kernels(kernels) }
        let width = first.0.featureCount
        guard planes.allSatisfy({ $0.0.featureCount == width }) else {
            throw last.op.wrong(
                "it is a second model in the graph, of another number of features")
        }
        guard width <= Limits.linearWeights / planes.count else {
            throw last.op.wrong(
                "with it there are too many weights: \(planes.count) decisions over \(width) "
                    + "features, the limit is \(Limits.linearWeights) weights")
        }
        let rows = planes.count
        var weights = [Double](repeating: 0, count: width * rows)
        for (place, (plane, row)) in planes.enumerated() {
            for feature in 0..<width {
                weights[feature * rows + place] = plane.weights[feature * plane.rows + row]
            }
        }
        return .linear(
            LinearWeights(
                weights: weights, intercepts: planes.map { $0.0.intercepts[$0.row] }))
    }
}
