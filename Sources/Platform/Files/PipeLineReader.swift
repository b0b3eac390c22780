package import Lifecycle

/// Lines from a pipe, bounded in length and time.
///
/// Reads ahead: what follows a line waits in here, so a descriptor has one reader.
package struct PipeLineReader: ~Copyable {
    private let source: OwnedDescriptor
    private let limit: Int
    private var buffer: [UInt8] = []
    private var hasEnded = false

    /// - Parameter limit: the longest line accepted, in bytes without its end.
    package init(_ source: OwnedDescriptor, limit: Int) {
        self.source = source
        self.limit = limit
    }

    /// The next line without its newline, or what came after the last newline; nil at the end.
    ///
    /// - Throws: `.tooLarge` for a line above the limit, `.timedOut` when `timeoutMs` is over (what
    ///   came so far is kept for the next call).
    package mutating func next(timeoutMs: Int?, act: String) throws(SwerveError) -> [UInt8]? {
        let deadline = Deadline(afterMs: timeoutMs)
        var searched = 0
        while true {
            if let end = buffer[searched...].firstIndex(of: Self.newline) {
                let line = Array(buffer[..<end])
                buffer.removeFirst(end + 1)
                return try checked(line, act: act)
            }
            searched = buffer.count
            _ = try checked(buffer, act: act)
            if hasEnded {
                defer { buffer = [] }
                return buffer.isEmpty ? nil : buffer
            }
            guard try !Poll.waitForAny([source.raw], until: deadline).isEmpty else {
                throw SwerveError(
                    .timedOut, act: act, reason: "no line within \(timeoutMs ?? 0) ms")
            }
            switch try source.read(upTo: Self.chunkBytes) {
            case .bytes(let more): buffer += more
            case .nothingYet: continue
            case .end: hasEnded = true
            }
        }
    }

    private func checked(_ line: [UInt8], act: String) throws(SwerveError) -> [UInt8] {
        guard line.count <= limit else {
            throw SwerveError(.tooLarge, act: act, reason: "a line of more than \(limit) bytes")
        }
        return line
    }

    private static let newline = UInt8(ascii: "\n")
    private static let chunkBytes = 16 << 10
}
