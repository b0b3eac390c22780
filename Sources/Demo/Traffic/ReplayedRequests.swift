import Inputs
import Lifecycle

/// Requests from files of JSON lines, over and over; from pass 2 on each id says which pass.
///
/// The lines stay as they are, broken ones too: those become dead letters, as in production.
struct ReplayedRequests {
    private struct Line {
        let bytes: Range<Int>
        let id: RecordID?
    }

    private var text: [UInt8] = []
    private var lines: [Line] = []
    private var index = 0
    private var pass = 1

    /// Stands in for a source that is being changed.
    static let none = ReplayedRequests()

    private init() {}

    /// Reads all files into memory.
    ///
    /// - Throws: what reading throws, `.tooLarge` above a bound, `.invalid` for no line at all.
    init(files: [String]) throws(SwerveError) {
        let act = "reading requests"
        for file in files {
            let reader = try FileLineReader(path: file, lineBytesMax: Self.lineBytesMax)
            try reader.forEach { number, line throws(SwerveError) in
                guard !line.isEmpty else { return true }
                let start = text.count
                guard start + line.count <= Self.totalBytesMax else {
                    throw SwerveError(
                        .tooLarge, act: "\(act) from \(file)",
                        reason: "line \(number): more than \(Self.totalBytesMax) bytes altogether")
                }
                for position in 0..<line.count { text.append(line[position]) }
                let range = start..<text.count
                lines.append(Line(bytes: range, id: RecordID.find(in: text[range])))
                return true
            }
        }
        guard !lines.isEmpty else {
            throw SwerveError(
                .invalid, act: act, reason: "there is no line in \(files.joined(separator: ", "))")
        }
    }

    /// Distinct lines.
    var count: Int { lines.count }

    mutating func next() -> FedRecord {
        let line = lines[index]
        let key = Self.key(of: index)
        let value = text[line.bytes]
        let suffix = pass == 1 ? [] : Array("#\(pass)".utf8)
        index += 1
        if index == lines.count {
            index = 0
            pass += 1
        }
        guard let id = line.id else { return FedRecord(key: key, id: nil, value: Array(value)) }
        return id.suffixed(suffix, in: value, key: key)
    }

    /// A client, the same for a line in every pass.
    private static func key(of index: Int) -> [UInt8] {
        var random = SeededRandom(seed: UInt64(truncatingIfNeeded: index))
        return Array("client-\(random.below(TrafficGenerator.clientCount))".utf8)
    }

    /// Well below what the development broker keeps of a partition.
    private static let lineBytesMax = 512 << 10
    private static let totalBytesMax = 1 << 30
}
