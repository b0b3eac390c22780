/// Makes the program of a `DirectTable`: follows the features through the steps of a plan, and
/// notes for each what is computed where.
struct TableCompiler {
    /// Where a feature comes from.
    enum Item {
        /// It is always there, in a register.
        case number(register: Int, index: Int)
        case choice(Choice)
    }

    /// A column of one-hot: at most one of several features.
    struct Choice {
        /// Finds the code; what it adds is known last.
        var step: TableStep
        /// What a code gives; nil: nothing.
        var options: [Option?]
    }

    struct Option {
        var index: Int
        var value: Double
    }

    /// The features behind a step, in the order in which they lie in a `FeatureVector`.
    struct Vector {
        var isDense: Bool
        var items: [Item]
    }

    private(set) var steps: [TableStep] = []
    private(set) var numbers: [Double] = []
    private(set) var positions: [Int32] = []
    private(set) var searches: [CategorySearch] = []
    private(set) var registerCount = 0
    /// Where the intercepts stand among the numbers.
    private(set) var interceptPlace = 0
    /// How many features the elements of the plan may have yet.
    private var room = featuresMax

    /// Above these the sums take the time, and what the program keeps besides the model's own
    /// weights would be many megabytes.
    private static let featuresMax = 1 << 17
    private static let weightsMax = 1 << 20

    /// Nil where something needs features.
    static func compile(
        _ plan: FeaturePlan, _ linear: LinearWeights, refusesNonFinite: Bool
    ) -> TableCompiler? {
        guard plan.writtenCount <= featuresMax, linear.weights.count <= weightsMax else {
            return nil
        }
        var compiler = TableCompiler()
        guard let vector = compiler.vector(of: plan) else { return nil }
        guard compiler.sum(vector, linear, refusesNonFinite) else { return nil }
        return compiler
    }

    private mutating func vector(of plan: FeaturePlan) -> Vector? {
        room -= plan.sourceCount
        guard plan.textField == nil, room >= 0, var vector = source(plan) else { return nil }
        for transform in plan.transforms {
            guard let next = applying(transform, to: vector) else { return nil }
            vector = next
        }
        return vector
    }

    // MARK: - Sources

    private mutating func source(_ plan: FeaturePlan) -> Vector? {
        switch plan.source {
        case .fields(let places, let missing):
            var step = TableStep(kind: .fields)
            step.refuses = missing == nil
            let first = places.first ?? 0
            step.source = Int32(first)
            step.isGathered = places != Array(first..<first + places.count)
            if step.isGathered { step.place = keep(places) }
            step.one = keep([Double](repeating: missing ?? .nan, count: places.count))
            return load(step, count: places.count)
        case .dense(let count): return load(TableStep(kind: .dense), count: count)
        case .categories(let encoder, let places):
            return encoded(encoder) { column in
                var step = TableStep(kind: .choose)
                step.reading = encoder.columns[column].isText ? .text : .field
                step.source = Int32(places[column])
                return step
            }
        case .union(let elements, let isDense):
            var items: [Item] = []
            var offset = 0
            for element in elements {
                guard let vector = vector(of: element) else { return nil }
                items += vector.items.map { $0.moved(by: offset) }
                offset += element.featureCount
            }
            return Vector(isDense: isDense, items: items)
        case .hashedNgrams, .tfidfNgrams, .lexical, .sparse, .sparseFromZero: return nil
        }
    }

    private mutating func load(_ step: TableStep, count: Int) -> Vector {
        var step = step
        step.first = Int32(take(count))
        step.count = Int32(count)
        steps.append(step)
        return Self.dense((0..<count).map { Int(step.first) + $0 })
    }

    static func dense(_ registers: [Int]) -> Vector {
        Vector(
            isDense: true,
            items: registers.enumerated().map { .number(register: $1, index: $0) })
    }

    /// Columns of categories; `reading` gives the step that finds a column's code.
    mutating func encoded(
        _ encoder: CategoryEncoder, _ reading: (Int) -> TableStep
    ) -> Vector {
        var items: [Item] = []
        var codes: [Int] = []
        for (place, column) in encoder.columns.enumerated() {
            var step = reading(place)
            unsafe searches.append(column.table.search)
            step.place = Int32(searches.count - 1)
            if encoder.encoding == .oneHot {
                let features = encoder.starts[place]..<encoder.starts[place + 1]
                items.append(
                    .choice(
                        Choice(step: step, options: features.map { Option(index: $0, value: 1) })))
            } else {
                codes.append(code(step))
            }
        }
        return encoder.encoding == .oneHot
            ? Vector(isDense: false, items: items) : Self.dense(codes)
    }

    /// Notes a step that makes a number of a code; gives its register.
    mutating func code(_ reading: TableStep) -> Int {
        var step = TableStep(kind: .code)
        step.reading = reading.reading
        step.source = reading.source
        step.place = reading.place
        step.other = reading.other
        step.edges = reading.edges
        step.first = Int32(take(1))
        steps.append(step)
        return Int(step.first)
    }

    // MARK: - Memory

    mutating func take(_ count: Int) -> Int {
        registerCount += count
        return registerCount - count
    }

    mutating func keep(_ added: [Double]) -> Int32 {
        numbers += added
        return Int32(numbers.count - added.count)
    }

    mutating func keep(_ added: [Int]) -> Int32 {
        positions += added.map { Int32($0) }
        return Int32(positions.count - added.count)
    }

    mutating func append(_ step: TableStep) { steps.append(step) }

    /// Where the step before fills nothing, it may do so while it loads.
    ///
    /// - Parameter registers: those that are filled, all of the step's.
    mutating func fillWhileLoading(_ first: Int, _ statistics: [Double]) -> Bool {
        guard let last = steps.last, last.kind == .fields, !last.refuses,
            Int(last.first) == first, Int(last.count) == statistics.count
        else { return false }
        for (position, statistic) in statistics.enumerated()
        where numbers[Int(last.one) + position].isNaN {
            numbers[Int(last.one) + position] = statistic
        }
        return true
    }

    // MARK: - Decisions

    private mutating func sum(
        _ vector: Vector, _ linear: LinearWeights, _ refusesNonFinite: Bool
    ) -> Bool {
        let rows = linear.rows
        func weights(_ index: Int) -> ArraySlice<Double> {
            linear.weights[index * rows..<(index + 1) * rows]
        }
        if vector.isDense {
            let registers = vector.items.compactMap(\.register)
            let first = gathered(registers)
            var step = TableStep(kind: rows == 1 ? .addAll : .add)
            step.first = Int32(first)
            step.count = Int32(registers.count)
            step.one = keep(linear.weights)
            steps.append(step)
        } else {
            // A sum of its own for what was loaded together, which `join` looks for.
            let starts = Set(steps.filter { $0.kind == .fields }.map { Int($0.first) })
            var last: TableStep?
            for item in vector.items {
                switch item {
                case .number(let register, let index):
                    // Weights of neighbours stand side by side.
                    if let step = last, Int(step.first + step.count) == register,
                        !starts.contains(register)
                    {
                        last?.count += 1
                        _ = keep(Array(weights(index)))
                    } else {
                        if let step = last { steps.append(step) }
                        var step = TableStep(kind: .add)
                        step.first = Int32(register)
                        step.count = 1
                        step.one = keep(Array(weights(index)))
                        last = step
                    }
                case .choice(let choice):
                    if let step = last { steps.append(step) }
                    last = nil
                    var products = [Double](repeating: 0, count: rows)
                    for option in choice.options {
                        guard let option else {
                            products += [Double](repeating: 0, count: rows)
                            continue
                        }
                        if refusesNonFinite, !option.value.isFinite { return false }
                        products += weights(option.index).map { $0 * option.value }
                    }
                    var step = choice.step
                    step.one = keep(products)
                    if step.reading == .text { step.kind = .chooseTexts }
                    steps.append(step)
                }
            }
            if let step = last { steps.append(step) }
        }
        if rows == 1 { join() }
        countTexts()
        interceptPlace = Int(keep(linear.intercepts))
        return true
    }

    /// Makes one step of three that load, standardize and add the same registers.
    private mutating func join() {
        for place in steps.indices where steps[place].kind == .add {
            let sum = steps[place]
            guard
                let load = steps.firstIndex(where: {
                    $0.kind == .fields && $0.first == sum.first && $0.count == sum.count
                }), !steps[load].isGathered, load + 1 < place
            else { continue }
            let scaler = steps[load + 1]
            guard scaler.kind == .operate, scaler.operation == .standardize,
                scaler.first == sum.first, scaler.count == sum.count,
                !steps[(load + 2)..<place].contains(where: { $0.touches(sum) })
            else { continue }
            var joined = steps[load]
            joined.kind = .standardized
            joined.other = scaler.one
            joined.scales = scaler.other
            joined.weights = sum.one
            steps[place] = joined
            steps[load].count = 0
            steps[load + 1].count = 0
        }
        steps.removeAll { ($0.kind == .fields || $0.kind == .operate) && $0.count == 0 }
    }

    /// Says in each choice by a text how many there are from there on.
    private mutating func countTexts() {
        var count: Int32 = 0
        for place in steps.indices.reversed() {
            count = steps[place].kind == .chooseTexts ? count + 1 : 0
            if count > 0 { steps[place].count = count }
        }
    }

    /// The first of registers that hold these numbers side by side.
    private mutating func gathered(_ registers: [Int]) -> Int {
        if let first = registers.first, registers == Array(first..<first + registers.count) {
            return first
        }
        var step = TableStep(kind: .gather)
        step.place = keep(registers)
        step.count = Int32(registers.count)
        step.first = Int32(take(registers.count))
        steps.append(step)
        return Int(step.first)
    }
}

extension TableCompiler.Item {
    /// The register of a number.
    var register: Int? {
        if case .number(let register, _) = self { register } else { nil }
    }

    func moved(by offset: Int) -> TableCompiler.Item {
        switch self {
        case .number(let register, let index):
            return .number(register: register, index: index + offset)
        case .choice(var choice):
            for place in choice.options.indices { choice.options[place]?.index += offset }
            return .choice(choice)
        }
    }
}
