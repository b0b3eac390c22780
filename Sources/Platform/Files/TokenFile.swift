package import Lifecycle

/// A file of its owner's alone with one token in it, on one line.
package struct TokenFile: Sendable, Equatable {
    package let path: String

    package init(_ path: String) { self.path = path }

    /// - Returns: nil where there is no such file.
    /// - Throws: `.refused` for a file that others may read; `.invalid` for one that is not one
    ///   line of text. Never with what is in it.
    package func read() throws(SwerveError) -> String? {
        let act = "reading the token in \(path.shortened(to: 200))"
        do throws(SwerveError) {
            let bytes = try PrivateFile.read(
                path, limit: Self.bytesMax, act: act, lost: "revoke the token")
            guard let bytes, let text = Self.line(bytes) else {
                throw SwerveError(.invalid, act: act, reason: "it is not one line of text")
            }
            return text
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }

    /// Writes it, in the place of one that is there.
    package func write(_ token: String) throws(SwerveError) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
        if !folder.isEmpty { try StateFile.makeFolder(folder) }
        try StateFile.write(path, Array("\(token)\n".utf8))
    }

    /// - Returns: false where there was none.
    package func remove() throws(SwerveError) -> Bool { try StateFile.remove(path) }

    /// The one line, without its end; nil for anything that is no token of one line.
    package static func line(_ bytes: [UInt8]) -> String? {
        var bytes = bytes[...]
        if bytes.last == 0x0A { bytes.removeLast() }
        if bytes.last == 0x0D { bytes.removeLast() }
        // It becomes a header line: what ends a line there would begin another.
        guard (1...bytesMax).contains(bytes.count), bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    package static let bytesMax = 16 << 10
}
