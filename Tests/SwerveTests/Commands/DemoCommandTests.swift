import ArgumentParser
import Demo
import Lifecycle
import TestSupport
import Testing

@testable import swerve

@Suite("demo's flags")
struct DemoCommandTests {
    @Test(
        "what cannot be done is told by the flags",
        arguments: [
            (["--records", "10"], "reading --records: not between 1000 and 50000000"),
            (
                ["--rate=-1"],
                "reading --rate: not between 0 (unlimited) and 10000000 records a second"
            ),
            (
                ["--workers", "0"],
                "reading --workers and --partitions: 1 to 64 workers, as many to 128 partitions"
            ),
            (
                ["--model-v2", "m"],
                "reading --model-v2: it needs a featurizer; give --featurizer-v2 SPEC.json"
            ),
        ])
    func mistakes(arguments: [String], words: String) throws {
        let command = try DemoCommand.parse(arguments)
        #expect {
            try command.run()
        } throws: {
            code($0) == .usage && "\($0)" == words
        }
    }

    @Test("whoever runs it without a terminal is told without flags")
    func plain() {
        #expect("\(DemoOptions.Mistake.outOfRange(["records"], "too many"))" == "records: too many")
        #expect(
            "\(DemoOptions.Mistake.featurizerMissing(version: 2))"
                == "the model of version 2 needs a featurizer")
    }
}
