import CPlatform
import Glibc

/// One named OS thread, joined exactly once.
///
/// For code that must block in C: the cooperative pool has one thread a core, and a thread parked
/// there in `poll` is a core the rest of the process lost. Foundation's Thread cannot be joined. To
/// drop an `OSThread` without `join()`, or to join it twice, is a fault of the program and traps.
package final class OSThread: Sendable {
    /// What the kernel keeps of a thread's name, in bytes.
    package static let nameBytes = 15

    private let thread: pthread_t
    private let isJoined = Guarded(false)

    /// Starts the thread at once.
    ///
    /// - Parameters:
    ///   - name: shown by `top -H` and debuggers; cut to 15 bytes.
    ///   - niceness: 0 is ordinary, up to 19 gives way to everything else. Below 0 needs a
    ///     privilege; where it is missing the thread runs at the ordinary priority.
    ///   - body: runs on the thread, which ends when it returns.
    package init(name: String, niceness: Int = 0, _ body: @escaping @Sendable () -> Void) {
        let work = Body(name: name, niceness: Int32(clamping: niceness), run: body)
        let raw = unsafe Unmanaged.passRetained(work).toOpaque()
        var thread = pthread_t()
        let error = unsafe pthread_create(
            &thread, nil,
            { raw in
                guard let raw = unsafe raw else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(raw).takeRetainedValue().start()
                return nil
            }, raw)
        // EAGAIN, the only error left, is a machine without a thread to give at start-up.
        precondition(error == 0, "starting thread \(name): \(SystemError.text(error))")
        self.thread = thread
    }

    /// Waits for the body to return.
    ///
    /// Once only, and not from the thread itself.
    package func join() {
        let isFirst = isJoined.withLock { joined in
            defer { joined = true }
            return !joined
        }
        precondition(isFirst, "a thread was joined twice")
        let error = pthread_join(thread, nil)
        precondition(error == 0, "joining a thread: \(SystemError.text(error))")
    }

    /// Gives up a thread that cannot be joined, in the place of `join`: it goes on until the
    /// process ends, by `ProcessEnd`.
    package func leave() {
        let isFirst = isJoined.withLock { joined in
            defer { joined = true }
            return !joined
        }
        precondition(isFirst, "a thread was left that is joined")
        pthread_detach(thread)
        ProcessEnd.noteThreadLeft()
    }

    /// Which thread calls; no other has the number while that one lives.
    package static var currentNumber: UInt { UInt(pthread_self()) }

    /// Whether the caller runs on this thread; for checks of ownership.
    package var isCurrent: Bool { pthread_equal(thread, pthread_self()) != 0 }

    deinit {
        isJoined.withLock { precondition($0, "an OSThread was dropped without join()") }
    }

    /// Names the calling thread; on the main thread that is the name that `ps` and `pgrep` see.
    package static func nameCurrent(_ name: String) {
        // The kernel cuts at 15 bytes, not at characters; so the cut is made here.
        var cut = name
        while cut.utf8.count > nameBytes { cut.removeLast() }
        _ = unsafe cut.withCString { unsafe platform_thread_set_name($0) }
    }

    /// The name of the calling thread.
    package static var currentName: String {
        var name = [UInt8](repeating: 0, count: nameBytes + 1)
        let error = unsafe name.withUnsafeMutableBytes { bytes in
            unsafe platform_thread_get_name(
                bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        return error == 0 ? String(decoding: name.prefix { $0 != 0 }, as: UTF8.self) : ""
    }

    /// The nice value of the calling thread; Linux keeps one for each.
    package static var currentNiceness: Int {
        var nice: Int32 = 0
        _ = unsafe platform_thread_get_nice(&nice)
        return Int(nice)
    }

    private final class Body: Sendable {
        let name: String
        let niceness: Int32
        let run: @Sendable () -> Void

        init(name: String, niceness: Int32, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.niceness = niceness
            self.run = run
        }

        /// On the new thread: a name and a priority can only be set for oneself without a race.
        func start() {
            OSThread.nameCurrent(name)
            if niceness != 0 { _ = platform_thread_set_nice(niceness) }
            run()
        }
    }
}
