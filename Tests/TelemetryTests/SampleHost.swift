import Lifecycle
import Telemetry

/// States of hosts for tests.
enum SampleHost {
    static let nowNs: UInt64 = 50_000_000_000

    /// A whole report of a worker.
    static func report(
        _ change: (inout WorkerSnapshot) -> Void = { _ in }
    ) -> WorkerReport? {
        var snapshot = WorkerSnapshot(
            group: "g", slot: 0, total: 2, model: "m",
            incarnation: .init(id: "i", startedAtMs: 1_500, host: "h", pid: 4), takenAtMs: 99)
        snapshot.phase = .serving
        snapshot.isControlRead = true
        snapshot.wantedEpoch = 3
        snapshot.isWantedLoaded = true
        snapshot.serving = .init(
            epoch: 3, stable: 2, candidate: nil, loadedMs: 1.5, firstPollAtMs: 9, boundaries: [:])
        snapshot.assignments = 2
        snapshot.records = 12
        change(&snapshot)
        return WorkerReport(
            line: WorkerReport.line(
                status: StatusRecord(snapshot).bytes, figures: WorkerFigures(snapshot),
                standing: WorkerReport.Standing(snapshot)))
    }

    static func host(_ slots: [SlotState]) -> HostState {
        HostState(model: "m", group: "g", version: "0.1.0", librdkafka: "2.0.2", slots: slots)
    }

    static func slot(_ report: WorkerReport?) -> SlotState { slot(0, report) }

    static func slot(
        _ number: Int, _ report: WorkerReport?, atNs: UInt64 = nowNs
    ) -> SlotState {
        var slot = SlotState(slot: number)
        slot.process = .running(pid: 7)
        slot.report = report.map { ($0, atNs: atNs) }
        return slot
    }
}
