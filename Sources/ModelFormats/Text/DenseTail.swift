/// The numbers at the end of a golden line `{…,"x":[1,2]}`, read without JSON's detours: thousands
/// of them would make a load slow.
struct DenseTail {
    /// The line without them, closed.
    let head: [UInt8]
    let numbers: [Double]

    private static let key = Array(#","x":["#.utf8)
    private static let words: [(text: [UInt8], value: Double)] = [
        (Array(#""nan""#.utf8), .nan), (Array(#""inf""#.utf8), .infinity),
        (Array(#""-inf""#.utf8), -.infinity),
    ]

    /// Nil where the line does not end so; then it is read like any other.
    ///
    /// In JSON an unescaped quote is none of a string's content, so the key is one.
    init?(_ line: ArraySlice<UInt8>) {
        let bytes = Array(line)
        guard bytes.suffix(2).elementsEqual("]}".utf8), let start = Self.start(bytes) else {
            return nil
        }
        let end = bytes.count - 2
        var numbers: [Double] = []
        var position = start
        while position < end {
            guard let (value, length) = Self.number(bytes, position..<end) else { return nil }
            numbers.append(value)
            position += length
            guard position < end else { break }
            guard bytes[position] == UInt8(ascii: ","), position + 1 < end else { return nil }
            position += 1
        }
        head = bytes[..<(start - Self.key.count)] + [UInt8(ascii: "}")]
        self.numbers = numbers
    }

    /// Behind the last key of that name.
    private static func start(_ bytes: [UInt8]) -> Int? {
        var at = bytes.count - key.count
        while at >= 0 {
            // A bracket is rare among numbers, so it is looked for first.
            if bytes[at + key.count - 1] == UInt8(ascii: "["),
                bytes[at..<(at + key.count)].elementsEqual(key)
            {
                return at + key.count
            }
            at -= 1
        }
        return nil
    }

    private static func number(
        _ bytes: [UInt8], _ range: Range<Int>
    ) -> (value: Double, length: Int)? {
        let first = bytes[range.lowerBound]
        if first == UInt8(ascii: "\"") {
            let word = words.first { bytes[range].starts(with: $0.text) }
            return word.map { ($0.value, $0.text.count) }
        }
        let digit = first == UInt8(ascii: "-") ? range.lowerBound + 1 : range.lowerBound
        guard digit < range.upperBound, (0x30...0x39).contains(bytes[digit]) else { return nil }
        return DecimalNumber.read(bytes, range)
    }
}
