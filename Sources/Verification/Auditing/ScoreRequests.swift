import Lifecycle

/// Predictions that are to be held against what their versions say, with the records that they
/// answer: copies in one stretch of memory, so that another thread may look at them.
///
/// A value of fixed size that is used over and over.
struct ScoreRequests: Sendable {
    private struct Request: Sendable {
        let version: Int
        let epoch: Int64
        let role: Role
        let score: Double
        let partition: Int32
        let offset: Int64
        /// Value and schema of the record.
        let record: HeldRecords.Place
        /// Label, id and `of` of the prediction, as the key, the value and the schema of a record.
        let texts: HeldRecords.Place
        let probability: Double?
        let rest: Rest?
    }

    /// The numbers of a prediction where several classes compete.
    private struct Rest: Sendable {
        let decisions: [Double]?
        let probabilities: [Double]?

        /// Nil where there are none.
        init?(_ prediction: PredictionBytes) {
            decisions = unsafe prediction.decisions.map { unsafe Array($0) }
            probabilities = unsafe prediction.probabilities.map { unsafe Array($0) }
            guard decisions != nil || probabilities != nil else { return nil }
        }
    }

    private var requests: [Request] = []
    private var held = HeldRecords(capacity: Self.bytesMax)
    private var bytes = 0

    init() { requests.reserveCapacity(Self.requestsMax) }

    var isEmpty: Bool { requests.isEmpty }

    /// Copies a prediction and the record that it answers.
    ///
    /// - Returns: false, and nothing is copied, where there is no room beside what is there.
    mutating func put(_ prediction: PredictionBytes, _ record: RecordBytes) -> Bool {
        let value = unsafe RecordBytes(key: nil, value: record.value, schema: record.schema)
        let texts = unsafe RecordBytes(
            key: prediction.label, value: prediction.id, schema: prediction.of)
        let numbers =
            unsafe (prediction.decisions?.count ?? 0) + (prediction.probabilities?.count ?? 0)
        let count = value.count + texts.count + numbers * MemoryLayout<Double>.stride
        guard requests.count < Self.requestsMax, bytes + count <= Self.bytesMax else {
            return false
        }
        bytes += count
        requests.append(
            Request(
                version: prediction.version, epoch: prediction.epoch, role: prediction.role,
                score: prediction.score, partition: prediction.partition,
                offset: prediction.offset, record: held.put(value), texts: held.put(texts),
                probability: prediction.probability, rest: Rest(prediction)))
        return true
    }

    /// Hands over each in the order in which they were put.
    func forEach(_ body: (PredictionBytes, RecordBytes) -> Void) {
        for request in requests {
            held.with(request.texts) { texts in
                held.with(request.record) { record in
                    var prediction = unsafe PredictionBytes(
                        version: request.version, epoch: request.epoch, role: request.role,
                        score: request.score, partition: request.partition,
                        offset: request.offset, label: texts.key, id: texts.value)
                    unsafe prediction.of = texts.schema
                    prediction.probability = request.probability
                    guard let rest = request.rest else { return body(prediction, record) }
                    unsafe (rest.decisions ?? []).withUnsafeBufferPointer { decisions in
                        unsafe (rest.probabilities ?? []).withUnsafeBufferPointer { chances in
                            if rest.decisions != nil { unsafe prediction.decisions = decisions }
                            if rest.probabilities != nil {
                                unsafe prediction.probabilities = chances
                            }
                            body(prediction, record)
                        }
                    }
                }
            }
        }
    }

    /// Empties it.
    mutating func clear() {
        requests.removeAll(keepingCapacity: true)
        held.begin(capacity: Self.bytesMax)
        bytes = 0
    }

    static let requestsMax = 256
    static let bytesMax = 262_144
}
