/// What went wrong, told so that its reader can act: the act, the reason, what to do.
///
/// Two errors are equal when code, act, reason, remedy and problem are. `description` is the one
/// line that the command line prints and the logs carry.
package struct SwerveError: Error, Sendable, Equatable, Codable, CustomStringConvertible {
    /// The kind of failure, for code that decides; people read the rest.
    package enum Code: String, Sendable, Codable, CaseIterable {
        /// The caller's words make no sense (exit code 64).
        case usage
        /// A model, version, topic or file that does not exist.
        case notFound
        /// Bytes that do not mean what they should: model files, records, specs, configuration.
        case invalid
        /// The change does not fit the present state: an epoch that moved on, a second rollback.
        case refused
        /// It is so already: nothing was changed, and nothing has to be. Commands tell it and exit
        /// with 0, since pipelines run their commands again.
        case unchanged
        /// Something outside is out of reach for now: a broker, a locked file. Worth another try.
        case unavailable
        /// The fleet did not reach the wanted state in time (exit code 2).
        case timedOut
        /// A limit with a name was exceeded.
        case tooLarge
        /// The database or the machine failed: disk full, no permission, corruption.
        case system
    }

    package let code: Code
    /// What was being done, to what: `registering http-anomaly from model.txt`.
    package let act: String
    /// What is wrong, with the place: `line 7: weight 'x' is not a number`.
    package let reason: String
    /// What any reader can do about it; empty where the reason says it all, or where it depends on
    /// who reads.
    package let remedy: String
    /// Which failure it is, where what to do depends on who reads: the commands have words for it.
    package let problem: Problem?

    package init(
        _ code: Code, act: String, reason: String, remedy: String = "", problem: Problem? = nil
    ) {
        self.code = code
        self.act = act
        self.reason = reason
        self.remedy = remedy
        self.problem = problem
    }

    /// Whether the same call may succeed later without anybody changing anything.
    package var isRetryable: Bool { code == .unavailable || code == .timedOut }

    package var description: String { line(passing: "passing") }

    /// The line with `passing` in brackets, where the failure passes: who hears of it knows whether
    /// anybody tries again.
    package func line(passing: String) -> String {
        let retry = code == .unavailable ? " (\(passing))" : ""
        let line =
            remedy.isEmpty ? "\(act): \(reason)\(retry)" : "\(act): \(reason)\(retry); \(remedy)"
        return line.printable
    }

    /// The same failure, seen from further out: `act` in front of the inner act.
    package func during(_ act: String) -> SwerveError {
        SwerveError(
            code, act: act, reason: "\(self.act): \(reason)", remedy: remedy, problem: problem)
    }

    /// The same failure of a file that the configuration names, for whoever starts by it.
    ///
    /// Another start would end alike, so it is a fault of the configuration; what may pass by
    /// itself stays as it is.
    package var ofNamedFile: SwerveError {
        guard !isRetryable || problem?.kind == .namedFileUnusable else { return self }
        return SwerveError(.usage, act: act, reason: reason, remedy: remedy, problem: problem)
    }
}
