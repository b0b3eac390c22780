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
    /// The class that score and probability speak of, between the quotes; nil where it is not said.
    var of: UnsafeBufferPointer<UInt8>?
    /// Where there is one, of the class that is spoken of.
    var probability: Double?
    /// Of each class; nil where there are none, or one.
    var probabilities: UnsafeBufferPointer<Double>?
    /// Where several classes compete; nil elsewhere.
    var decisions: UnsafeBufferPointer<Double>?

    init(
        version: Int, epoch: Int64, role: Role, score: Double, partition: Int32, offset: Int64,
        label: UnsafeBufferPointer<UInt8>?, id: UnsafeBufferPointer<UInt8>?
    ) {
        self.version = version
        self.epoch = epoch
        self.role = role
        self.score = score
        self.partition = partition
        self.offset = offset
        unsafe self.label = label
        unsafe self.id = id
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
        prediction.of = unsafe of.map { unsafe Array($0) }
        prediction.probabilities =
            unsafe probability.map { [$0] } ?? probabilities.map { unsafe Array($0) }
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
        guard let label = unsafe label else { return false }
        return unsafe Self.isSame(label, quoted)
    }

    /// Whether it speaks of the class that JSON has between those quotes, or does not say of which.
    ///
    /// - Parameter quoted: nil where the model has no such class.
    func speaks(of quoted: [UInt8]?) -> Bool {
        guard let of = unsafe of else { return true }
        guard let quoted else { return false }
        return unsafe Self.isSame(of, quoted)
    }

    private static func isSame(_ text: UnsafeBufferPointer<UInt8>, _ quoted: [UInt8]) -> Bool {
        guard text.count + 2 == quoted.count else { return false }
        for index in text.indices where unsafe text[index] != quoted[index + 1] {
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
                var bytes = unsafe PredictionBytes(
                    version: version, epoch: epoch, role: role, score: score,
                    partition: partition, offset: offset,
                    label: label == nil ? nil : labelBytes, id: id == nil ? nil : idBytes)
                if probabilities?.count == 1 { bytes.probability = probabilities?.first }
                return withRest(&bytes, body)
            }
        }
    }

    /// The same once more, with what most predictions do not have.
    private func withRest<Result>(
        _ bytes: inout PredictionBytes, _ body: (PredictionBytes) -> Result
    ) -> Result {
        unsafe (of ?? []).withUnsafeBufferPointer { ofBytes in
            unsafe (decisions ?? []).withUnsafeBufferPointer { numbers in
                unsafe (probabilities ?? []).withUnsafeBufferPointer { chances in
                    if of != nil { unsafe bytes.of = ofBytes }
                    if decisions != nil { unsafe bytes.decisions = numbers }
                    if probabilities != nil, chances.count != 1 {
                        unsafe bytes.probabilities = chances
                    }
                    return body(bytes)
                }
            }
        }
    }
}
