import Judge
import Lifecycle
import Operations
import Platform
import Verification

/// Labels for rollouts, read on a thread of their own: a tick waits for no broker.
///
/// The thread ends with `close`: a reading at hand is given up between two records.
final class RolloutLabelWatch: RolloutLabels {
    private struct State {
        var wanted: Deployment?
        /// Which pair of versions `records` are of.
        var pair = ""
        var records: [LabelledRecord]?
        var notes: [String] = []
        var isStopped = false
    }

    private final class Shared: Sendable {
        let state = Guarded(State())
        let wake: EventFD

        init() throws(SwerveError) { wake = try EventFD() }
    }

    private let shared: Shared
    private let thread: OSThread
    /// What was told last.
    private var told: [String] = []

    init(
        _ access: StreamAccess, _ terms: AuditTerms, _ source: LabelFollower.Source
    ) throws(SwerveError) {
        let shared = try Shared()
        self.shared = shared
        thread = OSThread(name: "swerve-labels") {
            let follower = LabelFollower(access, terms, source) {
                shared.state.withLock { $0.isStopped }
            }
            Self.follow(follower, shared)
        }
    }

    func close() {
        shared.state.withLock { $0.isStopped = true }
        shared.wake.signal()
        thread.join()
    }

    func records(on deployment: Deployment) -> [LabelledRecord]? {
        let pair = Self.pair(deployment)
        let (records, isNew) = shared.state.withLock { state in
            let isNew = state.wanted.map(Self.pair) != pair
            state.wanted = deployment
            return (state.pair == pair ? state.records : nil, isNew)
        }
        if isNew { shared.wake.signal() }
        return records
    }

    func news() -> [String] {
        let notes = shared.state.withLock { $0.notes }
        let fresh = notes.filter { !told.contains($0) }
        told = notes
        return fresh
    }

    private static func pair(_ deployment: Deployment) -> String {
        "\(VersionComparison.id(of: deployment) ?? "") \(deployment.stable.version)"
    }

    private static func follow(_ follower: LabelFollower, _ shared: Shared) {
        while true {
            let (wanted, isStopped) = shared.state.withLock { ($0.wanted, $0.isStopped) }
            if isStopped { return }
            if let wanted, wanted.candidate != nil { read(wanted, follower, shared) }
            // Whether it was woken or the pause is over: what is there is read.
            _ = try? Poll.waitForAny([shared.wake.descriptor], timeoutMs: pauseMs)
            shared.wake.drain()
        }
    }

    private static func read(
        _ wanted: Deployment, _ follower: LabelFollower, _ shared: Shared
    ) {
        do throws(SwerveError) {
            let reading = try follower.read(wanted, nowMs: WallClock.nowMs)
            shared.state.withLock { state in
                state.pair = pair(wanted)
                state.records = reading.records
                state.notes = reading.notes
            }
        } catch {
            shared.state.withLock {
                // One that was stopped has nothing to tell.
                guard !$0.isStopped else { return }
                $0.notes = [error.atTerminal.line(passing: "it is tried again")]
            }
        }
    }

    private static let pauseMs = 10_000
}
