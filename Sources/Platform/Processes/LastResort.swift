import Glibc

/// An end to this process by the kernel, for when nobody else is left to kill it.
///
/// A worker whose supervisor is gone has a bounded time to finish, and no one who would enforce it:
/// a C library that waits for a dead broker would keep the process, and its place in the group.
package enum LastResort {
    /// Ends the process by SIGALRM after `milliseconds`, whatever its threads wait for.
    ///
    /// Counts from now; a second call starts anew. At least one thread must not block SIGALRM.
    package static func endProcess(afterMs milliseconds: Int) {
        signal(SIGALRM, SIG_DFL)
        arm(milliseconds: max(1, milliseconds))
    }

    /// Takes that back.
    package static func cancel() { arm(milliseconds: 0) }

    private static func arm(milliseconds: Int) {
        var timer = itimerval()
        timer.it_value.tv_sec = milliseconds / 1_000
        timer.it_value.tv_usec = milliseconds % 1_000 * 1_000
        // Fails only for numbers out of range, and these are in it.
        _ = unsafe setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
    }
}
