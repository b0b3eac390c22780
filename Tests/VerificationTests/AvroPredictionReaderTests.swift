import Inputs
import Lifecycle
import Testing

@testable import Verification

/// Predictions in Avro are read back as the workers' own writer makes them.
@Suite("Reading predictions in Avro")
struct AvroPredictionReaderTests {
    private func written(
        label: String? = "attack", decision: [Double]? = nil, id: String? = "r-1",
        marks: RecordMarks = []
    ) -> [UInt8] {
        let form = AvroPredictionForm(
            schemaID: 7, model: "m", version: 8, epoch: 12, role: "canary",
            classes: [AvroPredictionForm.ClassWords(label: label, of: label)], topic: "in",
            numbersMax: 8)
        var values = AvroPredictionForm.Values()
        values.score = -1.25
        values.probability = 0.5
        values.marks = marks
        let escaped = id.map { Array(JSONValue.string($0).bytes.dropFirst().dropLast()) }
        return unsafe [UInt8](unsafeUninitializedCapacity: form.longestBytes) { memory, count in
            guard let first = memory.baseAddress else { return }
            unsafe (escaped ?? []).withUnsafeBufferPointer { text in
                unsafe (decision ?? []).withUnsafeBufferPointer { numbers in
                    unsafe values.id = escaped == nil ? nil : text
                    unsafe values.decision = decision == nil ? nil : numbers
                    count = unsafe form.write(values, partition: 3, offset: 1_042, into: first)
                }
            }
        }
    }

    private func read(
        _ value: [UInt8], model: String = "m", topic: String = "in"
    ) throws
        -> Prediction?
    {
        PredictionReader(model: try ModelName(model), topic: topic).read(value)
    }

    @Test("what a worker writes is read")
    func whole() throws {
        let plain = try #require(try read(written()))
        #expect(plain.version == 8 && plain.epoch == 12 && plain.role == .canary)
        #expect(plain.score == -1.25 && plain.source == StreamPlace(partition: 3, offset: 1_042))
        #expect(plain.label == Array("attack".utf8) && plain.id == Array("r-1".utf8))
        #expect(plain.decisions == nil && plain.probabilities == [0.5])
        let full = try #require(
            try read(written(label: nil, decision: [1, -2.5], id: "a\"b", marks: .truncated)))
        #expect(full.label == nil && full.decisions == [1, -2.5])
        #expect(full.id == Array(#"a\"b"#.utf8))
        #expect(try read(written(decision: [], id: nil))?.decisions == [])
    }

    @Test("another model's, another topic's, and bytes that are cut anywhere, are none")
    func none() throws {
        let value = written(decision: [1, 2])
        #expect(try read(value, model: "other") == nil)
        #expect(try read(value, topic: "other") == nil)
        for count in 0..<60 { #expect(try read(Array(value.prefix(count))) == nil) }
        #expect(try read([0, 0, 0, 0, 7] + [UInt8](repeating: 0xFF, count: 40)) == nil)
    }
}
