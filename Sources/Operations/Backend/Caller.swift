package import Lifecycle

/// Who asks something of a backend, and how they are told.
package struct Caller: Sendable {
    /// For the history, where no key signs.
    package let author: String
    /// What each change is made at; nil for the moment when it is made.
    let moment: ChangeMoment?
    /// Told what happens while a call is at work.
    let hear: @Sendable (BackendEvent) -> Void
    /// How an error reads inside a line for people.
    let wording: @Sendable (SwerveError) -> String
    /// Whether nobody waits any more for what a change comes to: asked while a fleet is waited for.
    let isStopped: @Sendable () -> Bool

    package init(
        author: String, moment: ChangeMoment? = nil,
        hear: @escaping @Sendable (BackendEvent) -> Void = { _ in },
        wording: @escaping @Sendable (SwerveError) -> String = { $0.description },
        isStopped: @escaping @Sendable () -> Bool = { false }
    ) {
        self.author = author
        self.moment = moment
        self.hear = hear
        self.wording = wording
        self.isStopped = isStopped
    }
}
