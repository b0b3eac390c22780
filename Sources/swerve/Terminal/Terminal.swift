import ArgumentParser
import Lifecycle
import Operations
import Platform

/// What people and pipes see.
///
/// Documents go to standard output, everything else to standard error.
enum Terminal {
    /// One line on standard output.
    static func line(_ text: String) { write(text + "\n") }

    /// One document on standard output.
    static func document(_ value: JSONValue) { line(value.text) }

    /// Text on standard output; every command's goes through here.
    ///
    /// What cannot be written is remembered, and nothing is written from then on: a command that
    /// has changed something goes on, and `finish` tells it.
    static func write(_ text: String) {
        loss.withLock { loss in
            guard loss == nil else { return }
            loss = StandardStream.output.write(text)
        }
    }

    /// Whether some output could not be written.
    static var isOutputLost: Bool { loss.withLock { $0 != nil } }

    /// Ends the process where output was lost: for commands that do nothing but write.
    static func endIfLost() {
        guard isOutputLost else { return }
        SwerveCommand.exit(withError: ExitCode(finish(ExitContract.done)))
    }

    /// The exit code of a command that would end with `code`.
    ///
    /// Lost output is told and is a failure, but for a reader that went away, as head does.
    static func finish(_ code: Int32) -> Int32 {
        guard let number = loss.withLock({ $0 }), !StandardStream.isReaderGone(number) else {
            return code
        }
        error(
            SystemError.make(
                number, act: "writing standard output", call: "write", path: "the output"
            ).description)
        return code == ExitContract.done ? ExitContract.failed : code
    }

    private static let loss = Guarded<Int32?>(nil)

    static func error(_ text: String) {
        let isColoured = StandardStream.error.isTerminal && !isColourRefused
        note(isColoured ? "\u{1B}[31mswerve:\u{1B}[0m \(text)" : "swerve: \(text)")
    }

    static func note(_ text: String) { StandardStream.error.write(text + "\n") }

    /// What happens while a backend is at work, as far as every command tells it.
    @Sendable static func tell(_ event: BackendEvent) {
        switch event {
        case .waitsForAnnouncer(let error):
            note(
                "swerve: another process announces at this moment, waiting for it: "
                    + error.reason.printable)
        case .pending(let announcements): tell(announcements)
        case .changed, .checking, .checked: break
        }
    }

    static func tell(_ announcements: PendingAnnouncements) {
        // A hub tells none of its own beside a change.
        for line in announcements.lines(by: .laterCommands) { note("swerve: \(line)".printable) }
    }

    /// That it is so already is told, and is no failure.
    ///
    /// - Parameter already: nil where something was changed.
    static func tell(already: SwerveError?) {
        guard let already else { return }
        note("swerve: \(already.atTerminal.description)".printable)
    }

    /// As https://no-color.org asks.
    static var isColourRefused: Bool { Environment["NO_COLOR"] != nil }
}
