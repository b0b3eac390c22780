internal import Lifecycle
internal import Scoring

/// Hyperplanes or support vectors of a bundle.
enum BundleFunction {
    /// - Parameter members: of a calibrated ensemble; nil without a calibration.
    static func parse(
        _ function: BundleObject, task: ModelTask, rule: Model.Rule, classes: Int, members: Int?
    ) throws(SwerveError) -> DecisionFunction {
        let (name, object) = try function.choice()
        switch (name, members) {
        case ("linear", _):
            return .linear(
                try linear(object, rule: rule, classes: classes, members: members ?? 1))
        case ("kernel", nil):
            return .kernel(try machine(object, task: task, rule: rule, classes: classes))
        case ("kernels", let members?):
            return .kernels(try machines(object, rule: rule, classes: classes, members: members))
        case ("kernel", _), ("kernels", _):
            throw function.wrong(
                name, "does not go with the calibration, whose members' machines are kernels")
        default:
            throw function.wrong(name, "is not known; a function is linear, kernel or kernels")
        }
    }

    /// The machines of an ensemble, one a member.
    private static func machines(
        _ object: BundleObject, rule: Model.Rule, classes: Int, members: Int
    ) throws(SwerveError) -> [KernelMachine] {
        try object.require(keys: ["machines"])
        guard let list = object.value("machines")?.array, list.count == members else {
            throw object.wrong("machines", "is not a list of \(members) objects, one a member")
        }
        let votes: Model.Rule = rule == .oneVsRest ? .oneVsOneAsRest : rule
        var objects: [BundleObject] = []
        var numbers = 0
        for (position, json) in list.enumerated() {
            let member = try BundleObject(
                json, place: "\(object.place).machines[\(position)]", tensors: object.tensors)
            // One tensor may stand in many places: what is read must fit a file all the same.
            guard let size = try size(member), size <= Limits.modelFileBytes / 8 - numbers else {
                throw SwerveError(
                    .tooLarge, act: object.tensors.act,
                    reason: "\(object.place): vectors, coefficients and intercepts of all machines "
                        + "are more than \(Limits.modelFileBytes / 8) numbers")
            }
            numbers += size
            objects.append(member)
        }
        var machines: [KernelMachine] = []
        for member in objects {
            let machine = try machine(
                member, task: .classification, rule: votes, classes: classes)
            guard machine.featureCount == machines.first?.featureCount ?? machine.featureCount
            else { throw member.wrong("vectors", "have other features than the first machine's") }
            machines.append(machine)
        }
        return machines
    }

    /// The numbers that a machine takes; nil where they are beyond an integer.
    private static func size(_ machine: BundleObject) throws(SwerveError) -> Int? {
        var names = [try machine.tensorName("vectors"), try machine.tensorName("coefficients")]
        // A list in the manifest is bounded with it.
        if machine.value("intercepts")?.array == nil {
            names.append(try machine.tensorName("intercepts"))
        }
        var sum = 0
        for name in names {
            var count = 1
            for side in try machine.tensors.shape(name) {
                let (product, isOver) = count.multipliedReportingOverflow(by: side)
                guard !isOver else { return nil }
                count = product
            }
            let (next, isOver) = sum.addingReportingOverflow(count)
            guard !isOver else { return nil }
            sum = next
        }
        return sum
    }

    private static func linear(
        _ object: BundleObject, rule: Model.Rule, classes: Int, members: Int
    ) throws(SwerveError) -> LinearWeights {
        try object.require(keys: ["weights", "intercepts"])
        let rows: Int
        switch rule {
        case .single: rows = members
        case .oneVsRest: rows = members * classes
        case .oneVsOne, .oneVsOneAsRest:
            throw object.wrong("weights", "are not for votes, which take a kernel")
        }
        let name = try object.tensorName("weights")
        let weights = try object.tensors.doubles(name, shape: [nil, rows])
        guard (1...Limits.hashedFeatures).contains(weights.count / rows) else {
            throw object.tensors.wrong(
                name,
                "it is of \(weights.count / rows) features, not 1 to \(Limits.hashedFeatures)")
        }
        return LinearWeights(
            weights: weights, intercepts: try object.doubles("intercepts", count: rows))
    }

    private static func machine(
        _ object: BundleObject, task: ModelTask, rule: Model.Rule, classes: Int
    ) throws(SwerveError) -> KernelMachine {
        try object.require(keys: [
            "kernel", "gamma", "coef0", "degree", "vectors", "vector_counts", "coefficients",
            "intercepts",
        ])
        let (rows, intercepts, groups): (Int, Int, Int)
        switch rule {
        case .single: (rows, intercepts, groups) = (1, 1, task == .classification ? 2 : 1)
        case .oneVsOne, .oneVsOneAsRest:
            (rows, intercepts, groups) = (classes - 1, classes * (classes - 1) / 2, classes)
        case .oneVsRest: throw object.wrong("vectors", "are not for one decision a class")
        }
        let name = try object.tensorName("vectors")
        let shape = try object.tensors.shape(name)
        guard shape.count == 2, shape[0] > 0, (1...Limits.hashedFeatures).contains(shape[1]) else {
            throw object.tensors.wrong(
                name, "its shape is \(shape), not [vectors, features] with some of both")
        }
        let countsName = try object.tensorName("vector_counts")
        let counts = try object.tensors.counts(countsName, shape: [groups], most: shape[0])
        guard counts.reduce(0, +) == shape[0] else {
            throw object.tensors.wrong(
                countsName, "its sum is \(counts.reduce(0, +)), and there are \(shape[0]) vectors")
        }
        return KernelMachine(
            kernel: try kernel(object), featureCount: shape[1],
            vectors: try object.tensors.doubles(name, shape: [shape[0], shape[1]]),
            vectorCounts: counts,
            coefficients: try object.tensors.doubles(
                object.tensorName("coefficients"), shape: [rows, shape[0]]),
            intercepts: try object.doubles("intercepts", count: intercepts))
    }

    private static func kernel(_ object: BundleObject) throws(SwerveError) -> Kernel {
        let name = try object.string("kernel")
        func refuse(_ keys: [String]) throws(SwerveError) {
            if let key = keys.first(where: { object.value($0) != nil }) {
                throw object.wrong(key, "does not go with the kernel \(name)")
            }
        }
        switch name {
        case "linear":
            try refuse(["gamma", "coef0", "degree"])
            return .linear
        case "rbf":
            try refuse(["coef0", "degree"])
            return .rbf(gamma: try object.number("gamma"))
        case "sigmoid":
            try refuse(["degree"])
            return .sigmoid(
                gamma: try object.number("gamma"), coef0: try object.number("coef0"))
        case "polynomial":
            return .polynomial(
                gamma: try object.number("gamma"), coef0: try object.number("coef0"),
                degree: try object.int("degree", in: 0...Limits.polynomialDegree))
        default:
            throw object.wrong(
                "kernel",
                "is '\(name.shortened(to: 40))', not linear, polynomial, rbf or sigmoid")
        }
    }
}
