import Foundation
import Lifecycle
import Logging
import Platform
import Supervision
import Telemetry
import TestSupport
import Testing
import Web

/// A supervisor's board and face, with workers that are scripts.
@Suite("HostFace", .blocking)
struct HostFaceTests {
    private static func board(slots: Int = 1) throws -> HostBoard {
        HostBoard(
            model: "m", group: "g", version: "0.1.0", librdkafka: "2.0.2",
            slots: try OwnedSlots(total: slots, first: 0, count: slots))
    }

    /// A worker's report that is ready, as a word of a shell script.
    private static func line(records: Int64, ended: String? = nil) -> String {
        var figures = WorkerFigures()
        figures.records = records
        var snapshot = WorkerSnapshot(
            group: "g", slot: 0, total: 1, model: "m",
            incarnation: .init(id: "i", startedAtMs: 1, host: "h", pid: 4), takenAtMs: 9)
        snapshot.phase = .serving
        snapshot.isControlRead = true
        snapshot.assignments = 1
        snapshot.serving = .init(
            epoch: 3, stable: 2, candidate: nil, loadedMs: 1, firstPollAtMs: 9, boundaries: [:])
        let status = ended.map { #"{"ended":{"kind":"refused","reason":"\#($0)"}}"# } ?? "{}"
        return String(
            decoding: WorkerReport.line(
                status: Array(status.utf8), figures: figures,
                standing: WorkerReport.Standing(snapshot)), as: UTF8.self)
    }

    private func answer(_ path: String, _ board: HostBoard) -> (status: Int, body: String) {
        let answer = HostFace.routes(board).answer(HTTPRequest(method: "GET", path: path))
        return (answer.status, String(decoding: answer.body, as: UTF8.self))
    }

    private func wait(_ board: HostBoard, until holds: (HostState) -> Bool) {
        while !holds(board.current) { sched_yield() }
    }

    @Test("what a worker reports is on the page; what is no report is counted")
    func reports() throws {
        let board = try Self.board()
        #expect(answer("/readyz", board).status == 503)
        let script = "echo nonsense; echo '\(Self.line(records: 42))'; exec cat <&3 >/dev/null"
        _ = try SupervisedService.run(board: board, script: script) { service in
            wait(board) { $0.slots[0].report != nil }
            let page = answer("/metrics", board)
            #expect(page.status == 200)
            #expect(page.body.contains("swerve_records_total{slot=\"0\"} 42\n"), "\(page.body)")
            #expect(answer("/readyz", board).body == "ready\n")
            #expect(answer("/livez", board).status == 200)
            let status = try JSONValue(
                parsing: Array(answer("/status", board).body.utf8), act: "reading")
            #expect(status["ready"]?.bool == true)
            #expect(status["slots"]?.array?.first?["state"]?.string == "running")
            service.requestStop()
        }
        #expect(answer("/readyz", board).body == "the service is stopping\n")
    }

    @Test("restarts are counted by reason, and the next process is told how the last one ended")
    func restarts() throws {
        let board = try Self.board()
        let script = """
            read -r line <&3
            if [ ! -e "$2.ended" ]; then
                touch "$2.ended"
                echo '\(Self.line(records: 7, ended: "its topic is gone"))'
                exit 3
            fi
            echo '\(Self.line(records: 1))'
            exec cat <&3 >/dev/null
            """
        _ = try SupervisedService.run(document: "{}", board: board, script: script) { service in
            wait(board) { $0.slots[0].restarts[.renewal] == 1 && $0.slots[0].report != nil }
            let page = answer("/metrics", board).body
            let restarts = "swerve_worker_restarts_total{slot=\"0\",reason"
            #expect(page.contains("\(restarts)=\"renewal\"} 1\n"))
            #expect(page.contains("\(restarts)=\"crash\"} 0\n"))
            #expect(page.contains("swerve_records_total{slot=\"0\"} 1\n"), "of the new process")
            let stop = try #require(board.current.slots[0].lastStop)
            #expect(stop.reason.contains("its topic is gone"), "\(stop)")
            #expect(service.lastStops.count == 1)
            #expect(service.lastStops.first?.contains("its topic is gone") == true)
            service.requestStop()
        }
    }

    @Test("a worker that writes without end, and no line, keeps the supervisor from nothing")
    func flood() throws {
        let board = try Self.board(slots: 2)
        let script = """
            if [ "$1" = 0 ]; then exec cat /dev/zero; fi
            echo '\(Self.line(records: 5))'
            exec cat <&3 >/dev/null
            """
        let outcome = try SupervisedService.run(slots: 2, board: board, script: script) { service in
            wait(board) { $0.slots[1].report != nil && $0.slots[0].faultyReports > 0 }
            #expect(answer("/livez", board).status == 200)
            service.requestStop()
        }
        #expect(outcome == .clean)
    }
}
