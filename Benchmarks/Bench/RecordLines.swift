import Lifecycle
import Platform

/// The lines of a text file, to be taken round and round.
struct RecordLines {
    private let bytes: [UInt8]
    private let ranges: [Range<Int>]

    /// - Throws: as the reading does; `.invalid` for a file without a line.
    init(path: String) throws(SwerveError) {
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
        self.bytes = bytes
        self.ranges = ranges
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
