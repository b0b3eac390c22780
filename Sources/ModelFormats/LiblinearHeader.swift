import Lifecycle

/// The lines of a LIBLINEAR model file before its weights.
struct LiblinearHeader {
    /// No header line of a two-class model comes near this.
    private static let lineBytes = 1_024
    private static let keys: Set<String> = [
        "solver_type", "nr_class", "label", "nr_feature", "bias",
    ]

    let solver: LiblinearSolver
    /// The classes as the file prints them; a decision above 0 means the first.
    let classes: [String]
    /// The largest feature id of the training.
    let featureCount: Int
    /// The value of the feature that stands for the intercept; below 0 there is none.
    let bias: Double

    /// How many weights follow.
    var weightCount: Int { featureCount + (bias >= 0 ? 1 : 0) }

    /// Reads up to and including the line `w`.
    ///
    /// - Throws: `SwerveError.invalid` that names the line, for anything that is not the header of
    ///   a two-class model.
    init(reading lines: inout TextLines, act: String) throws(SwerveError) {
        var values: [String: (line: Int, words: [Substring])] = [:]
        while true {
            guard let line = lines.next() else {
                throw Self.wrong(act, lines.number + 1, "the file ends before the line 'w'")
            }
            let number = lines.number
            guard let text = lines.text(line, limit: Self.lineBytes) else {
                throw Self.wrong(act, number, "longer than any line of a header")
            }
            let words = text.split(separator: " ")
            guard let key = words.first.map(String.init) else {
                throw Self.wrong(act, number, "empty, before the line 'w'")
            }
            if key == "w", words.count == 1 { break }
            if key == "rho" {
                throw Self.wrong(act, number, "'rho' belongs to one-class models, which come later")
            }
            guard Self.keys.contains(key) else {
                throw Self.wrong(act, number, "unknown key '\(key.shortened(to: 40))'")
            }
            guard values[key] == nil else {
                throw Self.wrong(act, number, "a second '\(key)'")
            }
            values[key] = (number, Array(words.dropFirst()))
            // Why at once: a solver that is refused explains every oddity that follows.
            if key == "solver_type" { _ = try Self.solver(values, act, lines.number) }
        }
        solver = try Self.solver(values, act, lines.number)
        classes = try Self.classes(values, act, lines.number)
        featureCount = try Self.featureCount(values, act, lines.number)
        bias = try Self.bias(values, act, lines.number)
    }

    private typealias Values = [String: (line: Int, words: [Substring])]

    private static func solver(
        _ values: Values, _ act: String, _ last: Int
    ) throws(SwerveError) -> LiblinearSolver {
        let (line, word) = try single("solver_type", values, act, last)
        guard let solver = LiblinearSolver(rawValue: String(word)) else {
            throw wrong(act, line, "unknown solver '\(String(word).shortened(to: 40))'")
        }
        if let refusal = solver.refusal { throw wrong(act, line, "\(word): \(refusal)") }
        return solver
    }

    private static func classes(
        _ values: Values, _ act: String, _ last: Int
    ) throws(SwerveError) -> [String] {
        let (line, word) = try single("nr_class", values, act, last)
        guard let count = Int(word) else { throw wrong(act, line, "nr_class is not a number") }
        guard count == 2 else {
            let later = count > 2 ? "; more than two come with a later version" : ""
            throw wrong(act, line, "nr_class is \(count), not 2\(later)")
        }
        guard let label = values["label"] else {
            throw wrong(act, last, "there is no 'label' line")
        }
        guard label.words.count == 2, let first = Int32(label.words[0]),
            let second = Int32(label.words[1])
        else { throw wrong(act, label.line, "label is not two whole numbers") }
        guard first != second else {
            throw wrong(act, label.line, "both labels are \(first)")
        }
        return label.words.map(String.init)
    }

    private static func featureCount(
        _ values: Values, _ act: String, _ last: Int
    ) throws(SwerveError) -> Int {
        let (line, word) = try single("nr_feature", values, act, last)
        guard let count = Int32(word), count >= 1 else {
            throw wrong(act, line, "nr_feature is not a whole number from 1")
        }
        return Int(count)
    }

    private static func bias(
        _ values: Values, _ act: String, _ last: Int
    ) throws(SwerveError) -> Double {
        let (line, word) = try single("bias", values, act, last)
        guard let bias = DecimalNumber.whole(word) else {
            throw wrong(act, line, "bias is not a finite number")
        }
        return bias
    }

    /// The one word after `key`, and the line it stands in.
    private static func single(
        _ key: String, _ values: Values, _ act: String, _ last: Int
    ) throws(SwerveError) -> (line: Int, word: Substring) {
        guard let value = values[key] else { throw wrong(act, last, "there is no '\(key)' line") }
        guard value.words.count == 1, let word = value.words.first else {
            throw wrong(act, value.line, "\(key) has \(value.words.count) values, not one")
        }
        return (value.line, word)
    }

    private static func wrong(_ act: String, _ line: Int, _ reason: String) -> SwerveError {
        SwerveError(.invalid, act: act, reason: "line \(line): \(reason)")
    }
}
