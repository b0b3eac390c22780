import Lifecycle
import Platform

/// The changes of the deployment while records flow.
extension TrafficRun {
    /// Starts the next change when it is due, and follows the one under way.
    func advanceChange() throws(SwerveError) {
        if var change {
            self.change = nil
            if change.epoch == nil { try follow(&change) }
            guard try !settle(change) else { return }
            self.change = change
        } else if plan.isDue(fed: fed, settled: settled), checker.hasSeen(epoch: epoch) {
            try startChange()
        }
    }

    private func startChange() throws(SwerveError) {
        let (kind, words) = Change.arguments(
            settled, model: service.model, second: versions[1], timeoutS: Self.timeoutS,
            group: service.group)
        change = Change(
            kind: kind, process: try service.startChange(words),
            deadline: Deadline(afterMs: (Self.timeoutS + Self.graceS) * 1_000))
    }

    private func follow(_ change: inout Change) throws(SwerveError) {
        try change.process.drain()
        guard let status = try change.process.child.exitStatus() else { return }
        try change.process.drain()
        guard status == .code(0) else {
            let error = change.process.failure(status)
            throw SwerveError(
                error.code, act: error.act, reason: "\(error.reason); \(fleet.words)")
        }
        try change.read(try DemoService.document(of: change.process, status))
    }

    /// - Returns: whether every slot serves the change's epoch and every partition has shown it.
    private func settle(_ change: Change) throws(SwerveError) -> Bool {
        if let epoch = change.epoch, let converged = fleet.convergedAtMs(epoch: epoch),
            checker.hasSeen(epoch: epoch)
        {
            let swap = Swap(
                kind: change.kind, epoch: epoch, version: change.version,
                convergenceMs: max(0, converged - change.committedAtMs))
            swaps.append(swap)
            settled += 1
            self.epoch = epoch
            progress.note(
                "\(swap.kind) \(swap.kind == .rollback ? "to" : "of") version \(swap.version): "
                    + "every worker serves epoch \(epoch) after "
                    + "\(swap.convergenceMs) ms, at record \(DemoReport.grouped(fed))")
            return true
        }
        guard !change.deadline.hasPassed else {
            throw SwerveError(
                .timedOut, act: "waiting for the \(change.kind) to settle",
                reason: "not every worker and partition shows epoch "
                    + "\(change.epoch.map { "\($0)" } ?? "(unknown)"): \(fleet.words)")
        }
        return false
    }

    private static let timeoutS = 60
    private static let graceS = 30
}
