import Lifecycle
import Platform

/// The records of a file, one a line, to be taken round and round.
struct RecordLines {
    private let bytes: [UInt8]
    private let ranges: [Range<Int>]

    /// - Parameter areHex: each line is the record's bytes as hexadecimal digits, two a byte: for
    ///   records that may hold any byte.
    /// - Throws: as the reading does; `.invalid` for a file without a line, and for other digits.
    init(path: String, areHex: Bool = false) throws(SwerveError) {
        let bytes = try StateFile.read(path, limit: Self.fileBytes)
        var ranges: [Range<Int>] = []
        var start = 0
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
            if index > start { ranges.append(start..<index) }
            start = index + 1
        }
        if start < bytes.count { ranges.append(start..<bytes.count) }
        guard !ranges.isEmpty else {
            throw SwerveError(.invalid, act: "reading \(path)", reason: "it has no line")
        }
        guard areHex else {
            self.bytes = bytes
            self.ranges = ranges
            return
        }
        var plain: [UInt8] = []
        plain.reserveCapacity(bytes.count / 2)
        self.ranges = try ranges.map { range throws(SwerveError) in
            let start = plain.count
            var upper: UInt8?
            for byte in bytes[range] {
                guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                    throw SwerveError(
                        .invalid, act: "reading \(path)", reason: "a line is not hexadecimal")
                }
                if let high = upper {
                    plain.append(high << 4 | UInt8(digit))
                    upper = nil
                } else {
                    upper = UInt8(digit)
                }
            }
            return start..<plain.count
        }
        self.bytes = plain
    }

    var count: Int { ranges.count }

    /// Hands over line `index` modulo `count`, without its newline.
    func withLine<Result>(
        _ index: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
    ) rethrows -> Result {
        let range = ranges[index % ranges.count]
        return try unsafe bytes.withUnsafeBufferPointer { all in
            try unsafe body(UnsafeBufferPointer(rebasing: all[range]))
        }
    }

    private static let fileBytes = 1 << 30
}
