import Lifecycle
import Platform
import Registry
import Synchronization

/// Tells webhooks of what nobody writes into the registry, on two threads, while this hub leads.
///
/// It is what becomes of the fleet, and what the audit chain does not bear out.
final class ConditionWatch: Sendable {
    private let registry: Registry
    private let makeSight: @Sendable () -> any HeardFleet
    private let chain: @Sendable () -> AuditKeeper.Chain?
    private let isLeading: @Sendable () -> Bool
    private let hear: @Sendable (String, SwerveError) -> Void
    private let stopping: EventFD
    private let isStopping = Atomic<Bool>(false)
    private let threads = Guarded<[OSThread]>([])

    /// - Parameters:
    ///   - sight: made on the thread that looks.
    ///   - chain: what the last verification of the audit chain came to; nil before the first.
    ///   - hear: told what cannot be looked at: once, until it can.
    init(
        _ registry: Registry, sight: @escaping @Sendable () -> any HeardFleet,
        chain: @escaping @Sendable () -> AuditKeeper.Chain?,
        isLeading: @escaping @Sendable () -> Bool,
        hear: @escaping @Sendable (String, SwerveError) -> Void
    ) throws(SwerveError) {
        self.registry = registry
        makeSight = sight
        self.chain = chain
        self.isLeading = isLeading
        self.hear = hear
        stopping = try EventFD()
    }

    func start() {
        let started = [
            OSThread(name: "hub-fleet") { [self] in watchFleet() },
            OSThread(name: "hub-findings") { [self] in watchAudit() },
        ]
        threads.withLock { $0 = started }
    }

    /// Once, behind `start`.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        stopping.signal()
        for thread in threads.withLock({ $0 }) { thread.join() }
    }

    private var isOver: Bool { isStopping.load(ordering: .acquiring) }

    private func pause(_ milliseconds: Int) {
        _ = try? Poll.waitForAny([stopping.descriptor], timeoutMs: milliseconds)
    }

    private var now: String { Timestamp.text(ofMs: WallClock.nowMs) }

    private func watchFleet() {
        let sight = makeSight()
        var conditions = FleetConditions()
        var told: SwerveError?
        while !isOver {
            do throws(SwerveError) {
                guard isLeading(), try isAnybodyTold() else {
                    sight.rest()
                    conditions = FleetConditions()
                    pause(Self.lookMs)
                    continue
                }
                if let (boards, nowMs) = try sight.look() {
                    let changes = conditions.look(
                        at: boards, wanted: try registry.deployments(), registry: registry.id,
                        nowMs: nowMs)
                    for change in changes { try write(change) }
                }
                told = nil
            } catch {
                // What was noted as told may not have been written.
                conditions = FleetConditions()
                // Without brokers there is no fleet.
                if told != error, error.code != .usage { hear("fleet", error) }
                told = error
                pause(Self.againMs)
            }
        }
    }

    /// Nobody listens to the fleet for nobody.
    private func isAnybodyTold() throws(SwerveError) -> Bool {
        try registry.webhooks().contains { $0.endedAt == nil }
    }

    private func write(_ change: FleetConditions.Change) throws(SwerveError) {
        switch change {
        case .told(let condition): _ = try registry.tell(condition, at: now)
        case .ended(let kind, let model): try registry.endCondition(kind, of: model)
        }
    }

    private func watchAudit() {
        var done = 0
        var told: SwerveError?
        while !isOver {
            do throws(SwerveError) {
                guard isLeading(), let chain = chain(), chain.number != done,
                    try isAnybodyTold()
                else {
                    pause(Self.lookMs)
                    continue
                }
                try write(chain.report)
                told = nil
                done = chain.number
            } catch {
                if told != error { hear("audit", error) }
                told = error
                pause(Self.againMs)
            }
        }
    }

    private func write(_ report: AuditReport) throws(SwerveError) {
        guard let first = report.findings.first else {
            return try registry.endCondition(.auditFinding, of: nil)
        }
        let words = report.findings.map { "\($0.entry.map(String.init) ?? ""): \($0.words)" }
        let all = ContentHash.sha256(Array(words.joined(separator: "\n").utf8))
        var data: [String: JSONValue] = [
            "findings": .int(Int64(report.count)),
            "first": .string(first.words.shortened(to: 1_000)),
        ]
        data["entry"] = first.entry.map { .int($0) }
        let condition = WebhookCondition(
            .auditFinding, of: nil, occurrence: all.description, data)
        _ = try registry.tell(condition, at: now)
    }

    private static let lookMs = 1_000
    private static let againMs = 5_000
}
