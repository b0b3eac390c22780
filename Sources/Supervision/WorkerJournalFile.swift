import Lifecycle
import Platform

/// Where the worker of one slot writes down what it has at hand (`BatchJournal`), seen by its
/// supervisor.
struct WorkerJournalFile {
    let path: String

    /// Takes away what an earlier process wrote down: what is found there later is of the process
    /// that is started now.
    init(clearing path: String) throws(SwerveError) {
        try StateFile.remove(path)
        self.path = path
    }

    /// What the worker, which has ended, wrote down; nil where it ended before it began a journal.
    func read(of process: Int32) throws(SwerveError) -> WorkerJournal? {
        guard let bytes = try bytes() else { return nil }
        let journal = try WorkerJournal(bytes)
        guard journal.process == process else {
            throw SwerveError(
                .invalid, act: "reading what a worker had at hand",
                reason: "it is process \(journal.process)'s, not \(process)'s")
        }
        return journal
    }

    /// Whether the worker, which runs, says that it scores.
    func isScoring(process: Int32) -> Bool {
        guard let bytes = try? bytes() else { return false }
        return WorkerJournal.isScoring(bytes, process: process)
    }

    private func bytes() throws(SwerveError) -> [UInt8]? {
        do throws(SwerveError) {
            return try StateFile.read(path, limit: BatchJournal.byteCount, followsLinks: false)
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }
}
