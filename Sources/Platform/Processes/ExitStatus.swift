import CPlatform

/// How a child process ended.
package enum ExitStatus: Sendable, Hashable, CustomStringConvertible {
    /// It ended by itself with this code, 0 … 255.
    case code(Int32)
    /// A signal of this number ended it, dumping core or not.
    case signal(Int32)

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
