import Foundation
import Inputs
import Lifecycle
import TestSupport

/// Models that LIBLINEAR and LIBSVM trained on requests of CSIC 2010, and such requests that no
/// model was trained on.
enum RealModels {
    static let isPresent =
        SharedData.isPresent
        && ["dev", "test"].allSatisfy {
            FileManager.default.fileExists(atPath: requests(of: $0))
        }

    static func requests(of part: String) -> String {
        SharedData.file("data/csic.\(part).jsonl.gz").path
    }

    // MARK: - Models

    /// A model file with its featurizer.
    struct Model {
        let file: String
        let spec: String
        var threshold: Double?
    }

    /// Counts of byte sequences, L2-regularised.
    static func bytes(threshold: Double? = nil) -> Model {
        Model(
            file: SharedData.file("conformance/models/ll_l2l2_byte18.model").path,
            spec: ngrams(#""analyzer":"byte","n_features":262144"#), threshold: threshold)
    }

    /// Counts of character sequences, L1-regularised: about as good.
    static func characters() -> Model {
        Model(
            file: SharedData.file("conformance/models/ll_l1l2_char16.model").path,
            spec: ngrams(#""analyzer":"char","n_features":65536"#))
    }

    /// An RBF kernel over thirty numbers of a request.
    ///
    /// - Parameter times: each support vector stands there so often, with a part of its weight: the
    ///   same decisions, after so many times the work.
    static func kernel(in folder: TemporaryFolder, times: Int = 1) throws -> Model {
        let text = String(
            decoding: try SharedData.bytes("conformance/models/svm_c_rbf.model"), as: UTF8.self)
        let range = String(
            decoding: try SharedData.bytes("conformance/models/csic_num.range"), as: UTF8.self)
        let spec: JSONValue = [
            "steps": [["lexical": [:]], ["svm_scale": ["range": .string(range)]]]
        ]
        return Model(
            file: try folder.write("kernel\(times).model", repeated(text, times)), spec: spec.text)
    }

    private static func ngrams(_ keys: String) -> String {
        #"{"steps":[{"hashed_ngrams":{"ngram_range":[1,3],\#(keys)}}]}"#
    }

    private static func repeated(_ model: String, _ times: Int) throws -> String {
        guard times > 1, let vectors = model.range(of: "\nSV\n") else { return model }
        let head = model[..<vectors.lowerBound].split(separator: "\n").map { line in
            let words = line.split(separator: " ")
            guard words.first == "total_sv" || words.first == "nr_sv" else { return String(line) }
            let counts = words.dropFirst().compactMap { Int($0) }.map { "\($0 * times)" }
            return ([String(words[0])] + counts).joined(separator: " ")
        }
        var lines = head + ["SV"]
        for line in model[vectors.upperBound...].split(separator: "\n") {
            guard let space = line.firstIndex(of: " "), let weight = Double(line[..<space]) else {
                throw Failure("no support vector: \(line.prefix(80))")
            }
            let part = "\(weight / Double(times))\(line[space...])"
            lines += [String](repeating: part, count: times)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Registers a model as the next version.
    static func register(_ model: Model, in stream: TestStream) throws -> Int {
        let spec = try stream.folder.write("featurizer.json", model.spec)
        let output = try Executable.run(
            [
                "register", model.file, "--model", "http-anomaly", "--featurizer", spec, "--label",
                "attack=1", "--label", "normal=-1", "--registry", stream.registry, "--json",
            ] + (model.threshold.map { ["--threshold=\($0)"] } ?? []), folder: stream.folder.url)
        guard output.code == 0, let version = try output.json()["version"]?.int else {
            throw Failure("\(output)")
        }
        return version
    }

    // MARK: - Requests

    struct Request: Sendable {
        let line: [UInt8]
        let isAttack: Bool
    }

    static func read(_ part: String) throws -> [Request] {
        var found: [Request] = []
        try FileLineReader(path: requests(of: part)).forEach { _, line throws(SwerveError) in
            var bytes: [UInt8] = []
            bytes.reserveCapacity(line.count)
            for index in line.indices { bytes.append(line[index]) }
            let label = try JSONValue(parsing: bytes, act: "reading a request")["label"]?.int
            found.append(Request(line: bytes, isAttack: label == 1))
            return true
        }
        return found
    }

    /// A stream in which every fiftieth request is an attack.
    ///
    /// The key is a client: a thousand of them in turn, so that a request that comes again comes
    /// from another one.
    static func traffic(_ parts: String...) throws -> @Sendable (Int, Int) -> TestStream.Sent {
        let all = try parts.flatMap { try read($0) }
        let normal = all.filter { !$0.isAttack }
        let attacks = all.filter(\.isAttack)
        return { number, partitions in
            let isAttack = number % 50 == 0
            let chosen = isAttack ? attacks : normal
            let place = isAttack ? number / 50 : number - number / 50
            return TestStream.Sent(
                partition: Int32(number % partitions), key: Array("client-\(number % 997)".utf8),
                value: chosen[place % chosen.count].line)
        }
    }

    /// The threshold at which version 1 calls so many times as many normal requests attacks as at
    /// its own, on requests that the stream does not have.
    static func threshold(forFalseAlarms times: Int, in stream: TestStream) throws -> Double {
        let normal = try read("test").filter { !$0.isAttack }
        let lines = normal.map { String(decoding: $0.line, as: UTF8.self) }
        let scored = try stream.swerve(
            "score", "http-anomaly@1", "--registry", stream.registry,
            input: lines.joined(separator: "\n"))
        guard scored.code == 0 else { throw Failure("\(scored)") }
        let scores = try scored.jsonLines().compactMap { $0["score"]?.double }.sorted(by: >)
        let alarms = scores.count { $0 > 0 } * times
        guard alarms > 0, scores.count > alarms else { throw Failure("\(scores.count) scores") }
        return (scores[alarms - 1] + scores[alarms]) / 2
    }
}
