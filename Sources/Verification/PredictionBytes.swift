import Lifecycle

/// What a prediction says, its texts in memory that is somebody else's; valid as long as that is.
///
/// For whoever looks at every prediction of a stream: nothing is allocated or counted for one.
@safe
package struct PredictionBytes {
    let version: Int
    let epoch: Int64
    let role: Role
    let score: Double
    let partition: Int32
    let offset: Int64
    /// As they stand between the quotes; nil where there is none, and for an id that nobody wants.
    let label: UnsafeBufferPointer<UInt8>?
    let id: UnsafeBufferPointer<UInt8>?
    /// Where several classes compete; nil elsewhere.
    var decisions: UnsafeBufferPointer<Double>?

    init(
        version: Int, epoch: Int64, role: Role, score: Double, partition: Int32, offset: Int64,
        label: UnsafeBufferPointer<UInt8>?, id: UnsafeBufferPointer<UInt8>?,
        decisions: UnsafeBufferPointer<Double>? = nil
    ) {
        self.version = version
        self.epoch = epoch
        self.role = role
        self.score = score
        self.partition = partition
        self.offset = offset
        unsafe self.label = label
        unsafe self.id = id
        unsafe self.decisions = decisions
    }

    /// The record that it answers.
    var source: StreamPlace { StreamPlace(partition: partition, offset: offset) }

    var idArray: [UInt8]? { unsafe id.map { unsafe Array($0) } }

    /// The same with memory of its own.
    var owned: Prediction { owned(label: unsafe label.map { unsafe Array($0) }) }

    /// - Parameter label: the same text.
    func owned(label: [UInt8]?) -> Prediction {
        var prediction = Prediction(
            version: version, epoch: epoch, role: role, score: score, label: label,
            partition: partition, offset: offset, id: idArray)
        prediction.decisions = unsafe decisions.map { unsafe Array($0) }
        return prediction
    }

    /// Whether the id is that of a record, as it stands between quotes; nil where it has none.
    func hasID(_ id: UnsafeBufferPointer<UInt8>?) -> Bool {
        guard let id = unsafe id else { return unsafe self.id == nil }
        guard let predicted = unsafe self.id else { return false }
        if id.count == predicted.count, unsafe id.elementsEqual(predicted) { return true }
        return InputRecord(key: [], id: unsafe Array(id), value: []).isNamed(by: idArray)
    }

    /// Whether the label is the text that JSON has between its quotes.
    func hasLabel(quoted: [UInt8]) -> Bool {
        guard let label = unsafe label, label.count + 2 == quoted.count else { return false }
        for index in label.indices where unsafe label[index] != quoted[index + 1] {
            return false
        }
        return true
    }
}

extension Prediction {
    /// Hands over what it says as bytes, for as long as `body` runs.
    func withBytes<Result>(_ body: (PredictionBytes) -> Result) -> Result {
        unsafe (label ?? []).withUnsafeBufferPointer { labelBytes in
            unsafe (id ?? []).withUnsafeBufferPointer { idBytes in
                unsafe (decisions ?? []).withUnsafeBufferPointer { numbers in
                    body(
                        unsafe PredictionBytes(
                            version: version, epoch: epoch, role: role, score: score,
                            partition: partition, offset: offset,
                            label: label == nil ? nil : labelBytes, id: id == nil ? nil : idBytes,
                            decisions: decisions == nil ? nil : numbers))
                }
            }
        }
    }
}
