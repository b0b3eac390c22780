import CPlatform
import Glibc
package import Lifecycle

/// SIGTERM and SIGINT as something to poll, instead of something that interrupts.
///
/// The kernel gives a signal to any thread that does not block it, and one such thread is enough to
/// end the process without a word. So: make it on the main thread before any other thread starts;
/// threads inherit what is blocked, and the making checks that there is none that does not.
/// Also ignores SIGPIPE, and SIGHUP unless it is taken, process-wide. Children get all of this back
/// as it was.
package final class SignalWatch: Sendable {
    /// Readable while a signal waits.
    ///
    /// Lives as long as this value.
    package let descriptor: Int32
    private let repeats = Guarded(SignalRepeats())

    /// - Parameter others: more signals to be polled: SIGHUP, SIGUSR1, SIGUSR2.
    /// - Throws: `.refused` when another thread would take the signals.
    package convenience init(beside others: ProcessSignal...) throws(SwerveError) {
        try self.init(others, checkingOtherThreads: true)
    }

    /// Without the check only for tests, whose process has threads of its own.
    init(_ others: [ProcessSignal] = [], checkingOtherThreads: Bool) throws(SwerveError) {
        let act = "watching for SIGTERM and SIGINT"
        let numbers = others.map(\.rawValue)
        let descriptor = unsafe platform_signal_watch(numbers, Int32(numbers.count))
        guard descriptor >= 0 else {
            throw SystemError.make(descriptor, act: act, call: "signalfd")
        }
        self.descriptor = descriptor
        if checkingOtherThreads { try Self.checkThreads(act: act) }
    }

    deinit { _ = close(descriptor) }

    /// The next signal that came; nil when there is none.
    ///
    /// Never blocks. The same signal sent twice before it is read comes once, and a request to stop
    /// does so within a second.
    package func next() -> ProcessSignal? {
        while let signal = ProcessSignal(rawValue: platform_signal_next(descriptor)) {
            guard signal == .terminate || signal == .interrupt else { return signal }
            if repeats.withLock({ $0.counts(signal, nowNs: MonotonicClock.now) }) { return signal }
        }
        return nil
    }

    private static func checkThreads(act: String) throws(SwerveError) {
        var name = [CChar](repeating: 0, count: OSThread.nameBytes + 1)
        let thread = unsafe platform_thread_taking(SIGTERM, &name, name.count)
        guard thread != 0 else { return }
        guard thread > 0 else {
            throw SystemError.make(thread, act: act, call: "opendir /proc/self/task")
        }
        let text = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        throw SwerveError(
            .refused, act: act,
            reason:
                "thread \(thread) '\(String(decoding: text, as: UTF8.self))' is running already "
                + "and would take them")
    }
}

/// Tells a second request from the first one that arrived twice.
///
/// A signal to a process group often comes a second time from the parent, which got it too and
/// hands it on: the same signal within a second of the one that counted counts once.
struct SignalRepeats {
    private var last: [Int32: UInt64] = [:]

    static let windowNs: UInt64 = 1_000_000_000

    /// Whether `signal`, read at `nowNs` (monotonic), is a request of its own.
    mutating func counts(_ signal: ProcessSignal, nowNs: UInt64) -> Bool {
        if let before = last[signal.rawValue], nowNs &- before < Self.windowNs { return false }
        last[signal.rawValue] = nowNs
        return true
    }
}
