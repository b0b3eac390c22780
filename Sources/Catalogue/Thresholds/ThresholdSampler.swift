package import Inputs
package import Lifecycle
import Platform
package import Scoring

/// Scores lines for the choice of a threshold: by the code that serves, with what the lines say of
/// their class.
package struct ThresholdSampler {
    /// The scores of a file.
    package struct Sampled: Sendable {
        package var sample = ScoreSample()
        /// Lines that have no score or no class that the version knows: they are left out.
        package var failures = 0
        /// Why, of the first of them.
        package var firstFailure: String?
        /// Lines that count as unknown, since their label is no class of the version.
        package var strangeLabels = 0
        /// What is told of the first of them.
        package var firstStrangeLabel: String?
    }

    private let scorer: Scorer
    private let classes: LabelledClasses
    private let settings: InputSettings
    private let labelField: String
    /// Whether a line whose label is no class is left out.
    private let isStrict: Bool

    private static let usualLabel = "label"

    /// - Parameters:
    ///   - scorer: under any threshold.
    ///   - labelField: the field that holds the class; nil for the usual one, whose label may also
    ///     be another thing than a class.
    ///   - isLabelNeeded: whether nothing can be said of a line without its class.
    ///   - act: of errors.
    /// - Throws: `.refused` for a version whose score no threshold makes an alert.
    package init(
        _ scorer: Scorer, settings: InputSettings = LineDecoder.settings, labelField: String?,
        isLabelNeeded: Bool = true, act: String
    ) throws(SwerveError) {
        self.scorer = scorer
        self.settings = settings
        self.labelField = labelField ?? Self.usualLabel
        isStrict = labelField != nil && isLabelNeeded
        classes = try LabelledClasses(scorer, act: act)
    }

    /// The class that a score above the threshold means, as predictions print it.
    package var className: String { classes.positiveName }

    /// Scores each line of `path` (nil: standard input); empty lines are passed over.
    ///
    /// - Throws: `.tooLarge` for more lines than scores are kept, and what reading the file throws.
    package func sample(of path: String?) throws(SwerveError) -> Sampled {
        let reader = try FileLineReader(path: path)
        let decoder = try LineDecoder(
            settings, labelField: labelField, labels: isStrict ? .any : .whatever,
            want: InputWant(scorer.featurizer))
        let (buffer, output) = (FeatureBuffer(), ScoreOutput())
        var result = Sampled()
        try reader.forEach { number, line throws(SwerveError) in
            guard !line.isEmpty else { return true }
            guard result.sample.count < ScoreSample.scoresMax else {
                throw SwerveError(
                    .tooLarge, act: "reading \(reader.name)",
                    reason: "it has more than \(ScoreSample.scoresMax) requests",
                    remedy: "give a random part of them, as shuf -n 1000000 makes")
            }
            do throws(InputLineRefusal) {
                let input = try decoder.decode(line)
                let score = try self.score(input, buffer, output)
                let known = try self.known(input, number, &result)
                result.sample.add(score, known)
            } catch {
                result.failures += 1
                if result.firstFailure == nil {
                    result.firstFailure = "line \(number): \(error.words)"
                }
            }
            return true
        }
        return result
    }

    private func known(
        _ line: InputLine, _ number: Int, _ result: inout Sampled
    ) throws(InputLineRefusal) -> ScoreSample.Known {
        do throws(InputLineRefusal) {
            return try classes.known(line.label, id: line.id)
        } catch {
            guard !isStrict else { throw error }
            result.strangeLabels += 1
            if result.firstStrangeLabel == nil {
                result.firstStrangeLabel = "line \(number): \(error.words)"
            }
            return .unknown
        }
    }

    private func score(
        _ line: InputLine, _ buffer: FeatureBuffer, _ output: ScoreOutput
    ) throws(InputLineRefusal) -> Double {
        let verdict = scorer.score(line.input, buffer, output)
        if let fault = verdict.fault {
            let words = scorer.featurizer.words(of: fault)
            throw InputLineRefusal(reason: nil, words: words, id: line.id)
        }
        guard verdict.score.isFinite else {
            throw InputLineRefusal(
                reason: nil, words: "the score is not a finite number", id: line.id)
        }
        return verdict.score
    }
}

/// Which of a version's two classes a line of a training set names.
struct LabelledClasses {
    let positiveName: String
    /// What a line may call the class, the version's names before the model's own.
    private let names: [(name: String, isPositive: Bool)]

    /// - Throws: `.refused` where there are not two classes, where the one that a high score means
    ///   is no alert, or where probabilities choose.
    init(_ scorer: Scorer, act: String) throws(SwerveError) {
        func refused(_ reason: String, remedy: String) -> SwerveError {
            SwerveError(.refused, act: act, reason: reason, remedy: remedy)
        }
        let model = scorer.model
        guard model.task != .regression else {
            throw refused(
                "it is a regression, and its score is the value itself: it has no classes",
                remedy: "score the lines, and compare the values with what you know of them")
        }
        guard let positive = scorer.positiveLabel else {
            throw refused(
                "the largest of \(model.classes.count) decisions wins, and a threshold has no "
                    + "part in it",
                remedy: "train a model of two classes, the one to be found against all others")
        }
        guard model.labelRule == .votes else {
            throw refused(
                "its label is that of the larger probability, and a threshold has no part in it",
                remedy: "let the label follow the decisions (label rule votes)")
        }
        let own = model.classes[model.positive]
        guard model.task != .oneClass || own != Self.inlier else {
            throw refused(
                "a score of this one-class model above the threshold means \(positive), an inlier, "
                    + "and no alert",
                remedy: "register it with the positive class \(Self.outlier): then a high score "
                    + "means an outlier")
        }
        positiveName = positive
        let indices = Array(scorer.labels.indices)
        names =
            indices.map { (scorer.labels[$0], $0 == model.positive) }
            + indices.map { (model.classes[$0], $0 == model.positive) }
    }

    private static let inlier = "1"
    private static let outlier = "-1"

    /// - Parameter label: as the line has it; nil where it has none.
    /// - Throws: where it names no class of the version.
    func known(_ label: String?, id: String?) throws(InputLineRefusal) -> ScoreSample.Known {
        guard let label else { return .unknown }
        if let same = names.first(where: { $0.name == label }) {
            return same.isPositive ? .positive : .negative
        }
        // 1, 1.0 and "1" are one class, and so are JSON's true and Python's True.
        let alike = names.first { name, _ in
            if let number = Double(label), number == Double(name) { return true }
            return ["true", "false"].contains(label) && name.lowercased() == label
        }
        guard let alike else {
            let known = Set(names.map(\.name)).sorted().joined(separator: ", ")
            throw InputLineRefusal(
                reason: nil,
                words: "the label '\(label.shortened(to: 40))' is none of the version's classes, "
                    + known.shortened(to: 200), id: id)
        }
        return alike.isPositive ? .positive : .negative
    }
}
