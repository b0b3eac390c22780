import CPlatform
import Glibc

/// How a child process ended.
package enum ExitStatus: Sendable, Hashable, CustomStringConvertible {
    /// It ended by itself with this code, 0 … 255.
    case code(Int32)
    /// A signal of this number ended it, dumping core or not.
    case signal(Int32)

    /// Whether the process ended over what it did itself, as far as can be told: not by a signal
    /// that somebody sends, or the kernel where memory is short.
    package var isOwnFault: Bool {
        switch self {
        case .code: true
        case .signal(let number):
            [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS].contains(number)
        }
    }

    /// `exit code 9`, `signal 9 (SIGKILL)`.
    package var description: String {
        switch self {
        case .code(let code): return "exit code \(code)"
        case .signal(let number):
            guard let name = unsafe platform_signal_name(number) else { return "signal \(number)" }
            return "signal \(number) (SIG\(unsafe String(cString: name)))"
        }
    }
}
