import CPlatform
import Glibc
package import Lifecycle

/// A worker's end of the pipe from its supervisor: one line of configuration, and then an end that
/// comes when the supervisor goes, however it goes.
///
/// A pipe and not PR_SET_PDEATHSIG: that one follows the parent's *thread*, comes as a signal and
/// is lost when the parent ends before the child asks for it.
package final class ParentLifeline: Sendable {
    /// The number that `ChildCommand.hasLifeline` gives it in the child.
    package static let childDescriptor: Int32 = 3
    /// The longest document.
    ///
    /// A pipe can be made to hold twice that without a privilege.
    package static let documentBytes = 512 << 10

    private let pipe: OwnedDescriptor

    /// Takes over descriptor 3 (or another).
    ///
    /// - Throws: `.usage` where it is no pipe: the process was not started by a supervisor.
    package init(descriptor: Int32 = ParentLifeline.childDescriptor) throws(SwerveError) {
        guard platform_is_pipe(descriptor) == 1 else {
            throw SwerveError(
                .usage, act: "joining the supervisor",
                reason: "descriptor \(descriptor) is not a pipe",
                problem: Problem(.notSupervised))
        }
        pipe = OwnedDescriptor(descriptor)
        try pipe.setNonBlocking()
        // Of no use to programs that a worker may start.
        _ = platform_set_close_on_exec(descriptor)
    }

    /// For poll(2): readable (or hung up) when the parent is gone, once the document is read.
    package var descriptor: Int32 { pipe.raw }

    /// The document that the parent sends right after the start, without its newline.
    ///
    /// - Throws: `.system` when the parent is gone before, `.timedOut`, `.tooLarge`.
    package func readDocument(timeoutMs: Int?) throws(SwerveError) -> [UInt8] {
        let act = "reading the configuration from the supervisor"
        var lines = PipeLineReader(pipe, limit: Self.documentBytes)
        guard let line = try lines.next(timeoutMs: timeoutMs, act: act) else {
            throw SwerveError(.system, act: act, reason: "the supervisor is gone")
        }
        return line
    }

    /// Whether the parent is gone.
    ///
    /// Does not block. Anything it says after the document is dropped.
    package func parentIsGone() throws(SwerveError) -> Bool {
        while true {
            switch try pipe.read(upTo: Self.dropBytes) {
            case .end: return true
            case .nothingYet: return false
            case .bytes: continue
            }
        }
    }

    /// The parent's part: writes `document` as one line to a child's lifeline, without ever waiting
    /// for the child to read it.
    ///
    /// - Throws: `.tooLarge`, `.invalid` for a document of more lines than one, `.system` when the
    ///   child is gone. Broken pipes must be ignored (`Pipe.ignoreBroken`).
    package static func send(
        _ document: [UInt8], over lifeline: OwnedDescriptor
    ) throws(SwerveError) {
        let act = "sending a worker its configuration"
        guard document.count <= documentBytes else {
            throw SwerveError(
                .tooLarge, act: act,
                reason: "\(document.count) bytes, of at most \(documentBytes)")
        }
        guard !document.contains(UInt8(ascii: "\n")) else {
            throw SwerveError(.invalid, act: act, reason: "it has a newline in it")
        }
        try Pipe.reserve(bytes: document.count + 1, in: lifeline)
        try lifeline.setNonBlocking()
        try lifeline.write(document + [UInt8(ascii: "\n")], act: act)
    }

    private static let dropBytes = 4_096
}
