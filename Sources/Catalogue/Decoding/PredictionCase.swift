import FoundationEssentials
import Inputs
import Lifecycle

/// A case of a prediction: its JSON, of which the Avro is made.
enum PredictionCase {
    static func avro(of document: JSONValue, act: String) throws(SwerveError) -> JSONValue {
        guard let prediction = document["prediction"], let source = prediction["source"],
            let topic = source["topic"]?.string, let offset = source["offset"]?.int,
            let partition = source["partition"]?.int.flatMap(Int32.init(exactly:)),
            let model = prediction["model"]?.string, let version = prediction["version"]?.int,
            let epoch = prediction["epoch"]?.int, let role = prediction["role"]?.string,
            let score = prediction["score"]?.double
        else { throw SwerveError(.invalid, act: act, reason: "it is no prediction") }
        let decision = prediction["decision"]?.array?.compactMap(\.double)
        let many = prediction["probability"]?.array?.compactMap(\.double)
        let words = AvroPredictionForm.ClassWords(
            label: prediction["label"]?.string, of: prediction["of"]?.string)
        let form = AvroPredictionForm(
            schemaID: nil, model: model, version: Int64(version), epoch: Int64(epoch), role: role,
            classes: [words], topic: topic,
            numbersMax: (decision?.count ?? 0) + (many?.count ?? 0))
        var values = AvroPredictionForm.Values()
        values.score = score
        values.probability = prediction["probability"]?.double
        values.marks = try marks(of: prediction, act: act)
        let id = try prediction["id"]?.string.map { text throws(SwerveError) in
            try escaped(text, act: act)
        }
        let bytes = unsafe withOptional(decision) { decision in
            unsafe withOptional(many) { many in
                unsafe withOptional(id) { id in
                    unsafe [UInt8](unsafeUninitializedCapacity: form.longestBytes) {
                        memory, count in
                        unsafe values.decision = unsafe decision
                        unsafe values.probabilities = unsafe many
                        unsafe values.id = unsafe id
                        guard let first = memory.baseAddress else { return }
                        count = unsafe form.write(
                            values, partition: partition, offset: Int64(offset), into: first)
                    }
                }
            }
        }
        return ["avro_b64": .string(Data(bytes).base64EncodedString())]
    }

    /// An id as decoders give it.
    private static func escaped(_ text: String, act: String) throws(SwerveError) -> [UInt8] {
        guard text.utf8.count <= Limits.requestIDBytes else {
            throw SwerveError(.invalid, act: act, reason: "its id is too long")
        }
        return Array(JSONValue.string(text).bytes.dropFirst().dropLast())
    }

    private static func marks(
        of prediction: JSONValue, act: String
    ) throws(SwerveError) -> RecordMarks {
        guard let list = prediction["marks"]?.array?.compactMap(\.string) else { return [] }
        switch list {
        case ["malformed"]: return .malformed
        case ["truncated"]: return .truncated
        case ["malformed", "truncated"]: return [.malformed, .truncated]
        default: throw SwerveError(.invalid, act: act, reason: "its marks are no marks")
        }
    }

    private static func withOptional<Element, Answer>(
        _ list: [Element]?, _ body: (UnsafeBufferPointer<Element>?) -> Answer
    ) -> Answer {
        guard let list else { return body(nil) }
        return unsafe list.withUnsafeBufferPointer { unsafe body($0) }
    }
}
