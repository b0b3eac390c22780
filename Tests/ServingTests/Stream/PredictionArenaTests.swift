import Inputs
import Kafka
import Lifecycle
import Scoring
import Serving
import Testing

@Suite("PredictionArena")
struct PredictionArenaTests {
    private let held = HeldRecords()

    private func form(_ role: Role = .stable, topic: String = "in") throws -> PredictionForm {
        let set = try Streams.set(try Streams.constant(8, score: 1), epoch: 12)
        return PredictionForm(
            deployment: set.deployment, version: set.stable, role: role, inputTopic: topic)
    }

    private func written(
        _ arena: PredictionArena, _ form: PredictionForm, score: Double = 1.25, classIndex: Int = 0,
        partition: Int32 = 3, offset: Int64 = 42, id: String? = nil,
        marks: RecordMarks = []
    ) -> String {
        let bytes = unsafe arena.write(
            form, verdict: Verdict(score: score, classIndex: classIndex), output: ScoreOutput(),
            partition: partition, offset: offset, id: id.flatMap { unsafe held.record($0).value },
            marks: marks)
        return unsafe String(decoding: bytes, as: UTF8.self)
    }

    @Test("a prediction is what the design says, to the byte")
    func bytes() throws {
        let form = try form()
        let arena = PredictionArena()
        arena.reserve(count: 1, longest: form.longestBytes)
        #expect(
            written(arena, form, id: "r-1")
                == #"{"model":"m","version":8,"epoch":12,"role":"stable","score":1.25,"label":"attack","#
                + #""of":"attack","source":{"topic":"in","partition":3,"offset":42},"id":"r-1"}"#)
    }

    @Test("without the class that the score speaks of it says the rest alike")
    func withoutOf() throws {
        let set = try Streams.set(try Streams.constant(8, score: 1), epoch: 12)
        let arena = PredictionArena()
        let forms = [PredictionForm.Format.json, .jsonWithoutOf].map {
            PredictionForm(
                deployment: set.deployment, version: set.stable, role: .stable, inputTopic: "in",
                format: $0)
        }
        arena.reserve(count: 2, longest: forms[0].longestBytes)
        for classIndex in [0, 1] {
            let texts = forms.map { written(arena, $0, classIndex: classIndex) }
            #expect(texts[0].contains(#","of":"attack","#))
            let parts = texts[0].split(
                separator: #","of":"attack""#, omittingEmptySubsequences: false)
            #expect(parts.count == 2 && texts[1] == parts.joined())
        }
    }

    @Test(
        "every place and score comes back as it was",
        arguments: [
            (Int32(0), Int64(0), 0.1), (.max, .max, -1.7976931348623157e308),
            (63, 999_999_999_999, .leastNonzeroMagnitude), (1, 10, -0.0),
            (9, 1_000_000_000, 1.0 / 3),
        ])
    func roundTrip(partition: Int32, offset: Int64, score: Double) throws {
        let form = try form()
        let arena = PredictionArena()
        arena.reserve(count: 1, longest: form.longestBytes)
        let text = written(arena, form, score: score, partition: partition, offset: offset)
        let json = try JSONValue(
            parsing: Array(text.utf8), act: "reading a prediction", limit: 10_000)
        #expect(json["source"]?["partition"]?.int == Int(partition))
        #expect(json["source"]?["offset"]?.int == Int(offset))
        #expect(json["score"]?.double?.bitPattern == score.bitPattern)
    }

    @Test("the verdict's class and the role choose the words, and a topic's name is escaped")
    func words() throws {
        let form = try form(.canary, topic: #"a"b"#)
        let arena = PredictionArena()
        arena.reserve(count: 1, longest: form.longestBytes)
        let text = written(arena, form, classIndex: 1)
        #expect(text.contains(#""role":"canary""#))
        #expect(text.contains(#""label":"normal""#))
        #expect(text.contains(#""topic":"a\"b""#))
    }

    @Test("a batch's predictions stand one behind the other, and the next batch takes their place")
    func reused() throws {
        let form = try form()
        let arena = PredictionArena()
        arena.reserve(count: 2, longest: form.longestBytes)
        let write = { (offset: Int64) in
            unsafe arena.write(
                form, verdict: Verdict(score: 1, classIndex: 0), output: ScoreOutput(),
                partition: 0, offset: offset, id: nil)
        }
        let first = unsafe write(1)
        let second = unsafe write(2)
        #expect(
            unsafe first.baseAddress.map { unsafe $0 + first.count } == second.baseAddress)
        #expect(unsafe String(decoding: first, as: UTF8.self).contains(#""offset":1}"#))
        arena.reset()
        #expect(unsafe write(3).baseAddress == first.baseAddress)
    }

    @Test("the longest id, each byte of it escaped, has room")
    func longest() throws {
        let form = try form()
        let arena = PredictionArena()
        arena.reserve(count: 1, longest: form.longestBytes)
        let id = String(repeating: #"\u0000"#, count: Limits.requestIDBytes)
        let text = written(
            arena, form, score: -1.7976931348623157e308, partition: .max, offset: .max, id: id,
            marks: .truncated)
        #expect(text.utf8.count <= form.longestBytes)
        #expect(text.hasSuffix(#","id":"\#(id)","marks":["truncated"]}"#))
    }

    @Test("marks stand in one order, in both forms")
    func marks() throws {
        let form = try form()
        let arena = PredictionArena()
        arena.reserve(count: 1, longest: form.longestBytes)
        let text = written(arena, form, marks: [.truncated, .malformed])
        #expect(text.hasSuffix(#","marks":["malformed","truncated"]}"#))
    }

    @Test("a prediction in Avro says what one in JSON says, behind its frame")
    func avro() throws {
        let set = try Streams.set(try Streams.constant(8, score: 1), epoch: 12)
        let form = AvroPredictionForm(
            deployment: set.deployment, version: set.stable, role: .stable, inputTopic: "in",
            schemaID: 7)
        let arena = PredictionArena()
        arena.reserve(count: 1, longest: form.longestBytes)
        let bytes = unsafe arena.write(
            form, verdict: Verdict(score: 1.25, classIndex: 1), output: ScoreOutput(),
            partition: 3, offset: 42, id: held.record("r-1").value, marks: .truncated)
        let text = unsafe Array(bytes)
        #expect(Array(text.prefix(5)) == [0, 0, 0, 0, 7])
        // The label, and the class that the score speaks of.
        for word in ["m", "stable", "normal", "attack", "in", "r-1", "truncated"] {
            let string = [UInt8(2 * word.utf8.count)] + Array(word.utf8)
            #expect(text.firstRange(of: string) != nil, "\(word)")
        }
        #expect(text.count <= form.longestBytes)
    }
}
