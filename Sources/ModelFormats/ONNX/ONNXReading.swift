import Lifecycle
import Scoring

/// A classifier's label and decisions, read together.
struct ONNXReading {
    private let label: ONNXLabel
    private let machine: ONNXMachine
    private let translator: ONNXTranslator
    private let rule: Model.Rule
    private let function: DecisionFunction
    /// From the rule that the label follows, where it follows probabilities.
    private let calibrated: ONNXProbability?
    /// The ensemble that the label follows.
    private let ensemble: ONNXCalibration?

    /// - Throws: `SwerveError.invalid` for a label that no rule here gives.
    init(
        _ label: ONNXLabel, _ machine: ONNXMachine, _ translator: ONNXTranslator
    ) throws(SwerveError) {
        self.label = label
        self.machine = machine
        self.translator = translator
        let count = label.classes.count
        let first = ONNXFormula.decision(0)
        if case .linear(let weights) = machine.function, count == 2, weights.isMirrored {
            function = .linear(weights.second)
        } else {
            function = machine.function
        }
        if case .largest(let row) = label.choice, let found = ONNXCalibration(row),
            found.fits(machine, classes: count), row.count == count
        {
            ensemble = found
            calibrated = nil
            rule = count == 2 ? .single : .oneVsRest
            return
        }
        ensemble = nil
        switch label.choice {
        case .votes:
            rule = count == 2 ? .single : .oneVsOne
            calibrated = nil
        case .largest(let row) where row == [first.times(-1), first]:
            rule = .single
            calibrated = nil
        case .largest(let row)
        where machine.kind != .votes
            && (row == (0..<count).map(ONNXFormula.decision)
                // Of one decision a class the largest has the largest logistic function.
                || row == (0..<count).map({ .logistic(.decision($0)) })):
            rule = function == machine.function ? .oneVsRest : .single
            calibrated = nil
        case .largest(let row):
            guard let found = ONNXProbability(row), found.fits(machine, classes: count) else {
                throw translator.wrong(
                    "the label is chosen by something that no SVM's decision is",
                    remedy: "export it with swerve-export")
            }
            rule = count == 2 ? .single : .oneVsRest
            calibrated = found
        }
    }

    /// The model, where every output of decisions is understood.
    func parsed(_ rows: [ONNXOutputs.Row]) throws(SwerveError) -> ParsedModel {
        if let ensemble { return try parsed(rows, ensemble) }
        var rule = rule
        var probability = calibrated
        for output in rows {
            let (name, row) = (output.name, output.columns)
            try expectClasses(output)
            if isDecision(row) || isMeaningless(row) { continue }
            if self.rule == .oneVsOne, row == ONNXVotes.shares(classes: label.classes.count) {
                rule = .oneVsOneAsRest
                continue
            }
            guard let found = ONNXProbability(row),
                found.fits(machine, classes: label.classes.count),
                probability == nil || probability == found
            else {
                throw translator.wrong(
                    "output '\(name)' is neither the decisions nor probabilities made of them",
                    remedy: "export it with swerve-export")
            }
            probability = found
        }
        let positive = rule == .single ? 1 : 0
        return ParsedModel(
            model: Model(
                task: .classification, classes: label.classes, positive: positive, rule: rule,
                function: function, probability: probability?.rule(machine) ?? .none,
                precision: machine.precision),
            featurizer: machine.features, threshold: calibrated?.threshold ?? 0)
    }

    private func parsed(
        _ rows: [ONNXOutputs.Row], _ ensemble: ONNXCalibration
    ) throws(SwerveError) -> ParsedModel {
        for output in rows {
            try expectClasses(output)
            guard ONNXCalibration(output.columns) == ensemble else {
                throw translator.wrong(
                    "output '\(output.name)' is not the probabilities that the label is chosen by",
                    remedy: "export it with swerve-export")
            }
        }
        let isPair = rule == .single
        return ParsedModel(
            model: Model(
                task: .classification, classes: label.classes, positive: isPair ? 1 : 0,
                rule: rule, function: machine.function, probability: .decisions,
                calibration: ensemble.calibration, precision: machine.precision),
            featurizer: machine.features,
            threshold: isPair ? Calibration.threshold(positive: 1) : 0)
    }

    /// Decisions by their sum, which skl2onnx writes for a OneVsRestClassifier of what has no
    /// probabilities: a number that scikit-learn does not know, and nobody needs.
    private func isMeaningless(_ row: [ONNXFormula]) -> Bool {
        let decisions = (0..<machine.decisionCount).map(ONNXFormula.decision)
        guard rule == .oneVsRest, row.count == decisions.count else { return false }
        let total = decisions.reduce(into: ONNXFormula(0)) { $0.add($1) }
        return row == decisions.map { $0.divided(by: total) }
    }

    private func expectClasses(_ output: ONNXOutputs.Row) throws(SwerveError) {
        guard output.classes == nil || output.classes == label.classes else {
            throw translator.wrong("output '\(output.name)' names other classes than the label")
        }
    }

    /// Whether a row is the decisions as they are, or both signs of the one of two classes.
    private func isDecision(_ row: [ONNXFormula]) -> Bool {
        let first = ONNXFormula.decision(0)
        if function == machine.function, rule == .single {
            return row == [first] || row == [first.times(-1), first]
                || row == [first, first.times(-1)]
        }
        return row == (0..<machine.decisionCount).map(ONNXFormula.decision)
    }
}
