internal import Glibc
package import Lifecycle

/// Reads the lines of a file or of standard input, plain or gzip, in bounded memory.
///
/// Lines end with LF or CR LF; the last may end with the file. Empty lines are lines. For one
/// thread.
@safe
package final class FileLineReader {
    /// Of the last line given out; 1 is the first.
    package private(set) var lineNumber = 0
    package let lineBytesMax: Int
    private let source: ByteSource
    private var buffer: UnsafeMutableBufferPointer<UInt8>
    /// What of `buffer` was read and not given out.
    private var pending: Range<Int> = 0..<0
    private var isAtEnd = false
    /// Whether what is pending is of a line that was too long.
    private var isInsideLine = false
    /// Whether the last call met such a line.
    private var hasMetLongLine = false

    private static let bufferBytesFirst = 64 << 10
    /// CR and LF.
    private static let lineEndBytes = 2

    /// The file's name for messages.
    package var name: String { source.name }

    /// Opens the file; nil and `-` are standard input.
    ///
    /// A line may have `lineBytesMax` bytes, its end aside.
    ///
    /// - Throws: `SwerveError.notFound` or `.system`.
    package init(
        path: String?, lineBytesMax: Int = Limits.requestBytesMax
    ) throws(SwerveError) {
        guard (1...Limits.modelFileBytes).contains(lineBytesMax) else {
            throw SwerveError(
                .usage, act: "opening \(path ?? "standard input")",
                reason: "a limit of \(lineBytesMax) bytes a line")
        }
        self.lineBytesMax = lineBytesMax
        source = try ByteSource(path: path)
        let first = min(Self.bufferBytesFirst, lineBytesMax + Self.lineEndBytes)
        unsafe buffer = .allocate(capacity: first)
        unsafe buffer.initialize(repeating: 0)
    }

    deinit { unsafe buffer.deallocate() }

    /// The next line without its end, valid until the next call; nil behind the last.
    ///
    /// - Throws: `SwerveError.tooLarge` for a line above the limit, behind which the next call goes
    ///   on, and what reading the file throws; each names the file and the line.
    package func next() throws(SwerveError) -> UnsafeBufferPointer<UInt8>? {
        hasMetLongLine = false
        try passOver()
        var searched = 0
        while true {
            if let length = newline(from: searched) {
                return unsafe try take(length, end: 1)
            }
            searched = pending.count
            if isAtEnd {
                return unsafe pending.isEmpty ? nil : try take(pending.count, end: 0)
            }
            try fill()
        }
    }

    /// Calls `body` with each line and its number, until it answers false.
    package func forEach(
        _ body: (_ number: Int, _ line: Span<UInt8>) throws(SwerveError) -> Bool
    ) throws(SwerveError) {
        try forEach(tooLong: { _, error throws(SwerveError) in throw error }, body)
    }

    /// The same with lines that are too long passed over.
    ///
    /// - Parameter tooLong: told of each line above the limit.
    package func forEach(
        tooLong: (_ number: Int, SwerveError) throws(SwerveError) -> Void,
        _ body: (_ number: Int, _ line: Span<UInt8>) throws(SwerveError) -> Bool
    ) throws(SwerveError) {
        while true {
            let line: UnsafeBufferPointer<UInt8>?
            do throws(SwerveError) {
                unsafe line = try next()
            } catch {
                guard hasMetLongLine else { throw error }
                try tooLong(lineNumber, error)
                continue
            }
            guard let line = unsafe line else { return }
            let span = unsafe line.span
            if try !body(lineNumber, span) { return }
        }
    }

    /// Goes behind the rest of a line that was too long, however much that is.
    private func passOver() throws(SwerveError) {
        while isInsideLine {
            if let length = newline(from: 0) {
                pending = pending.dropFirst(length + 1)
                isInsideLine = false
            } else {
                pending = 0..<0
                if isAtEnd { isInsideLine = false } else { try fill() }
            }
        }
    }

    /// How far behind the start of the pending bytes the first LF is.
    private func newline(from searched: Int) -> Int? {
        let rest = pending.dropFirst(searched)
        guard !rest.isEmpty, let start = unsafe buffer.baseAddress else { return nil }
        let found = unsafe memchr(start + rest.lowerBound, 0x0A, rest.count)
        guard let found = unsafe found else { return nil }
        return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(start) - pending.lowerBound
    }

    private func take(_ length: Int, end: Int) throws(SwerveError) -> UnsafeBufferPointer<UInt8> {
        lineNumber += 1
        var line = pending.prefix(length)
        pending = pending.dropFirst(length + end)
        if let last = line.last, unsafe buffer[last] == 0x0D { line = line.dropLast() }
        if line.count > lineBytesMax { throw tooLong() }
        return unsafe UnsafeBufferPointer(rebasing: buffer[line])
    }

    /// Reads more behind the pending bytes, which first move to the front of the buffer.
    private func fill() throws(SwerveError) {
        if pending.lowerBound > 0, let start = unsafe buffer.baseAddress {
            unsafe memmove(start, start + pending.lowerBound, pending.count)
            pending = 0..<pending.count
        }
        if unsafe pending.count == buffer.count { try grow() }
        let free = unsafe UnsafeMutableBufferPointer(rebasing: buffer[pending.upperBound...])
        let count: Int
        do throws(SwerveError) {
            count = unsafe try source.read(into: free)
        } catch {
            throw SwerveError(
                error.code, act: error.act,
                reason: "line \(isInsideLine ? lineNumber : lineNumber + 1): \(error.reason)",
                remedy: error.remedy)
        }
        isAtEnd = count == 0
        pending = 0..<(pending.count + count)
    }

    private func grow() throws(SwerveError) {
        let bytesMax = lineBytesMax + Self.lineEndBytes
        guard unsafe buffer.count < bytesMax else {
            lineNumber += 1
            isInsideLine = true
            throw tooLong()
        }
        let larger = unsafe UnsafeMutableBufferPointer<UInt8>.allocate(
            capacity: min(buffer.count * 2, bytesMax))
        unsafe larger.initialize(repeating: 0)
        if let target = larger.baseAddress, let start = unsafe buffer.baseAddress {
            unsafe target.update(from: start, count: pending.count)
        }
        unsafe buffer.deallocate()
        unsafe buffer = larger
    }

    private func tooLong() -> SwerveError {
        hasMetLongLine = true
        return SwerveError(
            .tooLarge, act: "reading \(name)",
            reason: "line \(lineNumber) is longer than \(lineBytesMax) bytes")
    }
}
