/// Reads a page strictly: what browsers would mend is a fault here.
///
/// The reader knows only what this project writes: lower-case names, quoted attributes, no
/// comments. It goes by bytes, as browsers do: an angle with an accent on it is still an angle.
struct MarkupReader {
    struct Element {
        let name: String
        let attributes: [(name: String, value: String)]
        let isClosed: Bool

        subscript(name: String) -> String? { attributes.first { $0.name == name }?.value }
    }

    private(set) var elements: [Element] = []
    /// In the order of the document: names of elements with their attributes' names.
    private(set) var skeleton: [String] = []
    private(set) var faults: [String] = []
    private var open: [String] = []
    private var rest: ArraySlice<UInt8>

    private static let voids: Set = ["br", "input", "link", "meta"]

    init(_ page: String) {
        rest = Array(page.utf8)[...]
        let start = Array("<!DOCTYPE html>\n".utf8)
        if rest.starts(with: start) { rest = rest.dropFirst(start.count) }
        while let byte = rest.first, faults.count < 20 {
            if byte == UInt8(ascii: "<") { readTag() } else { readText() }
        }
        for name in open { faults.append("<\(name)> is not closed") }
    }

    private mutating func take(until isEnd: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let end = rest.firstIndex(where: isEnd) ?? rest.endIndex
        let part = rest[..<end]
        rest = rest[end...]
        return part
    }

    private static func text(_ part: ArraySlice<UInt8>) -> String {
        String(decoding: part, as: UTF8.self)
    }

    private mutating func readText() {
        check(take { $0 == UInt8(ascii: "<") }, "text")
    }

    /// Neither markup nor references but those five that this project writes.
    private mutating func check(_ part: ArraySlice<UInt8>, _ place: String) {
        for byte in Array("<>".utf8) where part.contains(byte) {
            faults.append("a bare angle in \(place): \(Self.text(part.prefix(60)))")
        }
        guard part.contains(UInt8(ascii: "&")) else { return }
        let known = ["amp;", "lt;", "gt;", "quot;", "#39;"].map { Array($0.utf8) }
        let pieces = part.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false)
        for piece in pieces.dropFirst() where !known.contains(where: { piece.starts(with: $0) }) {
            faults.append("a bare & in \(place) before: \(Self.text(piece.prefix(30)))")
        }
    }

    private mutating func readTag() {
        rest = rest.dropFirst()
        let isEnd = rest.first == UInt8(ascii: "/")
        if isEnd { rest = rest.dropFirst() }
        let name = readName()
        guard !name.isEmpty else {
            faults.append("no tag: \(Self.text(rest.prefix(30)))")
            rest = rest.dropFirst()
            return
        }
        if isEnd {
            if open.last == name {
                open.removeLast()
            } else {
                faults.append("</\(name)> closes <\(open.last ?? "")>")
            }
            return readEnd(of: "/\(name)")
        }
        var attributes: [(name: String, value: String)] = []
        while rest.first == UInt8(ascii: " ") || rest.first == UInt8(ascii: "\n") {
            rest = rest.dropFirst()
            guard let attribute = readAttribute() else { break }
            if attributes.contains(where: { $0.name == attribute.name }) {
                faults.append("\(name) has \(attribute.name) twice")
            }
            attributes.append(attribute)
        }
        let isClosed = rest.first == UInt8(ascii: "/")
        if isClosed { rest = rest.dropFirst() }
        readEnd(of: name)
        elements.append(Element(name: name, attributes: attributes, isClosed: isClosed))
        skeleton.append(([name] + attributes.map(\.name)).joined(separator: " "))
        if !isClosed, !Self.voids.contains(name) { open.append(name) }
    }

    private mutating func readEnd(of name: String) {
        if rest.first != UInt8(ascii: ">") {
            faults.append("<\(name) does not end: \(Self.text(rest.prefix(40)))")
        }
        rest = rest.dropFirst()
    }

    private mutating func readName() -> String {
        Self.text(
            take { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D: false
                default: true
                }
            })
    }

    private mutating func readAttribute() -> (name: String, value: String)? {
        let name = readName()
        guard !name.isEmpty else { return nil }
        guard rest.first == UInt8(ascii: "=") else { return (name, "") }
        guard rest.dropFirst().first == UInt8(ascii: "\"") else {
            faults.append("\(name) has no quotes")
            return nil
        }
        rest = rest.dropFirst(2)
        let value = take { $0 == UInt8(ascii: "\"") }
        rest = rest.dropFirst()
        check(value, name)
        if value.contains(UInt8(ascii: "'")) {
            faults.append("\(name) has a bare quote: \(Self.text(value))")
        }
        return (name, Self.text(value))
    }
}
