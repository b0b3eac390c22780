import Lifecycle
import Platform
import Verification

/// The three changes of the deployment while records flow: a canary, its promotion, a rollback.
///
/// Each is a command; it is settled when every slot serves its epoch and a prediction of that epoch
/// was seen on every partition. One thread.
final class ChangeSequence {
    /// A change under way: its command, then its epoch's way through the fleet.
    private struct Change {
        let kind: Swap.Kind
        let process: DemoProcess
        let deadline: Deadline
        /// Known once the command has ended.
        var outcome: Outcome?
    }

    /// What the command of a change printed.
    private struct Outcome {
        let epoch: Int64
        let version: Int
        let committedAtMs: Int64
    }

    private(set) var swaps: [Swap] = []
    /// Of the deployment that was settled last.
    private(set) var epoch: Int64
    private let service: DemoService
    private let second: DeployedVersion
    private var change: Change?

    /// - Parameters:
    ///   - second: the version that comes and goes.
    ///   - epoch: of the deployment that is announced already.
    init(_ service: DemoService, second: DeployedVersion, epoch: Int64) {
        self.service = service
        self.second = second
        self.epoch = epoch
    }

    /// What is under way, for the progress line.
    var phase: String {
        guard let change else { return "" }
        return change.outcome.map { "\(change.kind) to epoch \($0.epoch)" } ?? "\(change.kind)"
    }

    /// Starts the next change where it is due, and follows the one under way.
    ///
    /// - Returns: the change that has just been settled.
    func advance(isDue: Bool, observer: StreamObserver) throws(SwerveError) -> Swap? {
        guard var change else {
            if isDue, observer.audit.hasSeen(epoch: epoch) { self.change = try start() }
            return nil
        }
        if change.outcome == nil { change.outcome = try outcome(of: change, observer) }
        if let swap = Self.swap(change, observer) {
            self.change = nil
            swaps.append(swap)
            epoch = swap.epoch
            return swap
        }
        self.change = change
        guard !change.deadline.hasPassed else {
            throw SwerveError(
                .timedOut, act: "waiting for the \(change.kind) to settle",
                reason: "not every worker and partition shows epoch "
                    + "\(change.outcome.map { "\($0.epoch)" } ?? "(unknown)"): "
                    + observer.fleetWords(epoch: change.outcome?.epoch ?? epoch))
        }
        return nil
    }

    private func start() throws(SwerveError) -> Change {
        let version = "\(service.model)@\(second.version)"
        let (kind, words): (Swap.Kind, [String]) =
            switch swaps.count {
            case 0: (.canary, ["promote", version, "--canary", "10%"])
            case 1: (.promotion, ["promote", version])
            default: (.rollback, ["rollback", service.model.description])
            }
        let wait = ["--wait", "--timeout", "\(Self.timeoutS)", "--group", service.group]
        return Change(
            kind: kind, process: try service.startChange(words + wait),
            deadline: Deadline(afterMs: (Self.timeoutS + Self.graceS) * 1_000))
    }

    /// What the change's command printed; nil while it runs.
    private func outcome(
        of change: Change, _ observer: StreamObserver
    ) throws(SwerveError) -> Outcome? {
        let process = change.process
        try process.drain()
        guard let status = try process.child.exitStatus() else { return nil }
        try process.drain()
        guard status == .code(0) else {
            let error = process.failure(status)
            throw SwerveError(
                error.code, act: error.act,
                reason: "\(error.reason); \(observer.fleetWords(epoch: epoch))")
        }
        let document = try DemoService.document(of: process, status)
        let brought = change.kind == .canary ? document["candidate"] : document["stable"]
        guard let epoch = document["epoch"]?.int, let version = brought?["version"]?.int,
            let committed = document["committed_at_ms"]?.int
        else {
            throw SwerveError(
                .invalid, act: "running \(process.name)",
                reason: "no epoch, version or committed_at_ms in its answer")
        }
        return Outcome(epoch: Int64(epoch), version: version, committedAtMs: Int64(committed))
    }

    /// Nil until every slot serves the change's epoch and every partition has shown it.
    private static func swap(_ change: Change, _ observer: StreamObserver) -> Swap? {
        guard let outcome = change.outcome,
            let convergedAtMs = observer.firstPollOfLastSlotAtMs(epoch: outcome.epoch),
            observer.audit.hasSeen(epoch: outcome.epoch)
        else { return nil }
        return Swap(
            kind: change.kind, epoch: outcome.epoch, version: outcome.version,
            convergenceMs: max(0, convergedAtMs - outcome.committedAtMs))
    }

    private static let timeoutS = 60
    private static let graceS = 30
}
