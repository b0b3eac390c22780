internal import CZlib
internal import Glibc
internal import Lifecycle

/// The bytes of a file or of standard input, out of gzip if they are in it.
///
/// What is gzip is told by its first two bytes, not by the name. For one thread.
@safe
final class ByteSource {
    /// The file's name for errors.
    let name: String
    private let descriptor: Int32
    private let isOwned: Bool
    private let chunk: UnsafeMutableBufferPointer<UInt8>
    /// What of `chunk` was read from the file and not handed out.
    private var pending: Range<Int> = 0..<0
    private var inflater: GzipInflater?
    private var isStarted = false

    private static let chunkBytes = 64 << 10
    private static let gzipMagic: (UInt8, UInt8) = (0x1F, 0x8B)

    /// Opens the file; nil and `-` are standard input.
    ///
    /// - Throws: `SwerveError.notFound` or `.system`.
    init(path: String?) throws(SwerveError) {
        if let path, path != "-" {
            name = path
            isOwned = true
            descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
            if descriptor < 0 { throw Self.failure(errno, act: "opening \(path)") }
        } else {
            name = "standard input"
            isOwned = false
            descriptor = STDIN_FILENO
        }
        unsafe chunk = .allocate(capacity: Self.chunkBytes)
        unsafe chunk.initialize(repeating: 0)
    }

    deinit {
        unsafe chunk.deallocate()
        if isOwned { close(descriptor) }
    }

    /// Reads some bytes into `buffer`, which is not empty; 0 is the end.
    ///
    /// - Throws: `SwerveError.system` where the file cannot be read, `.invalid` where its gzip
    ///   is damaged, ends early or is followed by something else.
    func read(into buffer: UnsafeMutableBufferPointer<UInt8>) throws(SwerveError) -> Int {
        if !isStarted { try start() }
        if let inflater { return unsafe try inflate(inflater, into: buffer) }
        if pending.isEmpty { try fill() }
        let count = min(pending.count, buffer.count)
        if count > 0, let target = buffer.baseAddress, let source = unsafe chunk.baseAddress {
            unsafe target.update(from: source + pending.lowerBound, count: count)
        }
        pending = pending.dropFirst(count)
        return count
    }

    /// A file may come in pieces of one byte: two are needed to know what it is.
    private func start() throws(SwerveError) {
        isStarted = true
        while pending.count < 2 {
            let before = pending.upperBound
            try fill(from: before)
            if pending.upperBound == before { return }
        }
        if unsafe (chunk[0], chunk[1]) == Self.gzipMagic { inflater = try GzipInflater(name: name) }
    }

    private func inflate(
        _ inflater: GzipInflater, into buffer: UnsafeMutableBufferPointer<UInt8>
    ) throws(SwerveError) -> Int {
        while true {
            if pending.isEmpty {
                try fill()
                if pending.isEmpty {
                    try inflater.finish()
                    return 0
                }
            }
            let input = unsafe UnsafeMutableBufferPointer(rebasing: chunk[pending])
            let step = unsafe try inflater.inflate(input, into: buffer)
            pending = pending.dropFirst(step.read)
            if step.written > 0 { return step.written }
        }
    }

    /// Reads the next chunk, behind `used` bytes of it that are still needed.
    private func fill(from used: Int = 0) throws(SwerveError) {
        while true {
            guard let start = unsafe chunk.baseAddress else { return }
            let count = unsafe Glibc.read(descriptor, start + used, chunk.count - used)
            if count >= 0 {
                pending = 0..<(used + count)
                return
            }
            let code = errno
            if code != EINTR { throw Self.failure(code, act: "reading \(name)") }
        }
    }

    private static func failure(_ code: Int32, act: String) -> SwerveError {
        let reason = unsafe String(cString: strerror(code))
        return switch code {
        case ENOENT, ENOTDIR: SwerveError(.notFound, act: act, reason: reason)
        case EISDIR: SwerveError(.invalid, act: act, reason: reason, remedy: "name a file")
        default: SwerveError(.system, act: act, reason: reason)
        }
    }
}
