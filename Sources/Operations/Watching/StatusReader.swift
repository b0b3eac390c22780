package import Fleet
package import Lifecycle

/// Puts together what `status` tells: the status topic, and beside it what the control topic and a
/// registry say.
///
/// Only the status topic has to be readable. Blocking; one thread.
package final class StatusReader {
    /// What is asked.
    package struct Query: Sendable {
        /// Nil asks of every model on the topics.
        package let model: ModelName?
        /// Only this one; nil for all groups that were heard.
        package let group: String?
        /// Of every model: whether the slots are asked for as well.
        package let withSlots: Bool

        package init(model: ModelName?, group: String? = nil, withSlots: Bool = false) {
            self.model = model
            self.group = group
            self.withSlots = withSlots
        }
    }

    /// What the registry at hand wants of a model, or of all where none is asked for; throws where
    /// it cannot be read.
    package typealias Registered = (ModelName?) throws(SwerveError) -> [RegisteredDeployment]

    private let query: Query
    private let listener: FleetListener
    private let control: any ControlTopic
    private let trust: TrustPolicy?
    private let registered: Registered
    private let isRegistryExpected: Bool
    private var standing: TopicStanding?
    private var controlFault: String?
    /// Before it the control topic is not asked again: out of reach, it would hold up every status.
    private var controlAskedAgainAtMs = Int64.min

    /// - Parameters:
    ///   - control: its bound of one look should be a few seconds.
    ///   - trust: as the workers have it, where that is known.
    ///   - isRegistryExpected: whether a registry that cannot be read is worth a note.
    package init(
        _ query: Query, listener: FleetListener, control: any ControlTopic, trust: TrustPolicy?,
        isRegistryExpected: Bool, registered: @escaping Registered
    ) {
        self.query = query
        self.listener = listener
        self.control = control
        self.trust = trust
        self.isRegistryExpected = isRegistryExpected
        self.registered = registered
    }

    /// Reads the status topic to its end and until everybody who lives was heard.
    ///
    /// - Throws: as `FleetListener.settle`.
    package func prepare(
        timeoutMs: Int64, isStopped: () throws(SwerveError) -> Bool = FleetListener.never
    ) throws(SwerveError) {
        try listener.settle(on: query.model, timeoutMs: timeoutMs, isStopped: isStopped)
    }

    /// As it is now, by what was heard so far.
    package func status() -> FleetStatus {
        readControl()
        let now = listener.nowMs
        let boards = listener.watcher.boards
        var notes: [String] = []
        let wanted = wanted(query.model, notes: &notes)
        guard let model = query.model else {
            let reports = boards.reports(
                announced: standing?.readings ?? [:], registered: wanted, fault: controlFault,
                group: query.group, nowMs: now)
            notes += controlFault.map { ["the control topic is passed over: \($0)"] } ?? []
            return .all(FleetSummary(reports: reports, notes: notes), withSlots: query.withSlots)
        }
        if let refusal = standing?[model].refusal {
            notes.append("the control topic's newest record does not count: \(refusal)")
        }
        let reading = controlFault.map { .unreadable($0) } ?? standing?[model].reading ?? .silent
        return .model(
            FleetReport(
                board: boards[model], group: query.group, wanted: wanted.first, control: reading,
                notes: notes, nowMs: now))
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
            standing = try TopicStanding(reading: control, trust: trust, after: standing)
            controlFault = nil
        } catch {
            controlFault = error.description
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
                notes.append("the registry is passed over: \(error.description)")
            }
            return []
        }
    }

    private static let followMs: Int64 = 1_000
    private static let controlPauseMs: Int64 = 10_000
}
