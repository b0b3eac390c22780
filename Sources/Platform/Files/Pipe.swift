import CPlatform
package import Lifecycle

/// A pipe whose ends no child inherits unless it is handed one.
package struct Pipe: Sendable {
    package let readEnd: OwnedDescriptor
    package let writeEnd: OwnedDescriptor

    package init() throws(SwerveError) {
        var ends: [Int32] = [-1, -1]
        let result = unsafe platform_pipe(&ends)
        guard result >= 0 else {
            throw SystemError.make(result, act: "making a pipe", call: "pipe2")
        }
        readEnd = OwnedDescriptor(ends[0])
        writeEnd = OwnedDescriptor(ends[1])
    }

    /// Makes room in `pipe`, either end, for one write of `bytes` that need not wait for a reader.
    ///
    /// - Throws: `.system` above the machine's limit (1 MiB unless changed, for other than root).
    package static func reserve(
        bytes: Int, in pipe: OwnedDescriptor
    ) throws(SwerveError) {
        guard bytes > capacityBytes else { return }
        let result = platform_pipe_set_capacity(pipe.raw, Int32(clamping: bytes))
        guard result >= 0 else {
            throw SystemError.make(
                result, act: "making room for \(bytes) bytes in a pipe", call: "F_SETPIPE_SZ")
        }
    }

    /// What every pipe on Linux holds from the start.
    private static let capacityBytes = 64 << 10

    /// From now on a write to a pipe without a reader is an error and not the end of the process.
    ///
    /// Process-wide, idempotent; children get the default back.
    package static func ignoreBroken() { _ = platform_ignore_broken_pipes() }
}
