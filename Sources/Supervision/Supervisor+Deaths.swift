import Lifecycle
import Logging
import Platform

/// What workers die of.
extension Supervisor {
    /// Where the slot's next worker keeps its journal; nil where it has none.
    func clear(_ path: String?, slot: Int) -> WorkerJournalFile? {
        guard let path else { return nil }
        do throws(SwerveError) {
            return try WorkerJournalFile(clearing: path)
        } catch {
            log.warning(
                "\(error.description); a record that ends this worker is not found out",
                metadata: ["slot": "\(slot)"])
            return nil
        }
    }

    /// What the worker wrote down; nil where that is not known.
    func journal(
        of child: ChildProcess, _ file: WorkerJournalFile?, slot: Int
    ) -> WorkerJournal? {
        do throws(SwerveError) {
            return try file?.read(of: child.pid)
        } catch {
            log.warning(
                "\(file?.path ?? "") is passed over: \(error.description)",
                metadata: ["slot": "\(slot)"])
            return nil
        }
    }

    /// Whether a record that the worker had at hand is known now to be what it died of.
    func isCauseFound(
        of status: ExitStatus, _ journal: WorkerJournal?, slot: Int
    ) -> Bool {
        guard WorkerExit.isCrash(status), let batch = journal?.batch else { return false }
        let finding = search.died(by: status, over: batch, nowMs: nowMs)
        let isFound = if case .killer = finding { true } else { false }
        log.log(
            level: isFound ? .error : .warning, "\(finding)", metadata: ["slot": "\(slot)"])
        observe(.searched(slot: slot, finding))
        return isFound
    }
}
