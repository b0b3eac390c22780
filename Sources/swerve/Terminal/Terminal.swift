import Lifecycle
import Operations
import Platform

/// What people and pipes see.
///
/// Documents go to standard output, everything else to standard error.
enum Terminal {
    /// One line on standard output; a reader that went away is no error.
    static func line(_ text: String) { StandardStream.output.write(text + "\n") }

    /// One document on standard output.
    static func document(_ value: JSONValue) { line(value.text) }

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
        case .changed: break
        }
    }

    /// Makes a change; that it is so already is told, and is no failure.
    static func changing(
        _ change: () throws(SwerveError) -> Void
    ) throws(SwerveError) {
        do throws(SwerveError) {
            try change()
        } catch {
            guard error.code == .unchanged else { throw error }
            note("swerve: \(error.atTerminal.description)".printable)
        }
    }

    /// As https://no-color.org asks.
    static var isColourRefused: Bool { Environment["NO_COLOR"] != nil }
}
