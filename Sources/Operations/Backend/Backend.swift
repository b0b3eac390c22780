package import Fleet
package import Lifecycle

/// What people and programs ask of Swerve: one request value in, one result value or error out.
///
/// The commands speak to it alone, and know neither registry nor brokers behind it: `FileBackend`
/// is the one of a single machine. Requests, results and errors can be sent and compared; errors
/// bear a code and, where what to do depends on who reads, a `Problem` in place of words.
///
/// Every call blocks; one thread calls at a time.
package protocol Backend {
    /// Changes a deployment, announces it, and waits for the fleet where that is asked for.
    ///
    /// - Returns: also where the registry has the change and the fleet has not: `fault` and
    ///   `convergence` say so.
    /// - Throws: what is refused, nothing being changed.
    func change(_ request: ChangeRequest) throws(SwerveError) -> ChangeResult

    /// Changes what a deployed version decides by, as `change` does.
    func changeSettings(_ request: SettingsChangeRequest) throws(SwerveError) -> ChangeResult

    /// What a deployed version decides by.
    func settings(_ request: SettingsRequest) throws(SwerveError) -> SettingsResult

    /// Makes the control topic say what the registry says.
    func republish(_ request: RepublishRequest) throws(SwerveError) -> RepublishResult

    /// Takes the control topic's record of a model over.
    func adopt(_ request: AdoptRequest) throws(SwerveError) -> AdoptResult

    /// What the fleet runs: the status topic, and beside it the control topic and the registry,
    /// where they can be read.
    ///
    /// - Parameters:
    ///   - isStopped: asked some times a second.
    ///   - show: gets one status, or with `isFollowed` one every second: until it is stopped or,
    ///     where it waits, until it is decided or the time is over.
    /// - Throws: where the status topic cannot be read.
    func status(
        _ request: StatusRequest, isStopped: () throws(SwerveError) -> Bool,
        show: (FleetStatus) -> Void
    ) throws(SwerveError)
}

/// What a backend tells while it works.
package enum BackendEvent: Sendable, Equatable {
    /// Another process announces at this moment and is waited for, with what is known of it.
    case waitsForAnnouncer(SwerveError)
    /// The registry has the change, and the fleet is waited for from now on.
    case changed(ChangeResult)
}
