import Lifecycle

/// Takes a body of `multipart/form-data` (RFC 7578) apart as it comes, in bounded memory.
///
/// What is not of that form is refused, and nothing is guessed.
struct MultipartReader {
    /// What a part's head says of it.
    struct Part: Equatable {
        let name: String
        /// Empty where none is given.
        let fileName: String
    }

    enum Event: Equatable {
        case begin(Part)
        case bytes([UInt8])
        case end
    }

    private enum State {
        case beforeFirst, head, content, behindMark, over
    }

    private var state = State.beforeFirst
    /// A line's end and the mark that stands between parts; before the first part the line's end
    /// is ours.
    private let mark: [UInt8]
    private var held: [UInt8] = [0x0D, 0x0A]
    private var parts = 0

    /// - Throws: `.usage` for another type, or without its boundary.
    init(contentType: String) throws(SwerveError) {
        let items = contentType.split(separator: ";", omittingEmptySubsequences: false)
            .map { String($0.drop { $0 == " " }) }
        guard items[0].lowercased().split(separator: " ").first == "multipart/form-data" else {
            throw SwerveError(
                .usage, act: Self.act, reason: "its Content-Type is not multipart/form-data")
        }
        let boundary = items.dropFirst().first { $0.lowercased().hasPrefix("boundary=") }
            .map { Self.unquoted($0.dropFirst("boundary=".count)) }
        guard let boundary, (1...70).contains(boundary.utf8.count),
            boundary.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw SwerveError(
                .usage, act: Self.act, reason: "its Content-Type has no boundary that is one")
        }
        mark = Array("\r\n--\(boundary)".utf8)
    }

    /// Whether all parts came.
    var isWhole: Bool { state == .over }

    /// - Parameter hear: called with what `bytes` made whole.
    mutating func take(
        _ bytes: [UInt8], hear: (Event) throws(SwerveError) -> Void
    ) throws(SwerveError) {
        // What stands behind the last mark means nothing.
        guard state != .over else { return }
        held += bytes
        while try step(hear) {}
    }

    /// - Returns: false where more bytes are needed.
    private mutating func step(
        _ hear: (Event) throws(SwerveError) -> Void
    ) throws(SwerveError) -> Bool {
        switch state {
        case .beforeFirst:
            guard held.count >= mark.count else { return false }
            guard held.starts(with: mark) else { throw Self.wrong("it does not begin with a part") }
            held.removeFirst(mark.count)
            state = .behindMark
        case .behindMark:
            guard held.count >= 2 else { return false }
            let two = [held[0], held[1]]
            guard two == [0x0D, 0x0A] || two == [0x2D, 0x2D] else {
                throw Self.wrong("something stands behind a boundary")
            }
            held.removeFirst(2)
            state = two == [0x2D, 0x2D] ? .over : .head
            if state == .over { held = [] }
            return state != .over
        case .head:
            guard let end = Self.place(of: [0x0D, 0x0A, 0x0D, 0x0A], in: held) else {
                guard held.count <= Self.headBytes else { throw Self.longHead }
                return false
            }
            guard end <= Self.headBytes else { throw Self.longHead }
            parts += 1
            guard parts <= Self.partsMax else {
                throw Self.wrong("it has more than \(Self.partsMax) parts")
            }
            let part = try Self.part(Array(held[..<end]))
            held.removeFirst(end + 4)
            // An empty content ends with the mark at once: its line's end is that of the head.
            held = [0x0D, 0x0A] + held
            isFresh = true
            state = .content
            try hear(.begin(part))
        case .content: return try content(hear)
        case .over: return false
        }
        return true
    }

    /// Whether the two bytes before the content at hand are those that were put there.
    private var isFresh = false

    private mutating func content(
        _ hear: (Event) throws(SwerveError) -> Void
    ) throws(SwerveError) -> Bool {
        let first = isFresh ? 2 : 0
        if let place = Self.place(of: mark, in: held) {
            if place > first { try hear(.bytes(Array(held[first..<place]))) }
            held.removeFirst(place + mark.count)
            state = .behindMark
            try hear(.end)
            return true
        }
        let sure = held.count - mark.count + 1
        guard sure > first else { return false }
        try hear(.bytes(Array(held[first..<sure])))
        held.removeFirst(sure)
        isFresh = false
        return false
    }

    private static func part(_ head: [UInt8]) throws(SwerveError) -> Part {
        guard let text = String(validating: head, as: UTF8.self) else {
            throw wrong("a part's head is no text")
        }
        for line in text.split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":"),
                line[..<colon].lowercased() == "content-disposition"
            else { continue }
            var fields: [String: String] = [:]
            for item in items(of: line[line.index(after: colon)...]) {
                guard let equals = item.firstIndex(of: "=") else { continue }
                let name = item[..<equals].lowercased()
                let value = unquoted(item[item.index(after: equals)...])
                guard fields.updateValue(value, forKey: name) == nil else {
                    throw wrong("a part says '\(name.shortened(to: 20))' twice")
                }
            }
            guard let name = fields["name"], !name.isEmpty else { break }
            return Part(name: name, fileName: fields["filename"] ?? "")
        }
        throw wrong("a part has no name")
    }

    /// What stands between semicolons; one inside quotation marks is none.
    private static func items(of text: Substring) -> [Substring] {
        var items: [Substring] = []
        var start = text.startIndex
        var isQuoted = false
        for place in text.indices {
            if text[place] == "\"" { isQuoted.toggle() }
            guard text[place] == ";", !isQuoted else { continue }
            items.append(text[start..<place])
            start = text.index(after: place)
        }
        items.append(text[start...])
        return items.map { $0.drop { $0 == " " } }
    }

    private static func unquoted(_ text: Substring) -> String {
        guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else {
            return String(text)
        }
        return String(text.dropFirst().dropLast())
    }

    private static func place(of pattern: [UInt8], in bytes: [UInt8]) -> Int? {
        guard bytes.count >= pattern.count else { return nil }
        var place = 0
        let last = bytes.count - pattern.count
        while place <= last {
            guard bytes[place] == pattern[0] else {
                place += 1
                continue
            }
            var length = 1
            while length < pattern.count, bytes[place + length] == pattern[length] { length += 1 }
            if length == pattern.count { return place }
            place += 1
        }
        return nil
    }

    private static func wrong(_ reason: String) -> SwerveError {
        SwerveError(.usage, act: act, reason: reason)
    }

    private static var longHead: SwerveError {
        wrong("a part's head has more than \(headBytes) bytes")
    }

    private static let act = "reading the upload"
    private static let headBytes = 4 << 10
    private static let partsMax = 64
}
