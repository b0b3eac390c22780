import Inputs
import Lifecycle
import Scoring
import TestSupport
import Testing

@Suite("Predictions as Avro")
struct AvroPredictionTests {
    private func written(
        _ form: AvroPredictionForm, _ values: AvroPredictionForm.Values, id: String? = nil
    ) -> [UInt8] {
        var values = values
        var escaped = Array((id ?? "").utf8)
        return unsafe escaped.withUnsafeMutableBufferPointer { buffer in
            unsafe values.id = id == nil ? nil : UnsafeBufferPointer(buffer)
            return unsafe [UInt8](unsafeUninitializedCapacity: form.longestBytes) { memory, count in
                guard let first = memory.baseAddress else { return }
                count = unsafe form.write(values, partition: 3, offset: 42, into: first)
            }
        }
    }

    private func form(schemaID: Int32? = nil, numbers: Int = 0) -> AvroPredictionForm {
        AvroPredictionForm(
            schemaID: schemaID, model: "m", version: 8, epoch: 12, role: "stable",
            classes: [.init(label: "normal"), .init(label: "attack", of: "attack")],
            topic: "raw", numbersMax: numbers)
    }

    @Test(
        "the schema is the shared one, byte for byte",
        .enabled(if: SharedData.hasInputs, "\(SharedData.absence)"))
    func schemaText() throws {
        let shared = try SharedData.bytes("inputs/prediction.avsc")
        #expect(shared == Array(PredictionSchema.text.utf8) + [0x0A])
    }

    @Test("a prediction is a record of its schema, to the last byte")
    func roundTrip() throws {
        let reading = try AvroReading(
            PredictionSchema.text, [.text],
            numbers: ["version", "epoch", "score", "source.offset"],
            fields: InputFields(
                id: "id", method: "label", path: "source.topic", query: "of", body: "role"))
        var values = AvroPredictionForm.Values()
        values.score = -0.5
        values.classIndex = 1
        values.probability = 0.25
        values.marks = [.truncated, .malformed]
        let bytes = written(form(), values, id: #"a\"\\\n\u0001é"#)
        #expect(reading.text(bytes) == "attack raw?attack\nstable")
        #expect(reading.numbers == [8, 12, -0.5, 42])
        #expect(reading.id == #"a\"\\\n\u0001é"#)
        #expect(reading.avro.trailing == 0)
        for count in 1..<bytes.count {
            #expect(reading.reason(Array(bytes[..<count]))?.code == "truncated")
        }
    }

    @Test("decisions and probabilities are arrays, and the marks stand in one order")
    func arrays() throws {
        let decision = [1.0, -2.5]
        let bytes = unsafe decision.withUnsafeBufferPointer { buffer in
            var values = AvroPredictionForm.Values()
            unsafe values.decision = buffer
            unsafe values.probabilities = buffer
            values.marks = [.truncated, .malformed]
            return written(form(numbers: 4), values)
        }
        let reading = try AvroReading(
            PredictionSchema.text, .dense, fields: InputFields(dense: "decision"))
        #expect(reading.reason(bytes) == nil)
        #expect(OwnedInput(reading.decoder.input).dense == decision)
        let probabilities = try AvroReading(
            PredictionSchema.text, .dense, fields: InputFields(dense: "probabilities"))
        #expect(probabilities.reason(bytes) == nil)
        #expect(OwnedInput(probabilities.decoder.input).dense == decision)
        let marks = AvroBytes.text("malformed") + AvroBytes.text("truncated")
        #expect(Array(bytes.suffix(marks.count + 1)) == marks + [0])
    }

    @Test("a frame names the schema, and no id is another thing than an empty one")
    func frame() {
        let plain = written(form(), .init())
        #expect(written(form(schemaID: 0x0102_0304), .init()) == [0, 1, 2, 3, 4] + plain)
        #expect(written(form(), .init(), id: "").count == plain.count + 1)
    }

    @Test("the longest prediction fits into what was reserved")
    func longest() {
        var values = AvroPredictionForm.Values()
        values.classIndex = 1
        values.probability = 1
        values.marks = [.truncated, .malformed]
        let form = form()
        let bytes = written(form, values, id: String(repeating: "x", count: Limits.requestIDBytes))
        #expect(bytes.count <= form.longestBytes)
        #expect(bytes.count > Limits.requestIDBytes)
    }
}
