/// Where the id of a request stands in its line.
struct RecordID: Equatable, Sendable {
    /// Of the text between the quotes, or of the digits of a number.
    let range: Range<Int>
    let isQuoted: Bool

    /// The first `"id"` of the outermost object whose value is a string or a number.
    static func find(in line: ArraySlice<UInt8>) -> RecordID? {
        var depth = 0
        var position = line.startIndex
        while position < line.endIndex {
            switch line[position] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "\""):
                guard let end = closingQuote(from: position, in: line) else { return nil }
                let isName = depth == 1 && line[(position + 1)..<end].elementsEqual("id".utf8)
                position = end
                if isName, let colon = next(after: end, in: line), line[colon] == UInt8(ascii: ":")
                {
                    return value(after: colon, in: line)
                }
            default: break
            }
            position += 1
        }
        return nil
    }

    /// The record with `suffix` behind its id; a number becomes a string for that.
    func suffixed(_ suffix: [UInt8], in line: ArraySlice<UInt8>, key: [UInt8]) -> FedRecord {
        let id = Array(line[range]) + suffix
        guard !suffix.isEmpty else { return FedRecord(key: key, id: id, value: Array(line)) }
        let quote = isQuoted ? [] : [UInt8(ascii: "\"")]
        let value =
            Array(line[line.startIndex..<range.lowerBound]) + quote + id + quote
            + Array(line[range.upperBound...])
        return FedRecord(key: key, id: id, value: value)
    }

    private static func value(after colon: Int, in line: ArraySlice<UInt8>) -> RecordID? {
        guard let start = next(after: colon, in: line) else { return nil }
        if line[start] == UInt8(ascii: "\"") {
            guard let end = closingQuote(from: start, in: line) else { return nil }
            return RecordID(range: (start + 1)..<end, isQuoted: true)
        }
        let digits = line[start...].prefix { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
        return digits.isEmpty ? nil : RecordID(range: start..<digits.endIndex, isQuoted: false)
    }

    private static func next(after position: Int, in line: ArraySlice<UInt8>) -> Int? {
        line[(position + 1)...].firstIndex { $0 != 0x20 && $0 != 0x09 }
    }

    private static func closingQuote(from quote: Int, in line: ArraySlice<UInt8>) -> Int? {
        var position = quote + 1
        while position < line.endIndex {
            if line[position] == UInt8(ascii: "\"") { return position }
            position += line[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        return nil
    }
}
