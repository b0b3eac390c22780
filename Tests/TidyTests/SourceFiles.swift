import Foundation
import TestSupport

/// The project's own sources, as text.
enum SourceFiles {
    struct File {
        /// Relative to the checkout.
        let path: String
        let text: String
    }

    /// Rooms that hold Swift code; the others hold C.
    static func rooms() throws -> [String] {
        func swiftFiles(in room: String) -> [Any] {
            FileManager.default.enumerator(
                at: RepositoryFiles.file("Sources/\(room)"), includingPropertiesForKeys: nil
            )?.filter { ($0 as? URL)?.pathExtension == "swift" } ?? []
        }
        return try FileManager.default.contentsOfDirectory(
            atPath: RepositoryFiles.file("Sources").path
        ).filter { !swiftFiles(in: $0).isEmpty }.sorted()
    }

    static func swift(under folder: String) throws -> [File] {
        try all(under: folder) { $0.hasSuffix(".swift") }
    }

    static func all(under folder: String, _ isWanted: (String) -> Bool) throws -> [File] {
        let root = RepositoryFiles.file(folder)
        guard let paths = FileManager.default.enumerator(atPath: root.path) else { return [] }
        return try paths.compactMap { $0 as? String }.filter(isWanted).sorted().map { path in
            File(
                path: "\(folder)/\(path)",
                text: try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8))
        }
    }

    /// The modules that a file imports, in order.
    static func imports(in text: String) -> [String] {
        let pattern =
            /(?m)^\s*(?:@\w+(?:\(\w+\))?\s+)*(?:(?:public|package|internal|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|func|var)\s+)?(\w+)/
        return text.matches(of: pattern).map { String($0.1) }
    }

    /// The code of a file: without comments and what stands inside strings, but with what strings
    /// interpolate; every line keeps its place.
    static func code(of text: String) -> String {
        var scanner = CodeScanner(text)
        scanner.code(until: nil)
        return scanner.result
    }
}

/// Tells code from comments and strings; regular expressions between slashes count as code.
private struct CodeScanner {
    private let text: [UInt8]
    private var at = 0
    private var found: [UInt8] = []

    init(_ text: String) { self.text = Array(text.utf8) }

    var result: String { String(decoding: found, as: UTF8.self) }

    private func follows(_ word: String) -> Bool {
        text[at...].starts(with: word.utf8)
    }

    /// Code up to the parenthesis that closes an interpolation, or to the end.
    mutating func code(until closing: UInt8?) {
        var depth = 0
        while at < text.count {
            let byte = text[at]
            if byte == UInt8(ascii: "/"), follows("//") {
                while at < text.count, text[at] != UInt8(ascii: "\n") { at += 1 }
                continue
            }
            if byte == UInt8(ascii: "#") || byte == UInt8(ascii: "\"") {
                let hashes = text[at...].prefix { $0 == UInt8(ascii: "#") }.count
                if at + hashes < text.count, text[at + hashes] == UInt8(ascii: "\"") {
                    string(hashes: hashes)
                    continue
                }
            }
            if closing != nil {
                if byte == UInt8(ascii: "(") { depth += 1 }
                if byte == UInt8(ascii: ")") {
                    depth -= 1
                    if depth < 0 { return }
                }
            }
            found.append(byte)
            at += 1
        }
    }

    /// A string; of its text only the line breaks are kept.
    private mutating func string(hashes: Int) {
        let hash = String(repeating: "#", count: hashes)
        at += hashes
        let quotes = follows("\"\"\"") ? "\"\"\"" : "\""
        at += quotes.utf8.count
        found += Array("\"".utf8)
        let end = quotes + hash
        while at < text.count, text[at] != UInt8(ascii: "\"") || !follows(end) {
            if text[at] == UInt8(ascii: "\n") {
                // No string of one line goes on: it was a quote inside a regular expression.
                guard quotes.utf8.count == 3 else { return }
                found.append(text[at])
                at += 1
            } else if text[at] != UInt8(ascii: "\\") {
                at += 1
            } else if follows("\\" + hash + "(") {
                at += hashes + 2
                found.append(UInt8(ascii: "("))
                code(until: UInt8(ascii: ")"))
                found.append(UInt8(ascii: ")"))
                at += 1
            } else {
                // An escape takes what follows along, unless that is the line's end; without its
                // hashes it is none.
                let length = follows("\\" + hash) ? hashes + 1 : 0
                at += length
                if at < text.count, text[at] != UInt8(ascii: "\n") { at += 1 }
            }
        }
        at += quotes.utf8.count + hashes
        found += Array("\"".utf8)
    }
}
