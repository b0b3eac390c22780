import CPlatform
import Glibc

/// Standard input, output and error, as far as a command line needs them unbuffered.
package enum StandardStream: Int32, Sendable {
    case input = 0
    case output = 1
    case error = 2

    package var descriptor: Int32 { rawValue }

    package var isTerminal: Bool { isatty(rawValue) == 1 }

    /// Columns and rows of the terminal behind it; nil where it is none or does not say.
    package var terminalSize: (columns: Int, rows: Int)? {
        var columns: Int32 = 0
        var rows: Int32 = 0
        guard unsafe platform_terminal_size(rawValue, &columns, &rows) == 0, columns > 0, rows > 0
        else { return nil }
        return (Int(columns), Int(rows))
    }

    /// Whether it is a pipe.
    ///
    /// A terminal or /dev/null says nothing about the parent.
    package var isPipe: Bool {
        var info = stat()
        guard unsafe fstat(rawValue, &info) == 0 else { return false }
        return info.st_mode & S_IFMT == S_IFIFO
    }

    /// Writes all of `text` (ignore SIGPIPE before).
    ///
    /// - Returns: the errno of what kept a part of it from being written, EPIPE where the reader
    ///   went away; nil where all is written.
    @discardableResult
    package func write(_ text: String) -> Int32? {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { bytes in
                unsafe Glibc.write(rawValue, bytes.baseAddress, bytes.count)
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return written < 0 ? errno : EIO }
            rest = rest.dropFirst(written)
        }
        return nil
    }

    /// Whether an errno of `write` says that the reader went away.
    package static func isReaderGone(_ number: Int32) -> Bool { number == EPIPE }

    /// Puts something in the place of those that are closed, so that no file that the process opens
    /// gets their number, and with it what is written for people.
    ///
    /// Reading and writing fail as before; what is written to standard error is thrown away.
    package static func holdClosed() {
        for stream in [input, output, error] where fcntl(stream.rawValue, F_GETFD) < 0 {
            // The lowest number that is free, which is the stream's.
            _ = unsafe open("/dev/null", stream == .output ? O_RDONLY : O_WRONLY)
        }
    }

    /// Reads what is there and says whether the other end is gone; blocks where nothing is ready.
    package func drainIsAtEnd() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = unsafe read(rawValue, &bytes, bytes.count)
        return count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)
    }
}
