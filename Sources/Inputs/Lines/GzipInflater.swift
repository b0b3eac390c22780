internal import CZlib
internal import Lifecycle

/// Takes gzip members apart, one after the other, for one thread.
@safe
final class GzipInflater {
    private let name: String
    /// At one address for life: zlib's state points back to it.
    private let stream: UnsafeMutablePointer<z_stream>
    /// Whether a member was begun and has not ended.
    private var isInside = true

    init(name: String) throws(SwerveError) {
        self.name = name
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        guard unsafe zlib_gzip_init(stream) == Z_OK else {
            unsafe stream.deallocate()
            throw SwerveError(.system, act: "reading \(name)", reason: "zlib could not start")
        }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Inflates some of `input`, which is not empty, and says how much it read and wrote.
    func inflate(
        _ input: UnsafeMutableBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>
    ) throws(SwerveError) -> (read: Int, written: Int) {
        if !isInside {
            // What follows a member must be another: it is checked by zlib as a header.
            unsafe inflateReset(stream)
            isInside = true
        }
        let inputCount = UInt32(clamping: input.count)
        let outputCount = UInt32(clamping: output.count)
        unsafe stream.pointee.next_in = input.baseAddress
        unsafe stream.pointee.avail_in = inputCount
        unsafe stream.pointee.next_out = output.baseAddress
        unsafe stream.pointee.avail_out = outputCount
        let status = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
        switch status {
        case Z_OK: break
        case Z_STREAM_END: isInside = false
        case Z_MEM_ERROR:
            throw SwerveError(.system, act: "reading \(name)", reason: "zlib is out of memory")
        default:
            throw damaged(unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "damaged")
        }
        let read = unsafe Int(inputCount - stream.pointee.avail_in)
        return unsafe (read, Int(outputCount - stream.pointee.avail_out))
    }

    /// The input is over.
    ///
    /// - Throws: `SwerveError.invalid` inside a member.
    func finish() throws(SwerveError) {
        if isInside { throw damaged("it ends early") }
    }

    private func damaged(_ reason: String) -> SwerveError {
        SwerveError(
            .invalid, act: "reading \(name)", reason: "the gzip data is damaged: \(reason)",
            remedy: "check it with gzip -t")
    }
}
