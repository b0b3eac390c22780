import Lifecycle
import Scoring

/// The lines of a LIBLINEAR model file before its weights.
struct LiblinearHeader {
    private static let keys: Set<String> = [
        "solver_type", "nr_class", "label", "nr_feature", "bias", "rho",
    ]

    let solver: LiblinearSolver
    /// The classes as the file prints them; empty for a regression.
    ///
    /// Of two, a decision above 0 means the first.
    let classes: [String]
    /// How many weights a feature has.
    let rows: Int
    /// The largest feature id of the training.
    let featureCount: Int
    /// The value of the feature that stands for the intercept; below 0 there is none.
    let bias: Double
    /// What is taken off the decision of a one-class model, else 0.
    let rho: Double

    /// How many lines of weights follow.
    var lineCount: Int { featureCount + (bias >= 0 ? 1 : 0) }

    /// Reads up to and including the line `w`.
    ///
    /// - Throws: `SwerveError.invalid` that names the line.
    init(reading lines: inout TextLines, act: String) throws(SwerveError) {
        let header = try KeyedLines(reading: &lines, until: "w", keys: Self.keys, act: act) {
            header, key throws(SwerveError) in
            if key == "solver_type" { _ = try Self.solver(header) }
        }
        solver = try Self.solver(header)
        let count = try header.integer("nr_class", in: .min ... .max, "a number")
        if solver.task == .classification {
            classes = try header.classes(count: count)
        } else {
            guard count == 2 else {
                throw header.wrong(
                    "nr_class", "nr_class is \(count), and \(solver.rawValue) has always 2")
            }
            guard !header.has("label") else {
                throw header.wrong("label", "\(solver.rawValue) has no labels")
            }
            classes = solver.task == .oneClass ? ["1", "-1"] : []
        }
        rows = classes.count > 2 || solver == .crammerSinger ? classes.count : 1
        featureCount = try header.integer(
            "nr_feature", in: 1...Int(Int32.max), "a whole number from 1")
        guard solver == .oneClass || !header.has("rho") else {
            throw header.wrong("rho", "'rho' belongs to one-class models")
        }
        rho = solver == .oneClass ? try header.number("rho") : 0
        bias = try header.number("bias")
    }

    private static func solver(_ header: KeyedLines) throws(SwerveError) -> LiblinearSolver {
        let word = try header.word("solver_type")
        guard let solver = LiblinearSolver(rawValue: word) else {
            throw header.wrong("solver_type", "unknown solver '\(word.shortened(to: 40))'")
        }
        return solver
    }
}
