import Foundation
import Lifecycle
import Registry
import Scoring
import TestSupport
import Testing

@testable import Catalogue

@Suite("registering files")
struct RegistrarTests {
    private let folder: TemporaryFolder
    private let registry: Registry
    private let model: ModelName

    init() throws {
        folder = try TemporaryFolder()
        registry = try Registry.open(
            path: folder.path("swerve.db"), access: .readWrite(create: true))
        model = try ModelName("http-anomaly")
        try folder.write("model.txt", Self.modelText())
        try folder.write("spec.json", Self.spec)
    }

    private static let spec =
        #"{"steps":[{"hashed_ngrams":{"analyzer":"byte","ngram_range":[1,2],"n_features":16}}]}"#

    private static let header = """
        solver_type L2R_L2LOSS_SVC_DUAL
        nr_class 2
        label 1 -1
        nr_feature 16
        bias -1
        w

        """

    private static func modelText(first: String = "0.5") -> String {
        let weights = [first] + (1..<16).map { "\(Double($0) / 8 - 1)" }
        return header + weights.joined(separator: "\n") + "\n"
    }

    private var request: FilesToRegister {
        FilesToRegister(
            model: model, file: folder.path("model.txt"), featurizer: folder.path("spec.json"))
    }

    private func register(_ request: FilesToRegister) throws -> RegistrationOutcome {
        try Registrar.register(
            try request.read(), in: registry, by: "ada", at: "2026-11-23T18:52:00.000Z")
    }

    @Test("a model with its featurizer becomes version 1, its golden inputs Swerve's own")
    func registers() throws {
        var request = request
        request.labels = ["attack": "1", "normal": "-1"]
        request.metrics = ["auc": 0.99]
        request.tags = ["data": "csic=v2"]
        request.note = "first"
        request.threshold = 0.25
        let outcome = try register(request)
        #expect(outcome.registration.version.description == "http-anomaly@1")
        #expect(outcome.manifest.goldenSource == .own)
        #expect(outcome.goldenInputs == Limits.goldenInputsMade)
        #expect(outcome.manifest.files.map(\.name) == ["spec.json", "golden.jsonl", "model.txt"])
        #expect(outcome.json["golden"] == "self")
        let stored = try registry.version(outcome.registration.version)
        #expect(stored.metadata.metrics == ["auc": 0.99])
        #expect(stored.metadata.tags == ["data": "csic=v2"])
        #expect(stored.metadata.note == "first")
        let scorer = try OfflineScorer.load(try registry.artifact(stored.digest))
        #expect(scorer.labels == ["attack", "normal"])
        #expect(scorer.threshold == 0.25)
    }

    @Test("a spec far wider than the model is refused before anything is made of it, unless forced")
    func wide() throws {
        func wide(_ steps: String) throws -> FilesToRegister {
            var request = request
            request.featurizer = try folder.write("wide.json", "{\"steps\":[\(steps)]}")
            return request
        }
        func hashed(_ features: Int) -> String {
            #"{"hashed_ngrams":{"analyzer":"byte","n_features":\#(features)}}"#
        }
        let error = try #require(throws: SwerveError.self) { try register(wide(hashed(262_144))) }
        #expect(error.code == .refused)
        #expect(
            error.description.contains("makes 262144 features, and model.txt has weights for 16"))
        #expect(error.problem == Problem(.featurizerTooWide))
        #expect((try? registry.versions(of: request.model))?.isEmpty ?? true)
        // A few trailing features may have been 0 in all of a training.
        #expect(try register(wide(hashed(32))).registration.isNew)
        var forced = try wide(hashed(1_024))
        forced.isForced = true
        #expect(try register(forced).registration.isNew)
        let huge = [String](repeating: hashed(1 << 24), count: 30).joined(separator: ",")
        forced = try wide("{\"union\":[\(huge)]}")
        forced.isForced = true
        let bomb = try #require(throws: SwerveError.self) { try register(forced) }
        #expect(bomb.code == .tooLarge && bomb.description.contains("the limit is 16777216"))
    }

    @Test("without a spec, one for the model's own features is suggested")
    func suggestion() throws {
        var bare = request
        bare.featurizer = nil
        let error = try #require(throws: SwerveError.self) { try register(bare) }
        #expect(error.problem?.kind == .featurizerMissing)
        #expect(
            error.problem?[.example].contains(#"{"dense":{"n_features":16}}"#) ?? false, "\(error)")
    }

    @Test("the same files again are the same version, whatever is said of them")
    func again() throws {
        let first = try register(request)
        var second = request
        second.note = "another note"
        let again = try register(second)
        #expect(again.registration.digest == first.registration.digest)
        #expect(!again.registration.isNew)
        var other = request
        other.threshold = 1
        #expect(try register(other).registration.version.version == 2)
    }

    @Test("golden inputs are made from texts of every kind")
    func texts() {
        #expect(GoldenTexts.all.count == Limits.goldenInputsMade)
        #expect(Set(GoldenTexts.all).count == Limits.goldenInputsMade)
        #expect(GoldenTexts.all.contains([]))
        #expect(GoldenTexts.all.contains { String(validating: $0, as: UTF8.self) == nil })
        #expect(GoldenTexts.all.contains { $0.contains { $0 >= 0x80 } })
    }

    private func goldenLines() throws -> [String] {
        let scorer = try OfflineScorer.load(try Registrar.prepare(try request.read()).artifact)
        let inputs = [
            #""text":"GET /\n""#, #""text_b64":"/w==","id":"7""#,
            #""method":"POST","path":"/login","query":"a=b","body":"é""#,
        ]
        let file = try folder.write("in.jsonl", inputs.map { "{\($0)}\n" }.joined())
        var lines: [String] = []
        _ = try OfflineScorer(scorer).scoreLines(of: file) { document in
            let decision = document["decision"]?.text ?? document["score"].map { "[\($0.text)]" }
            lines.append(#"{\#(inputs[lines.count]),"decision":\#(decision ?? "null")}"#)
        }
        return lines
    }

    @Test("a trainer's golden inputs are checked, and his decisions kept")
    func supplied() throws {
        var request = request
        request.golden = try folder.write(
            "golden.jsonl", goldenLines().joined(separator: "\n") + "\n\n")
        let outcome = try register(request)
        #expect(outcome.manifest.goldenSource == .supplied)
        #expect(outcome.goldenInputs == 3)
    }

    @Test("a golden input that differs refuses the registration, line, expected and got named")
    func mismatch() throws {
        var lines = try goldenLines()
        lines[1] = #"{"text_b64":"/w==","decision":[123.5]}"#
        var request = request
        request.golden = try folder.write("golden.jsonl", lines.joined(separator: "\n"))
        #expect {
            try register(request)
        } throws: { error in
            code(error) == .invalid && "\(error)".contains("line 2: expected decision 123.5, got ")
        }
        #expect(try registry.models().isEmpty)
    }

    @Test(
        "golden files that are none are refused with the line",
        arguments: [
            ("", "there are none in it"), ("\n\n", "there are none in it"),
            ("{}\n", "line 1: "), ("garbage\n", "line 1: the record is not JSON"),
            (#"{"text":"a"}"#, "line 1: \"decision\" is missing"),
            (#"{"text":"a","decision":[]}"#, "line 1: "),
            (#"{"text":"a","decision":[1,2]}"#, "line 1: expected decision [1.0, 2.0], got "),
            (#"{"text":"a","decision":["nan"]}"#, "line 1: "),
            (#"{"decision":[1]}"#, "line 1: "),
        ])
    func notGolden(content: String, said: String) throws {
        var request = request
        request.golden = try folder.write("golden.jsonl", content)
        #expect {
            try register(request)
        } throws: { code($0) == .invalid && "\($0)".contains(said) }
    }

    @Test("more golden inputs than the limit are refused")
    func tooMany() throws {
        var request = request
        let line = try goldenLines()[0] + "\n"
        request.golden = try folder.write(
            "golden.jsonl", String(repeating: line, count: Limits.goldenInputs + 1))
        #expect { try register(request) } throws: { code($0) == .tooLarge }
    }

    @Test("files that are missing, folders, empty or unknown are refused, each in its words")
    func files() throws {
        try folder.write("empty.txt", "")
        try folder.write("pickle.joblib", [0x80, 0x04, 0x95] as [UInt8])
        let cases: [(String, SwerveError.Code, String)] = [
            ("none.txt", .notFound, "No such file"), ("", .invalid, "regular file"),
            ("empty.txt", .invalid, "the file is empty"), ("pickle.joblib", .invalid, "pickle"),
            ("spec.json", .invalid, "this is JSON"),
        ]
        for (name, expected, said) in cases {
            var request = request
            request.file = folder.path(name)
            #expect {
                try register(request)
            } throws: { code($0) == expected && "\($0)".contains(said) }
        }
    }

    @Test("a missing recipe, a metric that is no number and a long note are usage errors")
    func usage() throws {
        func changed(_ change: (inout FilesToRegister) -> Void) -> FilesToRegister {
            var request = request
            change(&request)
            return request
        }
        let cases: [(FilesToRegister, String)] = [
            (changed { $0.featurizer = nil }, "does not say how a request becomes numbers"),
            (changed { $0.metrics = ["auc": .infinity] }, "not a finite number"),
            (changed { $0.note = String(repeating: "n", count: 5_000) }, "note"),
        ]
        for (request, said) in cases {
            #expect {
                try register(request)
            } throws: { code($0) == .usage && "\($0)".contains(said) }
        }
        #expect(try registry.models().isEmpty)
    }

    @Test("labels that the model does not have, and a threshold that is no number, are refused")
    func scorer() throws {
        var wrong = request
        wrong.labels = ["attack": "7"]
        #expect { try register(wrong) } throws: { code($0) == .invalid && "\($0)".contains("7") }
        wrong.labels = [:]
        for threshold in [Double.nan, .infinity] {
            wrong.threshold = threshold
            #expect { try register(wrong) } throws: { code($0) == .invalid }
        }
    }

    @Test("two files of one name are refused")
    func sameName() throws {
        let sub = try TemporaryFolder()
        var request = request
        request.featurizer = try sub.write("model.txt", Self.spec)
        #expect {
            try register(request)
        } throws: { code($0) == .usage && "\($0)".contains("called 'model.txt'") }
    }

    @Test("a model whose decisions all overflow is refused, one that sometimes does is not")
    func overflow() throws {
        let all = (0..<16).map { _ in "1e308" }.joined(separator: "\n")
        try folder.write("model.txt", Self.header + all + "\n")
        let unscaled = Self.spec.replacingOccurrences(
            of: #""n_features":16"#, with: #""n_features":16,"norm":null,"alternate_sign":false"#)
        try folder.write("spec.json", unscaled)
        // The empty text and the single byte stay finite.
        let outcome = try register(request)
        #expect((1..<Limits.goldenInputsMade).contains(outcome.goldenInputs))
    }

    @Test(
        "a reference model registers with its reference decisions",
        .enabled(if: SharedData.isPresent, "the shared reference data is absent"))
    func reference() throws {
        var request = request
        request.file = SharedData.file("conformance/models/ll_l2l2_byte18.model").path
        request.featurizer = try folder.write(
            "byte18.json",
            """
            {"steps":[{"hashed_ngrams":{"analyzer":"byte","ngram_range":[1,3],"n_features":262144,\
            "alternate_sign":true,"lowercase":false,"norm":"l2"}}]}
            """)
        var lines = ""
        let inputs = try SharedData.jsonLines("conformance/vectors/inputs_text.jsonl")
        let vectors = try SharedData.jsonLines("conformance/vectors/ll_l2l2_byte18.jsonl")
        for (input, vector) in zip(inputs, vectors) {
            let text = try #require(input["text_b64"] as? String)
            let decision = try #require((vector["decision"] as? [Double])?.first)
            lines += #"{"text_b64":"\#(text)","decision":[\#(decision)]}"# + "\n"
        }
        request.golden = try folder.write("golden.jsonl", lines)
        let outcome = try register(request)
        #expect(outcome.goldenInputs == min(inputs.count, vectors.count))
    }
}
