import ArgumentParser
import Catalogue
import Lifecycle
import Platform
import Registry

/// Fills a registry by the code of `swerve register`, in one process.
///
/// Each version is the base model with another first weight, so that no two artifacts are the same.
struct FillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fill", abstract: "Register distinct versions of one model file.")

    @Option(help: "The registry file; made on first use.")
    var registry: String

    @Option(help: "The model file of all versions, LIBLINEAR.")
    var base: String

    @Option(help: "Its featurizer spec.")
    var featurizer: String

    @Option(help: "The models' name; with more than one, a number follows.")
    var name = "http-anomaly"

    @Option(help: "How many models.")
    var models = 1

    @Option(help: "How many versions of all models together; each model has as many.")
    var versions: Int

    func validate() throws {
        guard models > 0, versions > 0, versions % models == 0 else {
            throw ValidationError("--versions is not a multiple of --models")
        }
    }

    func run() throws {
        let base = try WeightLines(base)
        let registry = try Registry.open(path: registry, access: .readWrite(create: true))
        let scratch = "\(registry.path).fill.model"
        defer { _ = try? StateFile.remove(scratch) }
        let began = MonotonicClock.now
        for number in 0..<versions {
            try StateFile.write(scratch, base.changed(number))
            let model = try model(number % models)
            let paths = RegistrationPaths(file: scratch, featurizer: featurizer)
            var request = RegistrationRequest(model: model, content: try paths.read(for: model))
            request.labels = ["attack": "1", "normal": "-1"]
            request.metrics = ["auc": 0.98]
            request.tags = ["data": "csic", "run": "\(number)"]
            request.note = "version \(number) of a benchmark"
            let outcome = try Registrar.register(
                request, in: registry, by: "swerve-bench",
                at: Timestamp.text(ofMs: WallClock.nowMs))
            guard outcome.registration.isNew else {
                throw SwerveError(
                    .refused, act: "filling \(registry.path)",
                    reason: "\(outcome.registration.version) is there already",
                    remedy: "fill a new registry")
            }
        }
        Output.line([
            "versions": .int(Int64(versions)), "models": .int(Int64(models)),
            "seconds": .double(Double(MonotonicClock.now &- began) / 1e9),
        ])
    }

    private func model(_ number: Int) throws(SwerveError) -> ModelName {
        guard models > 1 else { return try ModelName(name) }
        let digits = "\(number)"
        let zeros = String(repeating: "0", count: max(0, "\(models - 1)".count - digits.count))
        return try ModelName("\(name)-\(zeros)\(digits)")
    }
}

/// A LIBLINEAR file that is cut at its first weight.
private struct WeightLines {
    private let head: [UInt8]
    private let tail: [UInt8]

    init(_ path: String) throws(SwerveError) {
        let bytes = try StateFile.read(path, limit: Limits.modelFileBytes)
        let lineEnd = UInt8(ascii: "\n")
        var begin: Int?
        var start = 0
        for (index, byte) in bytes.enumerated() where byte == lineEnd {
            if let begin {
                head = Array(bytes[..<begin])
                tail = Array(bytes[index...])
                return
            }
            if bytes[start..<index].elementsEqual("w".utf8) { begin = index + 1 }
            start = index + 1
        }
        throw SwerveError(.invalid, act: "reading \(path)", reason: "it has no weights")
    }

    /// The file with a first weight of its own for each number.
    func changed(_ number: Int) -> [UInt8] {
        head + Array("\(Double(number + 1) / 1_000_000_000)".utf8) + tail
    }
}
