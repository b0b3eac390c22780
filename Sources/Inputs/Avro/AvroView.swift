internal import Scoring

/// What the last record of an `AvroRecordDecoder` gave; its bytes are in the decoder's memory.
struct AvroView {
    // Not the literal: that is a generic call for each record.
    var given = InputViews()
    /// Why the record as a whole gives nothing.
    var refusal: RejectReason?
    /// Why a view is not there.
    var textFault: RejectReason?
    var denseFault: RejectReason?
    var sparseFault: RejectReason?
    var textCount = 0
    /// The text is the beginning of a longer one.
    var isCut = false
    /// The record is a text, and nothing else.
    var isWhole = false
    var parts: PartLengths?
    var denseCount = 0
    var sparseCount = 0
    /// Bytes; -1 where there is none.
    var idCount = -1
    var clientCount = -1
    var trailing = 0
}

/// Ids out of values of Avro.
enum AvroID {
    /// Whether bytes go into a JSON string as they are.
    static func isPlain(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        var isPlain = true
        for place in 0..<count {
            let byte = unsafe bytes[place]
            isPlain = isPlain && byte >= 0x20 && byte < 0x80 && byte != 0x22 && byte != 0x5C
        }
        return isPlain
    }

    /// In decimal: at most 20 bytes.
    static func write(_ number: Int64, into target: UnsafeMutablePointer<UInt8>) -> Int {
        var count = number < 0 ? 1 : 0
        var rest = number.magnitude
        repeat {
            rest /= 10
            count += 1
        } while rest > 0
        if number < 0 { unsafe target[0] = UInt8(ascii: "-") }
        rest = number.magnitude
        var place = count
        repeat {
            place -= 1
            unsafe target[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        return count
    }

    /// Lower case, as 8-4-4-4-12 digits: 36 bytes.
    static func write(
        uuid bytes: UnsafePointer<UInt8>, into target: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var at = 0
        for place in 0..<16 {
            if place == 4 || place == 6 || place == 8 || place == 10 {
                unsafe target[at] = UInt8(ascii: "-")
                at += 1
            }
            let byte = unsafe bytes[place]
            unsafe target[at] = digit(byte >> 4)
            unsafe target[at + 1] = digit(byte & 15)
            at += 2
        }
        return at
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
}
