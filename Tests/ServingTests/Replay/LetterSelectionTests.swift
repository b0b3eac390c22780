import Lifecycle
import Serving
import Testing

@testable import Kafka

@Suite("LetterSelection")
struct LetterSelectionTests {
    private func letter(
        _ changes: [String: String?] = [:], keyBytes: Int = 1
    ) -> StoredLetter? {
        var headers = [
            "swerve.error.code": "not_json", "swerve.error.reason": "why", "swerve.model": "m",
            "swerve.source.topic": "in", "swerve.source.partition": "3",
            "swerve.source.offset": "42", "swerve.epoch": "7", "swerve.stub": "false",
        ]
        for (name, value) in changes { headers["swerve.\(name)"] = value }
        return StoredLetter(
            TopicRecord(
                topic: "dlq", partition: 1, offset: 3, key: .init(repeating: 1, count: keyBytes),
                value: [2], headers: headers, timestamp: .none))
    }

    private func selection(scoresCrashed: Bool = false) -> LetterSelection {
        LetterSelection(
            model: "m", inputTopic: "in", outputTopic: "out", outputPartitions: 4,
            recordBytes: 1_000, scoresCrashed: scoresCrashed)
    }

    @Test("a letter of the model for this input is scored, from each partition that there is")
    func scored() {
        for partition in 0..<4 {
            let letter = letter(["source.partition": "\(partition)", "source.offset": "0"])
            #expect(selection().verdict(on: letter) == .scored)
        }
    }

    @Test("what is no letter of the model, or stands for another input, is another's")
    func others() {
        #expect(selection().verdict(on: nil) == .other)
        #expect(selection().verdict(on: letter(["model": "n"])) == .other)
        #expect(selection().verdict(on: letter(["source.topic": "on"])) == .other)
        #expect(selection().verdict(on: letter(["stub": "true"])) == .stub)
    }

    @Test(
        "a partition that the output does not have is told, with how many it has",
        arguments: ["4", "99", "-1", "\(Int32.max)", "\(Int32.min)"])
    func partitions(number: String) {
        #expect(
            selection().verdict(on: letter(["source.partition": number]))
                == .unfit("its record's partition is \(number), and out has 4"))
    }

    @Test("no record stands at an offset below 0", arguments: ["-1", "\(Int64.min)"])
    func offsets(number: String) {
        #expect(
            selection().verdict(on: letter(["source.offset": number]))
                == .unfit("its record's offset is \(number)"))
    }

    @Test("what is too large for the producer is told before it is produced")
    func sizes() {
        #expect(selection().verdict(on: letter(keyBytes: 1_000)) == .scored)
        #expect(
            selection().verdict(on: letter(keyBytes: 1_001))
                == .unfit(
                    "its key has 1001 bytes, and with it the prediction would be larger than 1000 "
                        + "bytes"))
        #expect(selection().refusal(keyBytes: 900, valueBytes: 100) == nil)
        #expect(selection().refusal(keyBytes: 900, valueBytes: 101) != nil)
    }

    @Test("a record that workers died of is scored where the replay is told to, and not otherwise")
    func crashed() {
        let crashed = ["error.code": "crashed_worker"] as [String: String?]
        #expect(selection().verdict(on: letter(crashed)) == .crashed)
        #expect(selection(scoresCrashed: true).verdict(on: letter(crashed)) == .scored)
        // One that nothing can come of does not wait for such a replay.
        let forged = crashed.merging(["source.partition": "9"]) { $1 }
        #expect(
            selection().verdict(on: letter(forged))
                == .unfit("its record's partition is 9, and out has 4"))
    }
}
