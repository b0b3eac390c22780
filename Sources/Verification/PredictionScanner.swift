package import Lifecycle
import ModelFormats

/// Reads predictions one after the other out of the bytes of records, without a copy of them: what
/// is the same as in the one before is not made anew.
///
/// A value of one thread. What stands in any other order than a worker's goes through the reader.
package struct PredictionScanner {
    let reader: PredictionReader
    /// Whether ids are read too; without, they are nil.
    private let readsIDs: Bool
    private let head: [UInt8]
    private let source: [UInt8]
    /// Of the prediction before.
    private var label: [UInt8] = []

    package init(model: ModelName, topic: String, readsIDs: Bool = true) {
        reader = PredictionReader(model: model, topic: topic)
        self.readsIDs = readsIDs
        head = PredictionReader.head(model)
        source = PredictionReader.source(topic)
    }

    /// Nil for what is not a prediction of the model for a record of the topic.
    package mutating func read(_ value: UnsafeBufferPointer<UInt8>?) -> Prediction? {
        guard let value = unsafe value else { return nil }
        return unsafe scan(value) ?? reader.read(Array(value))
    }

    /// Whether a value that is no prediction says that it is one of the model's for the topic.
    func claims(_ value: UnsafeBufferPointer<UInt8>?) -> Bool {
        unsafe value.map { unsafe reader.claims(Array($0)) } ?? false
    }

    /// Nil where anything is in another place than a worker puts it.
    private mutating func scan(_ value: UnsafeBufferPointer<UInt8>) -> Prediction? {
        guard let start = value.baseAddress else { return nil }
        var text = unsafe Text(start: start, count: value.count)
        guard text.skip(head), let version = text.integer(), text.skip(PredictionReader.epoch),
            let epoch = text.integer(), text.skip(PredictionReader.role),
            let role = text.string(), text.skip(PredictionReader.score),
            let score = text.number(), text.skip(PredictionReader.label),
            let label = text.string(), !text.skip(PredictionReader.of) || text.string() != nil,
            text.skip(source), let partition = text.integer(),
            text.skip(PredictionReader.offset), let offset = text.integer(),
            text.skip(PredictionReader.brace)
        else { return nil }
        if text.skip(PredictionReader.probability), text.number() == nil { return nil }
        var id: Range<Int>?
        if text.skip(PredictionReader.id) {
            id = text.string()
            if id == nil { return nil }
        }
        guard text.skip(PredictionReader.brace), text.isAtEnd,
            let known = text.role(role), let number = Int32(exactly: partition),
            let version = Int(exactly: version), label.count <= PredictionReader.labelBytes,
            id?.count ?? 0 <= PredictionReader.idBytes
        else { return nil }
        if !text.holds(self.label, at: label) { self.label = text.bytes(label) }
        return Prediction(
            version: version, epoch: epoch, role: known, score: score, label: self.label,
            partition: number, offset: offset, id: readsIDs ? id.map(text.bytes) : nil)
    }
}

/// A place in the bytes of a record; valid as long as they are.
@safe
private struct Text {
    private let start: UnsafePointer<UInt8>
    private let count: Int
    private var position = 0

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
        let first = position
        var value: Int64 = 0
        while position < count, case let digit = unsafe start[position], digit >= 0x30,
            digit <= 0x39
        {
            // 18 digits always fit.
            guard position - first < 18 else { return nil }
            value = value * 10 + Int64(digit - 0x30)
            position += 1
        }
        return position > first ? value : nil
    }

    /// A number of JSON.
    mutating func number() -> Double? {
        let rest = unsafe UnsafeBufferPointer(start: start + position, count: count - position)
        guard let (value, length) = unsafe DecimalNumber.read(rest), value.isFinite else {
            return nil
        }
        position += length
        return value
    }

    /// Up to the closing quote, which is passed over; escapes stay as they are.
    mutating func string() -> Range<Int>? {
        let first = position
        while position < count {
            switch unsafe start[position] {
            case UInt8(ascii: "\""):
                position += 1
                return first..<position - 1
            case UInt8(ascii: "\\"): position += 2
            default: position += 1
            }
        }
        return nil
    }

    func bytes(_ range: Range<Int>) -> [UInt8] {
        unsafe Array(UnsafeBufferPointer(start: start + range.lowerBound, count: range.count))
    }

    func role(_ range: Range<Int>) -> Role? {
        holds(PredictionReader.stable, at: range)
            ? .stable : holds(PredictionReader.canary, at: range) ? .canary : nil
    }
}
