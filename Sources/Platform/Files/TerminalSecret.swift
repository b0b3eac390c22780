import Glibc
package import Lifecycle

/// A secret from standard input: typed without being shown, or piped.
package enum TerminalSecret {
    /// Reads one line.
    ///
    /// - Parameters:
    ///   - prompt: written to standard error where somebody types.
    ///   - limit: the most bytes.
    /// - Throws: `.usage` where nothing came, too much, or typing was broken off.
    package static func read(prompt: String, limit: Int, act: String) throws(SwerveError) -> [UInt8]
    {
        guard StandardStream.input.isTerminal else { return try line(limit: limit, act: act) }
        StandardStream.error.write(prompt)
        var settings = termios()
        guard unsafe tcgetattr(StandardStream.input.rawValue, &settings) == 0 else {
            throw SystemError.make(errno, act: act, call: "tcgetattr", path: "standard input")
        }
        var hidden = settings
        // Without signals by keys too: one would leave the terminal as it is meanwhile.
        hidden.c_lflag &= ~tcflag_t(ECHO | ISIG)
        guard unsafe tcsetattr(StandardStream.input.rawValue, TCSAFLUSH, &hidden) == 0 else {
            throw SystemError.make(errno, act: act, call: "tcsetattr", path: "standard input")
        }
        defer {
            _ = unsafe tcsetattr(StandardStream.input.rawValue, TCSAFLUSH, &settings)
            StandardStream.error.write("\n")
        }
        let typed = try line(limit: limit, act: act)
        guard !typed.contains(where: { $0 == 0x03 || $0 == 0x1C }) else {
            throw SwerveError(.usage, act: act, reason: "it was broken off")
        }
        return typed
    }

    /// Up to the end of the line or of the input, without it.
    private static func line(limit: Int, act: String) throws(SwerveError) -> [UInt8] {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            let count = unsafe Glibc.read(StandardStream.input.rawValue, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw SystemError.make(errno, act: act, call: "read", path: "standard input")
            }
            guard count == 1, byte != 0x0A else { break }
            guard bytes.count < limit else {
                throw SwerveError(.usage, act: act, reason: "it has more than \(limit) bytes")
            }
            bytes.append(byte)
        }
        guard !bytes.isEmpty else {
            throw SwerveError(.usage, act: act, reason: "there is nothing on standard input")
        }
        return bytes
    }
}
