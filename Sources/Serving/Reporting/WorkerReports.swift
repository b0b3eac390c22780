import Lifecycle
import Platform

/// The worker's end of the pipe to its supervisor: a report a second, never waited for.
///
/// Control thread only.
final class WorkerReports {
    private var pipe: LinePipe

    /// Takes standard output over, which the supervisor made a pipe.
    init() throws(SwerveError) {
        pipe = try LinePipe(
            OwnedDescriptor(duplicating: .output), act: "reporting to the supervisor")
    }

    /// - Parameter status: the bytes of the snapshot's status record.
    func send(_ snapshot: WorkerSnapshot, status: [UInt8]) {
        pipe.send(
            WorkerReport.line(
                status: status, figures: WorkerFigures(snapshot),
                standing: WorkerReport.Standing(snapshot)))
    }

    func flush() { if pipe.isWaiting { pipe.flush() } }
}
