import Lifecycle
import Testing
import Verification

@testable import Demo

@Suite("Planted faults")
struct FaultInjectorTests {
    static let record = StreamRecord(
        at: StreamPlace(partition: 1, offset: 2), key: [3], value: [4])

    /// What becomes of five records, in letters.
    static func outcomes(_ fault: DemoOptions.Fault?, staleFrom: Int = 0) -> String {
        var injector = FaultInjector(fault: fault, after: 2)
        var text = ""
        for number in 0..<5 {
            let outcome = injector.pass(record) { record in
                guard number >= staleFrom else { return nil }
                var other = record
                other.value = [9]
                return other
            }
            switch outcome {
            case .passed(let record): text += record.value == [9] ? "S" : "."
            case .withheld: text += "L"
            case .repeated: text += "D"
            }
        }
        return text
    }

    @Test("each fault is planted once, not before its time, and none without being asked for")
    func planted() {
        #expect(Self.outcomes(nil) == ".....")
        #expect(Self.outcomes(.lose) == "..L..")
        #expect(Self.outcomes(.duplicate) == "..D..")
        #expect(Self.outcomes(.stale) == "..S..")
        #expect(Self.outcomes(.stale, staleFrom: 4) == "....S")
    }

    @Test("a stale prediction says what the old version would have said of the same record")
    func stale() throws {
        let value = #"{"model":"m","version":2,"score":5,"label":"x","probability":0.5,"id":"r"}"#
        var record = Self.record
        record.value = Array(value.utf8)
        let old = ExpectedScore(score: -1, label: Array(#"a\"b"#.utf8))
        let stale = try #require(FaultInjector.prediction(record, by: 1, saying: old))
        #expect(stale.place == record.place && stale.key == record.key)
        let json = try JSONValue(parsing: stale.value ?? [], act: "a test")
        #expect(json["version"] == 1 && json["score"]?.double == -1)
        #expect(json["label"] == #"a"b"# && json["id"] == "r" && json["probability"] == nil)
        #expect(FaultInjector.prediction(Self.record, by: 1, saying: old) == nil)
    }

    @Test("kept records are JSON lines whatever the bytes are")
    func keptRecords() {
        var kept = KeptRecords(isKept: true, isJSON: true)
        kept.append(
            StreamRecord(
                at: StreamPlace(partition: 0, offset: 1), key: Array("k\"".utf8),
                value: Array(#"{"a":1}"#.utf8)))
        kept.append(StreamRecord(at: StreamPlace(partition: 0, offset: 2), key: [], value: nil))
        kept.append(
            StreamRecord(
                at: StreamPlace(partition: 0, offset: 3), key: [0xFF], value: Array("x\n".utf8)))
        let expected = """
            {"partition":0,"offset":1,"key":"k\\"","value":{"a":1}}
            {"partition":0,"offset":2,"key":"","value":null}
            {"partition":0,"offset":3,"key":"\u{FFFD}","value":"x\\u000a"}

            """
        #expect(String(decoding: kept.bytes, as: UTF8.self) == expected)
        var none = KeptRecords(isKept: false, isJSON: true)
        none.append(Self.record)
        #expect(none.bytes.isEmpty)
    }

    struct Wrong: Sendable, CustomTestStringConvertible {
        let name: String
        let change: @Sendable (inout DemoOptions) -> Void
        var testDescription: String { name }
    }

    @Test(
        "options out of range are refused",
        arguments: [
            Wrong(name: "records", change: { $0.records = 10 }),
            Wrong(name: "rate", change: { $0.rate = -1 }),
            Wrong(name: "workers", change: { $0.workers = 0 }),
            Wrong(name: "partitions", change: { $0.partitions = 1 }),
            Wrong(name: "version 2 needs a featurizer", change: { $0.modelFiles[1] = "m" }),
        ])
    func areRefused(wrong: Wrong) {
        var options = DemoOptions()
        #expect(throws: Never.self) { try options.check() }
        wrong.change(&options)
        #expect { try options.check() } throws: { "\($0)".contains(wrong.name) }
    }
}
