import ArgumentParser
import Lifecycle
import Operations

/// On what condition a deployment is changed, and how far the change is followed.
struct ChangeOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: "Refuse unless the deployment is at this epoch.")
    var expectEpoch: Int64?

    @Option(help: "Why, for the history.")
    var reason = ""

    @Flag(
        help: "Wait until all slots serve it; exit 2 when they do not in time, 1 when one rejects.")
    var wait = false

    @Option(parsing: .unconditional, help: "How long to wait for that, in seconds.")
    var timeout = 60.0

    @Option(
        help: """
            With --wait: a group that is waited for, repeatable; without it those of groups in the \
            configuration, else every group that was heard.
            """)
    var group: [String] = []

    @Flag(
        help: """
            Commit without looking for the brokers and without announcing; a later command \
            that writes to the registry, or republish, announces it.
            """)
    var offline = false

    @Flag(
        help: """
            Change nothing, and tell what would be: refused and ended as the change itself would be.
            """)
    var dryRun = false

    /// - Parameter act: for errors.
    func terms(act: String, isForced: Bool = false) throws(SwerveError) -> ChangeTerms {
        guard timeout > 0, timeout <= 86_400 else {
            throw SwerveError(
                .usage, act: "reading --timeout", reason: "not between 0 and 86400 seconds")
        }
        guard !offline || !wait else {
            throw SwerveError(
                .usage, act: act, reason: "--offline and --wait exclude each other",
                remedy: "give one of them")
        }
        guard !dryRun || !wait else {
            throw SwerveError(
                .usage, act: act, reason: "--dry-run and --wait exclude each other",
                remedy: "give one of them")
        }
        var terms = ChangeTerms()
        terms.expectedEpoch = expectEpoch
        terms.isForced = isForced
        terms.reason = reason
        terms.announcing = offline ? .later : .now
        terms.trial = dryRun ? ChangeTrial() : nil
        if wait {
            terms.waiting = ChangeTerms.Waiting(timeoutMs: Int64(timeout * 1_000), groups: group)
        }
        return terms
    }
}
