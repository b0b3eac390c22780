import Foundation
import Lifecycle
import TestSupport
import Testing

/// What the commands refuse: one line that says the act, the object and the remedy, and the code.
@Suite("Command refusals", .blocking)
struct CommandRefusalTests {
    private func refused(
        _ arguments: [String], in folder: TemporaryFolder, code: Int32 = 1
    ) throws -> String {
        let output = try Executable.run(
            arguments, environment: ["SWERVE_REGISTRY": folder.path("swerve.db")],
            folder: folder.url)
        #expect(output.code == code, "\(output)")
        #expect(output.out.isEmpty, "\(output)")
        #expect(output.err.split(separator: "\n").count == 1, "\(output)")
        return output.err
    }

    private func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write("spec.json", TestModels.spec)
        try folder.write("good.model", TestModels.liblinear(seed: 1))
        return folder
    }

    private func register(_ file: String, _ more: String...) -> [String] {
        ["register", file, "--model", "m"] + (more.isEmpty ? ["--featurizer", "spec.json"] : more)
    }

    @Test(
        "model files that are none are refused with file and place",
        arguments: [
            ("missing.model", nil, "missing.model"), ("empty.model", "", "empty"),
            ("cut.model", String(TestModels.liblinear(seed: 1).prefix(300)), "line"),
            (
                "weight.model",
                TestModels.liblinear(seed: 1).replacingOccurrences(of: "w\n", with: "w\nnan\n"),
                "line 7"
            ),
            ("svm.model", "svm_type c_svc\nkernel_type linear\n", "line 3: the file ends"),
            ("own.model", "svm_type c_svc\nkernel_type precomputed\n", "precomputed"),
            ("pickle.model", "\u{80}\u{4}", "no known format"),
            (
                "multi.model",
                TestModels.liblinear(seed: 1).replacingOccurrences(
                    of: "nr_class 2", with: "nr_class 3"), "line 3: label"
            ),
            (
                "svr.model",
                TestModels.liblinear(seed: 1).replacingOccurrences(
                    of: "L2R_L2LOSS_SVC_DUAL", with: "L2R_L2LOSS_SVR"), "L2R_L2LOSS_SVR"
            ),
            ("wide.model", TestModels.liblinear(seed: 1, features: 65), "65"),
        ])
    func models(name: String, content: String?, words: String) throws {
        let folder = try folder()
        if let content { try folder.write(name, content) }
        let line = try refused(register(name), in: folder)
        #expect(line.contains(words), "\(line)")
        #expect(line.contains(name), "\(line)")
    }

    @Test(
        "featurizer specs that are none are refused with the key",
        arguments: [
            ("{", "JSON"), ("{}", "steps"), (#"{"steps":[{"lexical":{}}]}"#, "30"),
            (#"{"steps":[{"embedding":{}}]}"#, "embedding"),
            (#"{"steps":[{"normalizer":{"norm":"l2"}}]}"#, "normalizer"),
            (
                #"{"steps":[{"hashed_ngrams":{"analyzer":"byte","ngram_range":[3,1]}}]}"#,
                "ngram_range"
            ),
            (#"{"steps":[{"hashed_ngrams":{"analyzer":"byte","n_features":0}}]}"#, "n_features"),
            (#"{"steps":[{"hashed_ngrams":{"analyzer":"phrase"}}]}"#, "analyzer"),
            (#"{"steps":[{"hashed_ngrams":{"analyzer":"byte","colour":1}}]}"#, "colour"),
            (#"{"steps":[{"lexical":{}}],"steps":[]}"#, "byte 26: the key 'steps' twice"),
            (#"{"steps":[{"lexical":{}},]}"#, "byte 25"),
            (
                #"{"steps":[{"hashed_ngrams":{"analyzer":"byte","n_features":262144}}]}"#,
                "makes 262144 features, and good.model has weights for 64"
            ),
            (#"{"steps":\#(String(repeating: "[", count: 60_000))"#, "nested deeper than 28"),
        ])
    func specs(text: String, words: String) throws {
        let folder = try folder()
        try folder.write("bad.json", text)
        let line = try refused(register("good.model", "--featurizer", "bad.json"), in: folder)
        #expect(line.contains(words), "\(line)")
    }

    @Test("metadata that nests, or says a key twice, is refused with its byte")
    func metadata() throws {
        let folder = try folder()
        let environment = ["SWERVE_REGISTRY": folder.path("swerve.db")]
        for arguments in [register("good.model"), ["export", "m@1", "out"]] {
            let made = try Executable.run(
                arguments, environment: environment, folder: folder.url)
            #expect(made.code == 0, "\(made)")
        }
        let nested = String(repeating: "[", count: 60_000)
        for (text, words) in [
            ("{\"schema\":1,\"x\":\(nested)", "nested deeper than 16"),
            (#"{"schema":1,"note":"a","note":"b"}"#, "the key 'note' twice"),
        ] {
            try folder.write("out/metadata.json", text)
            let line = try refused(["register", "out", "--model", "m"], in: folder)
            #expect(line.contains(words) && line.contains("metadata.json"), "\(line)")
        }
    }

    @Test("what a label says cannot drive a terminal, in no form of a document")
    func hostileLabels() throws {
        let folder = try folder()
        let environment = ["SWERVE_REGISTRY": folder.path("swerve.db")]
        let label = "\u{9B}2Jx\u{202E}\u{2028}\u{7F}"
        let made = try Executable.run(
            register("good.model", "--featurizer", "spec.json", "--label", "\(label)=1"),
            environment: environment, folder: folder.url)
        #expect(made.code == 0, "\(made)")
        for arguments in [["show", "m@1"], ["show", "m@1", "--json"], ["models", "--json"]] {
            let shown = try Executable.run(
                arguments, environment: environment, folder: folder.url)
            let lines = shown.out.split(separator: "\n")
            #expect(shown.code == 0 && lines.allSatisfy { String($0).printable == $0 }, "\(shown)")
        }
        let shown = try Executable.run(
            ["show", "m@1", "--json"], environment: environment, folder: folder.url)
        #expect(shown.out.contains(#"\u009b2Jx\u202e\u2028\u007f"#), "\(shown)")
    }

    @Test(
        "a backslash before a character of several bytes is no JSON, whatever the processor",
        arguments: ["", "fallback"])
    func kernels(kernel: String) throws {
        let folder = try folder()
        try folder.write("in.jsonl", #"{"text":"\é"}"# + "\n")
        let output = try Executable.run(
            ["featurize", "spec.json", "in.jsonl"],
            environment: kernel.isEmpty ? [:] : ["SIMDJSON_FORCE_IMPLEMENTATION": kernel],
            folder: folder.url)
        #expect(output.code == 1 && output.err.contains("not JSON"), "\(output)")
    }

    @Test("a model without its featurizer, an unknown label, a wrong golden score are refused")
    func registration() throws {
        let folder = try folder()
        let without = try refused(["register", "good.model", "--model", "m"], in: folder, code: 64)
        #expect(without.contains("--featurizer"))
        let label = try refused(
            register("good.model", "--featurizer", "spec.json", "--label", "attack=7"), in: folder)
        #expect(label.contains("7"))
        try folder.write("golden.jsonl", #"{"text":"GET /","decision":[123.0]}"# + "\n")
        let golden = try refused(
            register("good.model", "--featurizer", "spec.json", "--golden", "golden.jsonl"),
            in: folder)
        #expect(golden.contains("123") && golden.contains("line 1"), "\(golden)")
        let name = try refused(
            ["register", "good.model", "--model", "No Name", "--featurizer", "spec.json"],
            in: folder, code: 64)
        #expect(name.contains("model name"))
    }

    @Test("unknown models and versions are named, with what there is")
    func unknown() throws {
        let folder = try folder()
        #expect(try refused(["models"], in: folder).contains("swerve.db"))
        let made = try Executable.run(
            register("good.model") + ["--registry", folder.path("swerve.db")], folder: folder.url)
        #expect(made.code == 0, "\(made)")
        let brokers = ["--bootstrap", "127.0.0.1:1", "--broker-timeout", "1"]
        #expect(try refused(["show", "other"], in: folder).contains("other"))
        #expect(try refused(["score", "m@2"], in: folder).contains("m@2"))
        #expect(try refused(["score", "m"], in: folder, code: 64).contains("NAME@V"))
        #expect(try refused(["promote", "m@9"] + brokers, in: folder).contains("m@9"))
        #expect(try refused(["rollback", "m"] + brokers, in: folder).contains("never promoted"))
        #expect(
            try refused(["promote", "m@1", "--canary", "0%"] + brokers, in: folder, code: 64)
                .contains("share"))
        #expect(
            try refused(["promote", "m@1", "--canary", "5%"] + brokers, in: folder)
                .contains("no stable version"))
    }

    @Test("a broker that is not there: nothing is changed, and the line says so; --offline commits")
    func noBroker() throws {
        let folder = try folder()
        _ = try Executable.run(
            register("good.model") + ["--registry", folder.path("swerve.db")], folder: folder.url)
        let line = try refused(
            ["promote", "m@1", "--bootstrap", "127.0.0.1:1", "--broker-timeout", "1"], in: folder)
        #expect(line.contains("nothing was changed") && line.contains("--offline"), "\(line)")
        func changes() throws -> Int? {
            try Executable.run(
                ["history", "m", "--json", "--registry", folder.path("swerve.db")]
            ).json()["history"]?.array?.count
        }
        #expect(try changes() == 0)
        // Without brokers named at all, twice: what is so already is no failure.
        for (isChanged, words) in [(true, "not announced"), (false, "stable already")] {
            let offline = try Executable.run(
                ["promote", "m@1", "--offline", "--json"],
                environment: ["SWERVE_REGISTRY": folder.path("swerve.db")], folder: folder.url)
            #expect(offline.code == 0 && offline.err.contains(words), "\(offline)")
            #expect(try offline.json()["announced"] == false)
            #expect(try offline.json()["changed"] == .bool(isChanged))
        }
        #expect(try changes() == 1)
        let both = ["promote", "m@1", "--offline", "--wait"]
        #expect(try refused(both, in: folder, code: 64).contains("--wait"))
        #expect(try refused(["promote", "m@1"], in: folder, code: 64).contains("--bootstrap"))
    }

    @Test("a registry that is no registry, or from a newer swerve, is left alone")
    func registries() throws {
        let folder = try folder()
        try folder.write("swerve.db", "this is not a database, but long enough to look like a file")
        #expect(try refused(register("good.model"), in: folder).contains("swerve.db"))
        #expect(try refused(["models"], in: folder).contains("swerve.db"))
        let untouched = try String(contentsOfFile: folder.path("swerve.db"), encoding: .utf8)
        #expect(untouched.hasPrefix("this is not"))
    }

    @Test("what makes no sense on the command line exits with 64")
    func usage() throws {
        let folder = try folder()
        for arguments in [["frobnicate"], ["register"], ["promote"], ["serve", "--nonsense"]] {
            let output = try Executable.run(arguments, folder: folder.url)
            #expect(output.code == 64, "\(arguments): \(output)")
        }
        #expect(try Executable.run(["--help"]).code == 0)
        #expect(try Executable.run(["--version"]).out == "0.1.0\n")
    }

    @Test(
        "configurations that make no sense are refused with the key",
        arguments: [
            ("", "model"), ("model: m\n", "bootstrap.servers"),
            ("model: m\nkafka: {bootstrap.servers: x}\n", "start"),
            ("model: m\nstart: newest\nkafka: {bootstrap.servers: x}\n", "newest"),
            ("model: m\ncolour: red\n", "line 2"), ("model: [1]\n", "line 1"),
            ("- a\n", "mapping"), ("a: b: c\n", "YAML"),
            (
                "model: m\nstart: earliest\nslots: {total: 2, first: 3}\nkafka: {bootstrap.servers: x}\n",
                "first"
            ),
            (
                "model: m\nstart: earliest\nslots: {total: 9999}\nkafka: {bootstrap.servers: x}\n",
                "slots.total"
            ),
            (
                "model: m\nstart: earliest\nassignment: sticky\nkafka: {bootstrap.servers: x}\n",
                "sticky"
            ),
            (
                "model: m\nstart: earliest\ndelivery: exactly-once\nassignment: fixed\nkafka: {bootstrap.servers: x}\n",
                "exactly-once"
            ),
            ("model: m\nstart: earliest\nkafka: {bootstrap.servers: x, group.id: y}\n", "group.id"),
            (
                "model: m\nstart: earliest\nkafka: {bootstrap.servers: x}\nkafka.producer: {acks: 1}\n",
                "acks"
            ),
            (
                "model: m\nstart: earliest\nkafka: {bootstrap.servers: x}\ntopics: {output: a, input: a}\n",
                "same name"
            ),
            (
                "model: m\nstart: earliest\nkafka: {bootstrap.servers: x}\nartifacts: https://x/artifacts\n",
                "artifacts"
            ),
        ])
    func configuration(text: String, words: String) throws {
        let folder = try folder()
        try folder.write("swerve.yaml", text)
        let line = try refused(["serve", "--config", "swerve.yaml"], in: folder, code: 64)
        #expect(line.contains(words), "\(line)")
    }

    @Test("flags beat environment beats file")
    func precedence() throws {
        let folder = try folder()
        try folder.write(
            "swerve.yaml",
            "model: m\nstart: earliest\ngroup: file\nkafka: {bootstrap.servers: file}\n")
        func group(_ environment: [String: String], _ more: String...) throws -> String {
            let output = try Executable.run(
                ["serve", "--check"] + more, environment: environment, folder: folder.url)
            return try output.json()["group"]?.string ?? "\(output)"
        }
        #expect(try group([:]) == "file")
        #expect(try group(["SWERVE_GROUP": "environment"]) == "environment")
        #expect(try group(["SWERVE_GROUP": "environment"], "--set", "group=flag") == "flag")
    }
}
