internal import Lifecycle

/// The parts of a prediction in Avro that do not change from record to record, ready to be copied.
///
/// The schema is `PredictionSchema`.
package struct AvroPredictionForm: Sendable {
    /// What is said of a class.
    package struct ClassWords: Sendable {
        /// Nil for a regression.
        package let label: String?
        /// The class that score and probability speak of, where that is not plain.
        package let of: String?

        package init(label: String?, of: String? = nil) {
            self.label = label
            self.of = of
        }
    }

    /// What is said of one record beside its source.
    @safe
    package struct Values {
        package var score = 0.0
        /// Which of the form's classes.
        package var classIndex = 0
        package var probability: Double?
        /// In the model's order of classes.
        package var probabilities: UnsafeBufferPointer<Double>?
        package var decision: UnsafeBufferPointer<Double>?
        /// Between the quotes of a JSON string, at most `Limits.requestIDBytes` when unescaped.
        package var id: UnsafeBufferPointer<UInt8>?
        package var marks: RecordMarks = []

        package init() {}
    }

    /// Up to the score.
    private let head: [UInt8]
    /// By class.
    private let labels: [[UInt8]]
    private let ofs: [[UInt8]]
    private let topic: [UInt8]
    /// Whether the decisions are listed: where several classes compete.
    package let listsDecisions: Bool
    /// Room that one prediction may need, in bytes.
    package let longestBytes: Int

    /// - Parameters:
    ///   - schemaID: what a registry has the schema under; nil for a body without a frame.
    ///   - classes: at least one.
    ///   - listsDecisions: whether whoever writes gives the decisions.
    ///   - numbersMax: the most decisions and probabilities, all together.
    package init(
        schemaID: Int32?, model: String, version: Int64, epoch: Int64, role: String,
        classes: [ClassWords], topic: String,
        listsDecisions: Bool = false, numbersMax: Int
    ) {
        let frame = schemaID.map { id in
            [0] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: id >> $0) }
        }
        head =
            (frame ?? []) + AvroWriter.string(model) + AvroWriter.long(version)
            + AvroWriter.long(epoch) + AvroWriter.string(role)
        labels = classes.map { AvroWriter.optional($0.label) }
        ofs = classes.map { AvroWriter.optional($0.of) }
        self.listsDecisions = listsDecisions
        self.topic = AvroWriter.string(topic)
        longestBytes =
            head.count + (labels.map(\.count).max() ?? 0) + (ofs.map(\.count).max() ?? 0)
            + self.topic.count + Self.variableBytes + numbersMax * 8
    }

    /// Score, probability, the ends of two arrays, partition, offset, id and marks.
    private static let variableBytes =
        8 + 9 + 2 * (2 + AvroWriter.longBytesMax) + 2 * AvroWriter.longBytesMax
        + 1 + AvroWriter.longBytesMax + Limits.requestIDBytes + marksBytesMax
    private static let marksBytesMax = 32
    private static let malformed = AvroWriter.string("malformed")
    private static let truncated = AvroWriter.string("truncated")

    /// Writes a prediction of a record into memory with room for `longestBytes`, and answers how
    /// many bytes it took; allocates nothing.
    package func write(
        _ values: Values, partition: Int32, offset: Int64,
        into memory: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var writer = unsafe AvroWriter(memory)
        writer.bytes(head)
        writer.double(values.score)
        writer.bytes(labels[values.classIndex])
        writer.isThere(values.probability != nil)
        if let probability = values.probability { writer.double(probability) }
        unsafe writer.doubles(values.probabilities)
        unsafe writer.doubles(values.decision)
        writer.bytes(topic)
        writer.long(Int64(partition))
        writer.long(offset)
        unsafe writer.isThere(values.id != nil)
        if let id = unsafe values.id { unsafe writer.string(escaped: id) }
        writer.bytes(ofs[values.classIndex])
        Self.write(values.marks, to: &writer)
        return writer.count
    }

    private static func write(_ marks: RecordMarks, to writer: inout AvroWriter) {
        writer.isThere(!marks.isEmpty)
        guard !marks.isEmpty else { return }
        writer.long(marks == [.malformed, .truncated] ? 2 : 1)
        if marks.contains(.malformed) { writer.bytes(malformed) }
        if marks.contains(.truncated) { writer.bytes(truncated) }
        writer.byte(0)
    }
}
