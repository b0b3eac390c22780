package import Lifecycle

/// Reads predictions one after the other out of the bytes of records, without a copy of them: what
/// is the same as in one before is not read anew.
///
/// A value of one thread. What stands in any other order than a worker's goes through the reader.
package struct PredictionScanner {
    /// What predictions of one version under one epoch have in front of the score.
    private struct Start {
        let bytes: [UInt8]
        let version: Int
        let epoch: Int64
        let role: Role
    }

    /// What predictions of one label for one partition have between score and offset.
    private struct Middle {
        let bytes: [UInt8]
        /// Where among them the label stands, and the class that is spoken of.
        let label: Range<Int>
        let of: Range<Int>?
        let partition: Int32
    }

    let reader: PredictionReader
    /// Whether ids are read too; without, they are nil.
    private let readsIDs: Bool
    private let head: [UInt8]
    private let source: [UInt8]
    /// Of the prediction before.
    private var start: Start?
    private var label: [UInt8] = []
    /// Of predictions before, and which of them is given up for the next.
    private var middles: [Middle] = []
    private var oldest = 0

    package init(model: ModelName, topic: String, readsIDs: Bool = true) {
        reader = PredictionReader(model: model, topic: topic)
        self.readsIDs = readsIDs
        head = PredictionReader.head(model)
        source = PredictionReader.source(topic)
    }

    /// Nil for what is not a prediction of the model for a record of the topic.
    package mutating func read(_ value: UnsafeBufferPointer<UInt8>?) -> Prediction? {
        guard let value = unsafe value else { return nil }
        guard let found = unsafe scan(value) else { return unsafe reader.read(Array(value)) }
        if let text = unsafe found.label, unsafe !text.elementsEqual(label) {
            label = unsafe Array(text)
        }
        return found.owned(label: label)
    }

    /// Whether a value that is no prediction says that it is one of the model's for the topic.
    func claims(_ value: UnsafeBufferPointer<UInt8>?) -> Bool {
        unsafe value.map { unsafe reader.claims(Array($0)) } ?? false
    }

    /// Nil where anything is in another place than a worker puts it, and for what is no JSON.
    ///
    /// A label with an escape is nil too: two spellings of one label must not be two labels.
    mutating func scan(_ value: UnsafeBufferPointer<UInt8>) -> PredictionBytes? {
        guard let base = value.baseAddress else { return nil }
        var text = unsafe Text(start: base, count: value.count)
        guard let (version, epoch, role) = takeStart(&text), let score = text.number(),
            let (label, of, partition) = takeMiddle(&text), let offset = text.integer(),
            text.skip(PredictionReader.brace)
        else { return nil }
        var probability: Double?
        if text.skip(PredictionReader.probability) {
            probability = text.number()
            if probability == nil { return nil }
        }
        var id: Range<Int>?
        if text.skip(PredictionReader.id) {
            id = text.string(escapes: true)
            guard let id, id.count <= PredictionReader.idBytes else { return nil }
        }
        guard text.skip(PredictionReader.brace), text.isAtEnd else { return nil }
        var prediction = unsafe PredictionBytes(
            version: version, epoch: epoch, role: role, score: score, partition: partition,
            offset: offset, label: text.part(label),
            id: readsIDs ? id.map { unsafe text.part($0) } : nil)
        unsafe prediction.of = of.map { unsafe text.part($0) }
        prediction.probability = probability
        return prediction
    }

    /// Up to the score.
    @inline(__always)
    private mutating func takeStart(
        _ text: inout Text
    ) -> (version: Int, epoch: Int64, role: Role)? {
        if let start, text.skip(start.bytes) { return (start.version, start.epoch, start.role) }
        return readStart(&text)
    }

    private mutating func readStart(
        _ text: inout Text
    ) -> (version: Int, epoch: Int64, role: Role)? {
        guard text.skip(head), let number = text.integer(), text.skip(PredictionReader.epoch),
            let epoch = text.integer(), text.skip(PredictionReader.role),
            let word = text.string(), text.skip(PredictionReader.score),
            let role = text.role(word), let version = Int(exactly: number)
        else { return nil }
        start = Start(
            bytes: text.bytes(0..<text.position), version: version, epoch: epoch, role: role)
        return (version, epoch, role)
    }

    /// Behind the score, up to the offset.
    @inline(__always)
    private mutating func takeMiddle(
        _ text: inout Text
    ) -> (label: Range<Int>, of: Range<Int>?, partition: Int32)? {
        let first = text.position
        for index in middles.indices where text.skip(middles[index].bytes) {
            let (label, of) = (middles[index].label, middles[index].of)
            return (
                first + label.lowerBound..<first + label.upperBound,
                of.map { first + $0.lowerBound..<first + $0.upperBound }, middles[index].partition
            )
        }
        return readMiddle(&text)
    }

    private mutating func readMiddle(
        _ text: inout Text
    ) -> (label: Range<Int>, of: Range<Int>?, partition: Int32)? {
        let first = text.position
        guard text.skip(PredictionReader.label), let label = text.string(),
            label.count <= PredictionReader.labelBytes
        else { return nil }
        var of: Range<Int>?
        if text.skip(PredictionReader.of) {
            of = text.string()
            guard let of, of.count <= PredictionReader.labelBytes else { return nil }
        }
        guard text.skip(source), let number = text.integer(),
            text.skip(PredictionReader.offset), let partition = Int32(exactly: number)
        else { return nil }
        guard text.position - first <= Self.middleBytesMax else { return (label, of, partition) }
        let middle = Middle(
            bytes: text.bytes(first..<text.position),
            label: label.lowerBound - first..<label.upperBound - first,
            of: of.map { $0.lowerBound - first..<$0.upperBound - first }, partition: partition)
        if middles.count < Self.middlesMax {
            middles.append(middle)
        } else {
            middles[oldest] = middle
            oldest = (oldest + 1) % Self.middlesMax
        }
        return (label, of, partition)
    }

    /// As many as a model has classes, mostly.
    private static let middlesMax = 4
    private static let middleBytesMax = 1_024
}

/// A place in the bytes of a record; valid as long as they are.
@safe
private struct Text {
    private let start: UnsafePointer<UInt8>
    private let count: Int
    private(set) var position = 0

    init(start: UnsafePointer<UInt8>, count: Int) {
        unsafe self.start = start
        self.count = count
    }

    var isAtEnd: Bool { position == count }

    /// Moves behind `text` if that is what comes.
    mutating func skip(_ text: [UInt8]) -> Bool {
        guard holds(text, at: position..<position + text.count) else { return false }
        position += text.count
        return true
    }

    /// Whether the bytes of a range are those.
    func holds(_ text: [UInt8], at range: Range<Int>) -> Bool {
        guard range.count == text.count, range.upperBound <= count else { return false }
        return unsafe text.withUnsafeBufferPointer { text in
            guard let other = text.baseAddress else { return true }
            return unsafe Self.isSame(start + range.lowerBound, other, text.count)
        }
    }

    private static func isSame(
        _ one: UnsafePointer<UInt8>, _ other: UnsafePointer<UInt8>, _ count: Int
    ) -> Bool {
        var index = 0
        let (ones, others) = unsafe (UnsafeRawPointer(one), UnsafeRawPointer(other))
        while index + 8 <= count {
            guard
                unsafe ones.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                    == others.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            else { return false }
            index += 8
        }
        while index < count {
            guard unsafe one[index] == other[index] else { return false }
            index += 1
        }
        return true
    }

    mutating func integer() -> Int64? {
        guard let (value, end) = unsafe PredictionText.integer(all, from: position) else {
            return nil
        }
        position = end
        return value
    }

    /// A number of JSON.
    mutating func number() -> Double? {
        guard let (value, end) = unsafe PredictionText.number(all, from: position) else {
            return nil
        }
        position = end
        return value
    }

    /// Up to the closing quote, which is passed over; escapes stay as they are.
    ///
    /// - Parameter escapes: nil is returned for a string with any where it may have none.
    mutating func string(escapes: Bool = false) -> Range<Int>? {
        let first = position
        guard let end = unsafe PredictionText.stringEnd(all, from: first, escapes: escapes) else {
            return nil
        }
        position = end + 1
        return first..<end
    }

    private var all: UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(start: start, count: count)
    }

    func part(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(start: start + range.lowerBound, count: range.count)
    }

    func bytes(_ range: Range<Int>) -> [UInt8] { unsafe Array(part(range)) }

    func role(_ range: Range<Int>) -> Role? {
        holds(PredictionReader.stable, at: range)
            ? .stable : holds(PredictionReader.canary, at: range) ? .canary : nil
    }
}
