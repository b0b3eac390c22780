internal import Lifecycle
internal import Scoring

/// Task, classes, decision function and probabilities of a bundle.
enum BundleModel {
    /// The names of the rules in a manifest.
    private static let rules: [String: Model.Rule] = [
        "single": .single, "one_vs_rest": .oneVsRest, "one_vs_one": .oneVsOne,
        "one_vs_one_as_rest": .oneVsOneAsRest,
    ]

    static func parse(_ manifest: BundleObject) throws(SwerveError) -> Model {
        guard let task = ModelTask(rawValue: try manifest.string("task")) else {
            throw manifest.wrong("task", "is not classification, regression or one-class")
        }
        guard let rule = rules[try manifest.string("rule")] else {
            throw manifest.wrong(
                "rule", "is not one of \(rules.keys.sorted().joined(separator: ", "))")
        }
        let classes = try classes(manifest, task, rule)
        let positive = try manifest.int("positive", in: 0...max(0, min(2, classes.count) - 1))
        guard rule == .single || positive == 0 else {
            throw manifest.wrong("positive", "is not 0, though several decisions compete")
        }
        let calibration = try BundleCalibration.parse(
            manifest, task: task, rule: rule, classes: classes.count)
        let probability = try probability(manifest, task, rule, classes: classes.count)
        guard probability == .none || (probability == .decisions) == (calibration != nil) else {
            throw manifest.wrong(
                "probability", "does not go with the calibration, whose decisions are probabilities"
            )
        }
        return Model(
            task: task, classes: classes, positive: positive, rule: rule,
            function: try BundleFunction.parse(
                manifest.object("function"), task: task, rule: rule, classes: classes.count,
                members: calibration?.members),
            probability: probability, calibration: calibration,
            refusesNonFinite: try manifest.bool("refuses_non_finite"))
    }

    private static func classes(
        _ manifest: BundleObject, _ task: ModelTask, _ rule: Model.Rule
    ) throws(SwerveError) -> [String] {
        let classes = try manifest.strings("classes", most: Limits.labels)
        guard Set(classes).count == classes.count, !classes.contains("") else {
            throw manifest.wrong("classes", "has an empty one, or one twice")
        }
        switch task {
        case .regression:
            guard classes.isEmpty else { throw manifest.wrong("classes", "of a regression") }
        case .oneClass:
            guard classes == ["1", "-1"] else {
                throw manifest.wrong("classes", "of a one-class model are not 1, -1")
            }
        case .classification:
            guard rule == .single ? classes.count == 2 : classes.count > 2 else {
                throw manifest.wrong(
                    "classes", "are \(classes.count), which the rule does not take")
            }
        }
        guard task == .classification || rule == .single else {
            throw manifest.wrong("rule", "is not single, as \(task.rawValue) needs")
        }
        return classes
    }

    private static func probability(
        _ manifest: BundleObject, _ task: ModelTask, _ rule: Model.Rule, classes: Int
    ) throws(SwerveError) -> ProbabilityRule {
        guard manifest.value("probability") != nil else { return .none }
        guard task == .classification else {
            throw manifest.wrong("probability", "of a model without classes")
        }
        let (name, object) = try manifest.object("probability").choice()
        switch (name, rule) {
        case ("logistic", .single), ("logistic", .oneVsRest):
            try object.require(keys: [])
            return .logistic
        case ("modified_huber", .single), ("modified_huber", .oneVsRest):
            try object.require(keys: [])
            return .modifiedHuber
        case ("softmax", .oneVsRest):
            try object.require(keys: [])
            return .softmax
        case ("decisions", .single), ("decisions", .oneVsRest):
            try object.require(keys: [])
            return .decisions
        case ("one_vs_rest", .oneVsRest):
            try object.require(keys: ["link"])
            guard let link = ProbabilityRule.Link(rawValue: try object.string("link")) else {
                throw object.wrong("link", "is not logistic or modified_huber")
            }
            return .oneVsRest(link)
        case ("sigmoid", .single):
            try object.require(keys: ["a", "b"])
            return .sigmoid(a: try object.number("a"), b: try object.number("b"))
        case ("pairwise", .single), ("pairwise", .oneVsOne), ("pairwise", .oneVsOneAsRest):
            try object.require(keys: ["a", "b", "couples"])
            let pairs = classes * (classes - 1) / 2
            return .pairwise(
                a: try object.doubles("a", count: pairs), b: try object.doubles("b", count: pairs),
                couples: try object.bool("couples"))
        default:
            throw manifest.wrong(
                "probability", "is '\(name.shortened(to: 40))', which does not go with the rule")
        }
    }
}
