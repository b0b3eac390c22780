import Foundation
import Lifecycle
import TestSupport
import Testing

/// The training commands of docs/models.md, typed as they stand there.
@Suite("Training with the tools' own programs", .blocking)
struct TrainingTests {
    private static func has(_ programs: String...) -> Bool {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return programs.allSatisfy { program in
            path.split(separator: ":").contains {
                FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
            }
        }
    }

    private static let absence: Comment =
        "a training program is absent; run deploy/install-packages.sh train"

    /// Runs a shell command in the folder, `swerve` being the one under test.
    private func shell(_ command: String, in folder: TemporaryFolder) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-ec", command]
        process.currentDirectoryURL = folder.url
        let own = URL(fileURLWithPath: Executable.path).deletingLastPathComponent().path
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        process.environment = Executable.environment([
            "PATH": "\(own):\(path)", "SWERVE_REGISTRY": folder.path("swerve.db"),
        ])
        let scratch = try TemporaryFiles()
        process.standardOutput = try scratch.output("out")
        process.standardError = try scratch.output("err")
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure("\(command): \(try scratch.text("err"))\(try scratch.text("out"))")
        }
        return try scratch.text("out")
    }

    private func labelled(_ count: Int) -> String {
        (0..<count).map { number in
            let isAttack = number % 3 == 0
            let query = isAttack ? "id=1%27+OR+%271%27=%271&n=\(number)" : "page=\(number)"
            let body = number % 4 == 1 ? "name=a\(number)&mail=b%40c" : ""
            return #"{"id":"\#(number)","label":\#(isAttack ? 1 : -1),"method":"GET","path":"#
                + #""/shop/\#(number % 50)","query":"\#(query)","body":"\#(body)"}"# + "\n"
        }.joined()
    }

    /// The decisions of the tool and of `swerve score`, line by line.
    private func decisions(
        _ tool: String, _ version: String, in folder: TemporaryFolder
    ) throws -> [(tool: Double, swerve: Double)] {
        let scored = try shell("swerve score \(version) requests.jsonl", in: folder)
        let swerve = try scored.split(separator: "\n").map { line in
            let json = try JSONValue(parsing: Array(line.utf8), act: "reading a score")
            return try #require(json["score"]?.double)
        }
        let predicted = try String(contentsOfFile: folder.path(tool), encoding: .utf8)
            .split(separator: "\n").compactMap { Double($0.split(separator: " ")[0]) }
        #expect(predicted.count == swerve.count)
        return Array(zip(predicted, swerve)).map { ($0, $1) }
    }

    @Test(
        "hashed n-grams and liblinear-train, predicted alike",
        .enabled(if: has("liblinear-train", "liblinear-predict"), absence))
    func liblinear() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "featurizer.json",
            #"{"steps":[{"hashed_ngrams":{"analyzer":"byte","ngram_range":[1,3],"n_features":65536}}]}"#
        )
        try folder.write("requests.jsonl", labelled(300))
        _ = try shell(
            """
            swerve featurize featurizer.json requests.jsonl > requests.svm
            liblinear-train -q -s 5 -B 1 requests.svm my.model
            swerve register my.model --model my-model --featurizer featurizer.json \
                --label attack=1 --label normal=-1
            liblinear-predict requests.svm my.model predicted
            """, in: folder)
        let pairs = try decisions("predicted", "my-model@1", in: folder)
        #expect(pairs.count == 300)
        #expect(pairs.allSatisfy { ($0.swerve > 0) == ($0.tool == 1) })
        #expect(pairs.contains { $0.swerve > 0 } && pairs.contains { $0.swerve < 0 })
    }

    @Test(
        "lexical features, svm-scale and liblinear-train, predicted alike",
        .enabled(if: has("liblinear-train", "liblinear-predict", "svm-scale"), absence))
    func scaled() throws {
        let folder = try TemporaryFolder()
        try folder.write("lexical.json", #"{"steps":[{"lexical":{}}]}"#)
        try folder.write("requests.jsonl", labelled(300))
        _ = try shell(
            """
            swerve featurize lexical.json requests.jsonl > raw.svm
            svm-scale -s requests.range raw.svm > scaled.svm
            """, in: folder)
        let range = try String(contentsOfFile: folder.path("requests.range"), encoding: .utf8)
        let spec: JSONValue = [
            "steps": [["lexical": [:]], ["svm_scale": ["range": .string(range)]]]
        ]
        try folder.write("scaled.json", spec.text)
        _ = try shell(
            """
            swerve featurize scaled.json requests.jsonl > requests.svm
            liblinear-train -q -s 2 -B 1 requests.svm my.model
            swerve register my.model --model my-model --featurizer scaled.json
            liblinear-predict requests.svm my.model predicted
            """, in: folder)
        try compareScaled(folder)
        let pairs = try decisions("predicted", "my-model@1", in: folder)
        #expect(pairs.count == 300)
        #expect(pairs.allSatisfy { ($0.swerve > 0) == ($0.tool == 1) })
    }

    @Test(
        "lexical features, svm-scale and an RBF kernel of svm-train, predicted alike",
        .enabled(if: has("svm-train", "svm-predict", "svm-scale"), absence))
    func kernel() throws {
        let folder = try TemporaryFolder()
        try folder.write("lexical.json", #"{"steps":[{"lexical":{}}]}"#)
        try folder.write("requests.jsonl", labelled(300))
        _ = try shell(
            """
            swerve featurize lexical.json requests.jsonl > raw.svm
            svm-scale -s requests.range raw.svm > scaled.svm
            svm-train -q -s 0 -t 2 -c 10 -g 0.1 scaled.svm my.model
            """, in: folder)
        let range = try String(contentsOfFile: folder.path("requests.range"), encoding: .utf8)
        let spec: JSONValue = [
            "steps": [["lexical": [:]], ["svm_scale": ["range": .string(range)]]]
        ]
        try folder.write("scaled.json", spec.text)
        _ = try shell(
            """
            swerve register my.model --model my-model --featurizer scaled.json \
                --label attack=1 --label normal=-1
            svm-predict -q scaled.svm my.model predicted
            """, in: folder)
        let pairs = try decisions("predicted", "my-model@1", in: folder)
        #expect(pairs.count == 300)
        #expect(pairs.allSatisfy { ($0.swerve > 0) == ($0.tool == 1) })
    }

    /// svm-scale prints six digits of what `featurize` writes in full.
    private func compareScaled(_ folder: TemporaryFolder) throws {
        func rows(_ name: String) throws -> [[String: Double]] {
            try String(contentsOfFile: folder.path(name), encoding: .utf8)
                .split(separator: "\n").map { line in
                    let pairs = line.split(separator: " ").dropFirst().compactMap { word in
                        let pair = word.split(separator: ":")
                        return Double(pair[1]).map { (String(pair[0]), $0) }
                    }
                    return Dictionary(uniqueKeysWithValues: pairs)
                }
        }
        let (own, tool) = (try rows("requests.svm"), try rows("scaled.svm"))
        #expect(own.count == 300 && tool.count == 300)
        for (mine, theirs) in zip(own, tool) {
            #expect(mine.keys.sorted() == theirs.keys.sorted())
            for (index, value) in theirs {
                let difference = (mine[index] ?? .nan) - value
                #expect(difference.magnitude <= 5.1e-6 * max(value.magnitude, 1e-3))
            }
        }
    }

    @Test("generated requests are the same at any pace, and a pace that is none is refused")
    func pace() throws {
        let plain = try Executable.run(["generate", "--records", "50"])
        let paced = try Executable.run(["generate", "--records", "50", "--rate", "2000"])
        #expect(plain.code == 0 && paced.out == plain.out)
        for pace in ["-1", "nan", "1e9"] {
            let refused = try Executable.run(["generate", "--records", "1", "--rate=\(pace)"])
            #expect(refused.code == 64 && refused.out.isEmpty, "\(refused)")
        }
    }
}
