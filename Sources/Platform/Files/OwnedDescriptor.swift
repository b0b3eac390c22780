import CPlatform
import Glibc
package import Lifecycle

/// A file descriptor with one owner, closed by `close()` or with its owner, never twice.
package final class OwnedDescriptor: Sendable {
    /// What one `read` found.
    package enum Chunk: Sendable, Equatable {
        case bytes([UInt8])
        /// Non-blocking, and nothing is there yet.
        case nothingYet
        /// The other end is closed.
        case end
    }

    private let number: Guarded<Int32>

    /// Takes `descriptor` over; nobody else may close it from now on.
    package init(_ descriptor: Int32) { number = Guarded(descriptor) }

    /// Another number for what is behind `stream`, which stays open.
    package convenience init(duplicating stream: StandardStream) throws(SwerveError) {
        let result = fcntl(stream.rawValue, F_DUPFD_CLOEXEC, 0)
        guard result >= 0 else {
            throw SystemError.make(
                errno, act: "taking over descriptor \(stream.rawValue)", call: "fcntl")
        }
        self.init(result)
    }

    deinit { close() }

    /// The number, for poll(2) and its like; to ask after `close()` is a fault of the program.
    package var raw: Int32 {
        let raw = number.withLock { $0 }
        precondition(raw >= 0, "a descriptor was used after close()")
        return raw
    }

    package var isOpen: Bool { number.withLock { $0 >= 0 } }

    /// Closes it; a second call does nothing.
    ///
    /// No other thread may be inside `read` or `write`.
    package func close() {
        let raw = number.withLock { number in
            defer { number = -1 }
            return number
        }
        // The result is of no use: on Linux the number is free whatever close(2) answers, and what
        // must be on the disk was synced before.
        if raw >= 0 { _ = Glibc.close(raw) }
    }

    /// Makes `read` and `write` answer at once instead of waiting.
    package func setNonBlocking() throws(SwerveError) {
        let result = platform_set_nonblocking(raw)
        guard result >= 0 else {
            throw SystemError.make(result, act: "preparing descriptor \(raw)", call: "fcntl")
        }
    }

    /// At most `limit` bytes, as they come.
    package func read(upTo limit: Int) throws(SwerveError) -> Chunk {
        precondition(limit > 0, "a read of no bytes cannot tell the end")
        var buffer = [UInt8](repeating: 0, count: limit)
        let count = try fill(&buffer, from: 0)
        guard let count else { return .nothingYet }
        guard count > 0 else { return .end }
        buffer.removeLast(limit - count)
        return .bytes(buffer)
    }

    /// Everything until the other end closes; `.tooLarge` above `limit` bytes.
    ///
    /// Blocks.
    package func readToEnd(limit: Int) throws(SwerveError) -> [UInt8] {
        var all: [UInt8] = []
        while true {
            switch try read(upTo: Self.chunkBytes) {
            case .end: return all
            case .nothingYet: _ = try Poll.waitForAny([raw], timeoutMs: nil)
            case .bytes(let more):
                guard all.count + more.count <= limit else {
                    throw SwerveError(
                        .tooLarge, act: "reading descriptor \(raw)",
                        reason: "more than \(limit) bytes")
                }
                all += more
            }
        }
    }

    /// Writes all of `bytes`.
    ///
    /// A non-blocking descriptor that cannot take all gives `.unavailable`; a closed other end
    /// gives `.system` (EPIPE), provided that broken pipes are ignored.
    ///
    /// - Parameters:
    ///   - act: what an error says was being done.
    ///   - path: the file behind it, for an error's remedy; empty for a pipe.
    package func write(
        _ bytes: [UInt8], act: String, path: String = ""
    ) throws(SwerveError) {
        let descriptor = raw
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(
                    descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done)
            }
            if count < 0 {
                let number = errno
                if number == EINTR { continue }
                throw SystemError.make(number, act: act, call: "write", path: path)
            }
            done += count
        }
    }

    /// Writes as much of `bytes` as there is room for; nil when a non-blocking descriptor has none.
    ///
    /// - Throws: `.system` where the other end is closed, provided that broken pipes are ignored.
    package func writeSome(
        _ bytes: ArraySlice<UInt8>, act: String
    ) throws(SwerveError) -> Int? {
        let descriptor = raw
        while true {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
            }
            if count >= 0 { return count }
            let number = errno
            if number == EAGAIN { return nil }
            if number != EINTR { throw SystemError.make(number, act: act, call: "write") }
        }
    }

    /// Reads into `buffer` from `start` on; nil when a non-blocking descriptor has nothing.
    func fill(_ buffer: inout [UInt8], from start: Int) throws(SwerveError) -> Int? {
        let descriptor = raw
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { space in
                unsafe Glibc.read(
                    descriptor, space.baseAddress.map { unsafe $0 + start }, space.count - start)
            }
            if count >= 0 { return count }
            let number = errno
            if number == EAGAIN { return nil }
            if number != EINTR {
                throw SystemError.make(
                    number, act: "reading descriptor \(descriptor)", call: "read")
            }
        }
    }

    private static let chunkBytes = 64 << 10
}
