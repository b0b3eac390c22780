import Inputs
import Lifecycle
import Verification

/// Where the records come from: made, or from files.
enum RequestSource {
    case generated(TrafficGenerator)
    case replayed(ReplayedRequests)

    init(_ options: DemoOptions) throws(SwerveError) {
        if options.requestFiles.isEmpty {
            self = .generated(TrafficGenerator(seed: options.seed))
        } else {
            self = .replayed(try ReplayedRequests(files: options.requestFiles))
        }
    }

    /// The next record: key, value and the id as it stands in the value, escaped.
    mutating func next() -> InputRecord {
        switch self {
        case .generated(var generator):
            // Taken out of the enum while it changes, so that its buffers have one owner.
            self = .replayed(ReplayedRequests.none)
            generator.next()
            let id = generator.line.dropFirst(Self.idStart).prefix { $0 != UInt8(ascii: "\"") }
            let record = InputRecord(key: generator.key, id: Array(id), value: generator.line)
            self = .generated(generator)
            return record
        case .replayed(var requests):
            self = .replayed(ReplayedRequests.none)
            let record = requests.next()
            self = .replayed(requests)
            return record
        }
    }

    /// Behind `{"id":"`.
    private static let idStart = 7
}

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

    mutating func next() -> InputRecord {
        let line = lines[index]
        let key = Self.key(of: index)
        let value = text[line.bytes]
        let suffix = pass == 1 ? [] : Array("#\(pass)".utf8)
        index += 1
        if index == lines.count {
            index = 0
            pass += 1
        }
        guard let id = line.id else { return InputRecord(key: key, id: nil, value: Array(value)) }
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
    func suffixed(_ suffix: [UInt8], in line: ArraySlice<UInt8>, key: [UInt8]) -> InputRecord {
        let id = Array(line[range]) + suffix
        guard !suffix.isEmpty else { return InputRecord(key: key, id: id, value: Array(line)) }
        let quote = isQuoted ? [] : [UInt8(ascii: "\"")]
        let value =
            Array(line[line.startIndex..<range.lowerBound]) + quote + id + quote
            + Array(line[range.upperBound...])
        return InputRecord(key: key, id: id, value: value)
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
