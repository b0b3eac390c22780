import Fleet
import Kafka
import Lifecycle
import Operations
import Platform
import Registry

/// Reads the status topic, and beside it what the control topic and a registry say.
///
/// Only the status topic has to be readable.
final class StatusReader {
    /// What to tell of.
    struct Subject {
        let model: ModelName?
        let group: String?
        let withSlots: Bool
        let registryPath: String
        /// Whether somebody named the registry, and wants to know when it cannot be read.
        let isRegistryNamed: Bool
    }

    private let subject: Subject
    private let feed: KafkaStatusFeed
    private let control: KafkaControlTopic
    private let clock = SteadyClock()
    private var overview = FleetOverview()
    private let trust: TrustPolicy?
    private var standing: TopicStanding?
    private var controlFault: String?
    /// Not asked again before; a topic out of reach would hold up every page.
    private var controlAskedAgainAtMs = Int64.min

    init(_ subject: Subject, brokers: KafkaOptions.Resolved) throws(SwerveError) {
        self.subject = subject
        trust = try brokers.trust()
        feed = try brokers.statusFeed()
        control = brokers.controlTopic(timeoutMs: min(brokers.timeoutMs, Self.controlMs))
    }

    var nowMs: Int64 { clock.nowMs }

    func close() {
        feed.close()
        control.close()
    }

    /// Hears what comes within `milliseconds`.
    ///
    /// - Returns: whether the end of the topic was reached.
    @discardableResult
    func poll(milliseconds: Int) throws(SwerveError) -> Bool {
        var heard: [StatusNews] = []
        let isCurrent = try feed.poll(milliseconds: milliseconds) { heard.append($0) }
        let now = clock.nowMs
        for news in heard { overview.hear(news, heardAtMs: now) }
        if isCurrent { overview.reachEnd(atMs: now) }
        return isCurrent
    }

    /// Reads to the topic's end, and then listens until everybody who lives was heard.
    ///
    /// - Parameter isStopped: asked between the polls.
    func readAll(timeoutMs: Int64, isStopped: () throws -> Bool) throws {
        let deadline = clock.nowMs + timeoutMs
        while try !poll(milliseconds: Self.pollMs) {
            if try isStopped() { return }
            guard clock.nowMs < deadline else {
                throw SwerveError(
                    .unavailable, act: "reading the status topic",
                    reason: "its end was not reached within \(timeoutMs) ms"
                        + (feed.fault.map { ": \($0)" } ?? ""),
                    remedy: "check that the brokers are up and bootstrap.servers is right")
            }
        }
        while !isSettled, try !isStopped() { try poll(milliseconds: Self.pollMs) }
    }

    private var isSettled: Bool {
        subject.model.map { overview[$0].isSettled(nowMs: clock.nowMs) }
            ?? overview.isSettled(nowMs: clock.nowMs)
    }

    func page() -> StatusPage {
        readControl()
        let now = clock.nowMs
        let announced = standing?.authorities ?? [:]
        guard let model = subject.model else {
            let reports = overview.reports(
                topic: announced, fault: controlFault, group: subject.group, nowMs: now)
            let notes = controlFault.map { ["the control topic is passed over: \($0)"] } ?? []
            return .all(
                OverviewReport(reports: reports, notes: notes), withSlots: subject.withSlots)
        }
        var notes: [String] = []
        let wanted = wanted(model, notes: &notes)
        if let refusal = standing?[model].refusal {
            notes.append("the control topic's newest record does not count: \(refusal)")
        }
        let view = ControlView(model: model, topic: announced)
        return .model(
            FleetReport(
                board: overview[model], group: subject.group, wanted: wanted,
                control: controlFault.map { .unreadable($0) } ?? view, notes: notes, nowMs: now))
    }

    private func readControl() {
        guard clock.nowMs >= controlAskedAgainAtMs else { return }
        do throws(SwerveError) {
            standing = try TopicStanding(reading: control, trust: trust, after: standing)
            controlFault = nil
        } catch {
            controlFault = error.description
            controlAskedAgainAtMs = clock.nowMs + Self.controlPauseMs
        }
    }

    /// Nil where there is no registry at hand: the topics alone tell enough.
    private func wanted(_ model: ModelName, notes: inout [String]) -> WantedDeployment? {
        do throws(SwerveError) {
            let registry = try Registry.open(path: subject.registryPath, access: .readOnly)
            return try registry.deployment(of: model).map {
                WantedDeployment(deployment: $0, registry: registry.id)
            }
        } catch {
            if subject.isRegistryNamed {
                notes.append("the registry is passed over: \(error.description)")
            }
            return nil
        }
    }

    static let pollMs = 100
    /// The bound of one look at the control topic.
    private static let controlMs: Int32 = 5_000
    private static let controlPauseMs: Int64 = 10_000
}
