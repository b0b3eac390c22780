package import Fleet
package import Lifecycle

/// Puts together what `status` tells: the status topic, and beside it what the control topic and a
/// registry say.
///
/// Only the status topic has to be readable. Blocking; one thread.
package final class StatusReader {
    /// What the registry at hand wants of a model, or of all where none is asked for; throws where
    /// it cannot be read.
    package typealias Registered = (ModelName?) throws(SwerveError) -> [RegisteredDeployment]

    private let request: StatusRequest
    private let listener: FleetListener
    private let control: any ControlTopic
    private let trust: TrustPolicy?
    private let wording: (SwerveError) -> String
    private let registered: Registered
    private let isRegistryExpected: Bool
    private let known: (String) -> ControlRecord?
    private var standing: TopicStanding?
    private var controlFault: String?
    /// Before it the control topic is not asked again: out of reach, it would hold up every status.
    private var controlAskedAgainAtMs = Int64.min

    /// - Parameters:
    ///   - control: its bound of one look should be a few seconds.
    ///   - trust: as the workers have it, where that is known.
    ///   - isRegistryExpected: whether a registry that cannot be read is worth a note.
    ///   - wording: how an error reads in a note.
    ///   - known: as of `TopicStanding`; a registry that is not at hand knows nothing.
    package init(
        _ request: StatusRequest, listener: FleetListener, control: any ControlTopic,
        trust: TrustPolicy?, isRegistryExpected: Bool,
        wording: @escaping (SwerveError) -> String = { $0.description },
        known: @escaping (_ model: String) -> ControlRecord? = { _ in nil },
        registered: @escaping Registered
    ) {
        self.request = request
        self.listener = listener
        self.control = control
        self.trust = trust
        self.isRegistryExpected = isRegistryExpected
        self.wording = wording
        self.known = known
        self.registered = registered
    }

    /// Reads what stands on the topics, and shows what was asked for.
    ///
    /// - Parameter readingMs: the bound of reading the status topic to its end.
    /// - Throws: as `prepare`.
    package func run(
        readingMs: Int64, isStopped: () throws(SwerveError) -> Bool, show: (FleetStatus) -> Void
    ) throws(SwerveError) {
        let deadlineMs = request.timeoutMs.map { listener.deadlineMs(after: $0) }
        try prepare(timeoutMs: readingMs, isStopped: isStopped)
        if request.isFollowed {
            try follow(deadlineMs: deadlineMs, isStopped: isStopped, show: show)
        } else if let deadlineMs {
            show(try waitUntilDecided(deadlineMs: deadlineMs, isStopped: isStopped))
        } else {
            show(status())
        }
    }

    /// Reads the status topic to its end and until everybody who lives was heard.
    ///
    /// - Throws: as `FleetListener.settle`.
    package func prepare(
        timeoutMs: Int64, isStopped: () throws(SwerveError) -> Bool = FleetListener.never
    ) throws(SwerveError) {
        try listener.settle(on: request.model, timeoutMs: timeoutMs, isStopped: isStopped)
    }

    /// As it is now, by what was heard so far.
    package func status() -> FleetStatus {
        readControl()
        var notes: [String] = []
        let wanted = wanted(request.model, notes: &notes)
        return FleetSnapshot(
            boards: listener.watcher.boards, standing: standing, controlFault: controlFault,
            nowMs: listener.nowMs
        ).status(request, registered: wanted, notes: notes)
    }

    /// Listens until the status is decided, or the deadline passed, or it is stopped.
    ///
    /// - Parameter deadlineMs: of the listener's clock.
    package func waitUntilDecided(
        deadlineMs: Int64, isStopped: () throws(SwerveError) -> Bool
    ) throws(SwerveError) -> FleetStatus {
        while true {
            let status = status()
            if status.isDecided || listener.nowMs >= deadlineMs { return status }
            if try isStopped() { return status }
            try listener.listen(milliseconds: FleetListener.pollMs)
        }
    }

    /// Hands over the status every second until it is stopped; with a deadline, until it is decided
    /// or the deadline passed.
    package func follow(
        deadlineMs: Int64?, isStopped: () throws(SwerveError) -> Bool, show: (FleetStatus) -> Void
    ) throws(SwerveError) {
        while try !isStopped() {
            let status = status()
            show(status)
            if let deadlineMs, status.isDecided || listener.nowMs >= deadlineMs { return }
            let nextMs = listener.nowMs + Self.followMs
            while listener.nowMs < nextMs, try !isStopped() {
                try listener.listen(milliseconds: FleetListener.pollMs)
            }
        }
    }

    private func readControl() {
        guard listener.nowMs >= controlAskedAgainAtMs else { return }
        do throws(SwerveError) {
            standing = try TopicStanding(
                reading: control, trust: trust, after: standing, known: known)
            controlFault = nil
        } catch {
            controlFault = wording(error)
            controlAskedAgainAtMs = listener.nowMs + Self.controlPauseMs
        }
    }

    /// Nothing where there is no registry at hand: the topics alone tell enough.
    private func wanted(_ model: ModelName?, notes: inout [String]) -> [RegisteredDeployment] {
        do throws(SwerveError) {
            return try registered(model)
        } catch {
            if error.problem?.kind == .modelNotFound {
                notes.append("the registry at hand: \(error.reason)")
            } else if isRegistryExpected {
                notes.append("the registry is passed over: \(wording(error))")
            }
            return []
        }
    }

    private static let followMs: Int64 = 1_000
    private static let controlPauseMs: Int64 = 10_000
}
