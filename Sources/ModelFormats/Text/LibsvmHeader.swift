import Lifecycle
import Scoring

/// The lines of a LIBSVM model file before its support vectors.
struct LibsvmHeader {
    private static let keys: Set<String> = [
        "svm_type", "kernel_type", "degree", "gamma", "coef0", "nr_class", "total_sv", "rho",
        "label", "probA", "probB", "nr_sv", "prob_density_marks",
    ]
    /// How many `prob_density_marks` LIBSVM writes.
    private static let densityMarks = 10

    /// LIBSVM's `svm_type`.
    enum Kind: String {
        case cSVC = "c_svc"
        case nuSVC = "nu_svc"
        case oneClass = "one_class"
        case epsilonSVR = "epsilon_svr"
        case nuSVR = "nu_svr"

        var task: ModelTask {
            switch self {
            case .cSVC, .nuSVC: .classification
            case .oneClass: .oneClass
            case .epsilonSVR, .nuSVR: .regression
            }
        }
    }

    let kind: Kind
    let kernel: Kernel
    /// The classes as the file prints them; empty for a regression.
    let classes: [String]
    let vectorCount: Int
    /// As `KernelMachine.vectorCounts`.
    let vectorCounts: [Int]
    /// One a decision; taken off it.
    let rho: [Double]
    let probability: ProbabilityRule

    /// How many coefficients each support vector has.
    var coefficientRows: Int { max(1, vectorCounts.count - 1) }

    /// Reads up to and including the line `SV`.
    ///
    /// - Throws: `SwerveError.invalid` that names the line.
    init(reading lines: inout TextLines, act: String) throws(SwerveError) {
        let header = try KeyedLines(reading: &lines, until: "SV", keys: Self.keys, act: act) {
            header, key throws(SwerveError) in
            if key == "svm_type" { _ = try Self.kind(header) }
            if key == "kernel_type" { try Self.refusePrecomputed(header) }
        }
        kind = try Self.kind(header)
        kernel = try Self.kernel(header)
        vectorCount = try header.integer("total_sv", in: 0 ... .max, "a whole number from 0")
        let count = try header.integer("nr_class", in: .min ... .max, "a number")
        if kind.task == .classification {
            classes = try header.classes(count: count)
            vectorCounts = try Self.vectorCounts(header, classes: count, total: vectorCount)
        } else {
            guard count == 2 else {
                throw header.wrong(
                    "nr_class", "nr_class is \(count), and \(kind.rawValue) has always 2")
            }
            for key in ["label", "nr_sv"] where header.has(key) {
                throw header.wrong(key, "\(kind.rawValue) has no '\(key)'")
            }
            classes = kind == .oneClass ? ["1", "-1"] : []
            vectorCounts = [vectorCount]
        }
        let pairs = count * (count - 1) / 2
        rho = try header.numbers("rho", count: pairs)
        probability = try Self.probability(header, kind, pairs: pairs)
    }

    private static func kind(_ header: KeyedLines) throws(SwerveError) -> Kind {
        let word = try header.word("svm_type")
        guard let kind = Kind(rawValue: word) else {
            throw header.wrong("svm_type", "unknown svm_type '\(word.shortened(to: 40))'")
        }
        return kind
    }

    private static func refusePrecomputed(_ header: KeyedLines) throws(SwerveError) {
        guard try header.word("kernel_type") == "precomputed" else { return }
        throw SwerveError(
            .invalid, act: header.act,
            reason: "line \(header.line("kernel_type")): the kernel is precomputed, so that the "
                + "file holds no support vectors, only their numbers in the training data",
            remedy: "train with one of LIBSVM's own kernels")
    }

    private static func kernel(_ header: KeyedLines) throws(SwerveError) -> Kernel {
        let word = try header.word("kernel_type")
        switch word {
        case "linear": return .linear
        case "polynomial":
            return .polynomial(
                gamma: try gamma(header), coef0: try header.number("coef0"),
                degree: try header.integer(
                    "degree", in: 0...Int(Int32.max), "a whole number from 0"))
        case "rbf": return .rbf(gamma: try gamma(header))
        case "sigmoid":
            return .sigmoid(gamma: try gamma(header), coef0: try header.number("coef0"))
        default:
            throw header.wrong("kernel_type", "unknown kernel '\(word.shortened(to: 40))'")
        }
    }

    private static func gamma(_ header: KeyedLines) throws(SwerveError) -> Double {
        let gamma = try header.number("gamma")
        guard gamma >= 0 else { throw header.wrong("gamma", "gamma is below 0") }
        return gamma
    }

    private static func vectorCounts(
        _ header: KeyedLines, classes: Int, total: Int
    ) throws(SwerveError) -> [Int] {
        var counts: [Int] = []
        var left = total
        for word in try header.words("nr_sv", most: classes) {
            guard let count = Int(word), count >= 0 else {
                throw header.wrong("nr_sv", "nr_sv is not \(classes) whole numbers")
            }
            guard count <= left else {
                throw header.wrong("nr_sv", "nr_sv is more than the \(total) of total_sv")
            }
            left -= count
            counts.append(count)
        }
        guard counts.count == classes else {
            throw header.wrong("nr_sv", "nr_sv is not \(classes) whole numbers")
        }
        guard left == 0 else {
            throw header.wrong(
                "nr_sv", "nr_sv is \(total - left) in all, total_sv is \(total)")
        }
        return counts
    }

    /// The pairs' sigmoids of a classification.
    ///
    /// For a regression, `probA` is the width of the noise that LIBSVM found, which changes no
    /// prediction; the marks of a one-class model give a probability that LIBSVM itself calls
    /// rough. Both are checked and left aside.
    private static func probability(
        _ header: KeyedLines, _ kind: Kind, pairs: Int
    ) throws(SwerveError) -> ProbabilityRule {
        if header.has("prob_density_marks") {
            guard kind == .oneClass else {
                throw header.wrong(
                    "prob_density_marks", "'prob_density_marks' belongs to one-class models")
            }
            _ = try header.numbers("prob_density_marks", count: densityMarks)
        }
        guard kind.task == .classification else {
            if header.has("probB") || (kind == .oneClass && header.has("probA")) {
                throw header.wrong(
                    header.has("probB") ? "probB" : "probA",
                    "\(kind.rawValue) has no pairs of classes")
            }
            if header.has("probA") { _ = try header.numbers("probA", count: 1) }
            return .none
        }
        guard header.has("probA") || header.has("probB") else { return .none }
        return .pairwise(
            a: try header.numbers("probA", count: pairs),
            b: try header.numbers("probB", count: pairs), couples: false)
    }
}
