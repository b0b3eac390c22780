import Lifecycle

/// Reads predictions in Avro as `PredictionSchema` has them, behind Confluent's magic byte and the
/// schema's id.
///
/// The registry is not asked: what has these fields in this order is taken for a prediction, and
/// what has not is none.
enum AvroPredictionReader {
    static let magic: UInt8 = 0

    /// Nil for what is no prediction of the model for a record of the topic.
    static func read(_ value: [UInt8], model: String, topic: String) -> Prediction? {
        var cursor = AvroCursor(bytes: value)
        guard cursor.skip(frameBytes), cursor.string() == model, let version = cursor.long(),
            let epoch = cursor.long(), let role = cursor.string().flatMap(Role.init(rawValue:)),
            let score = cursor.double(), let label = cursor.optional({ $0.string() }),
            let probability = cursor.optional({ $0.double() }),
            let probabilities = cursor.optional({ $0.doubles() }),
            let decisions = cursor.optional({ $0.doubles() }), cursor.string() == topic,
            let partition = cursor.long().flatMap(Int32.init(exactly:)),
            let offset = cursor.long(), let id = cursor.optional({ $0.string() }),
            let number = Int(exactly: version),
            StreamPlace.isPossible(partition: partition, offset: offset)
        else { return nil }
        var prediction = Prediction(
            version: number, epoch: epoch, role: role, score: score, label: label.map(escaped),
            partition: partition, offset: offset, id: id.map(escaped))
        prediction.probabilities = probability.map { [$0] } ?? probabilities
        prediction.decisions = decisions
        return prediction
    }

    /// As a text goes between the quotes of a prediction in JSON.
    private static func escaped(_ text: String) -> [UInt8] {
        Array(JSONValue.string(text).bytes.dropFirst().dropLast())
    }

    private static let frameBytes = 5
}

/// A place in some bytes of Avro; every length is held against what is left.
private struct AvroCursor {
    let bytes: [UInt8]
    var position = 0

    mutating func skip(_ count: Int) -> Bool {
        guard count >= 0, bytes.count - position >= count else { return false }
        position += count
        return true
    }

    /// Zigzag, least significant group first, ten bytes at most.
    mutating func long() -> Int64? {
        var (value, shift) = (UInt64(0), UInt64(0))
        while position < bytes.count, shift < 64 {
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            shift += 7
            if byte < 0x80 {
                return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
            }
        }
        return nil
    }

    mutating func double() -> Double? {
        let start = position
        guard skip(8) else { return nil }
        var bits: UInt64 = 0
        for index in 0..<8 { bits |= UInt64(bytes[start + index]) << UInt64(8 * index) }
        return Double(bitPattern: bits)
    }

    mutating func string() -> String? {
        guard let length = long(), let count = Int(exactly: length) else { return nil }
        let start = position
        guard skip(count) else { return nil }
        return String(validating: bytes[start..<position], as: UTF8.self)
    }

    mutating func doubles() -> [Double]? {
        var values: [Double] = []
        while let block = long() {
            if block == 0 { return values }
            // A negative count is followed by the block's size.
            guard block > 0 || long() != nil, block != .min else { return nil }
            for _ in 0..<abs(block) {
                guard let value = double() else { return nil }
                values.append(value)
            }
        }
        return nil
    }

    /// A union of null and something else: nil where it cannot be read.
    mutating func optional<Value>(_ read: (inout Self) -> Value?) -> Value?? {
        switch long() {
        case 0: .some(nil)
        case 1: read(&self).map { .some($0) }
        default: nil
        }
    }
}
