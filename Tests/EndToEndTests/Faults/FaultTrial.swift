import Foundation
import Kafka
import Lifecycle
import Platform
import TestSupport
import Testing
import Verification

/// A service under a steady load of numbered records, to which something happens, and the verdict
/// of a reader apart from it.
final class FaultTrial {
    /// Records that a worker may have uncommitted: what one fault may double at least-once.
    static let window = 500

    let stream: TestStream
    let delivery: Delivery
    let feed: SteadyFeed
    private(set) var service: RunningProcess
    /// Faults that happened so far.
    var faults = 0
    private var stable = 1

    /// A service of two slots that serves version 1, and is fed.
    init(
        _ delivery: Delivery = .atLeastOnce, versions: Int = 2, assignment: String? = nil,
        poisonEvery: Int? = nil, changes: String = "", state: String = "state",
        on stream: TestStream? = nil
    ) throws {
        self.stream = try stream ?? TestStream()
        self.delivery = delivery
        try TestModels.register(versions, in: self.stream)
        try self.stream.writeConfiguration(
            at: "swerve.yaml", assignment: assignment,
            changes: """
                delivery: \(delivery.rawValue)
                limits.uncommitted_records: \(Self.window)
                \(changes)
                """, state: state)
        service = try Scene.serve(self.stream, promoting: 1).service
        feed = SteadyFeed(self.stream, rate: FaultSettings.rate, poisonEvery: poisonEvery)
        try feed.awaitSent(FaultSettings.rate / 10)
    }

    var scene: Scene { Scene(stream: stream, service: service) }

    /// Starts the service again, after its end.
    func serveAgain() throws { service = try stream.serve() }

    /// Waits while records are sent for so long.
    func feedOn(milliseconds: Int) throws {
        try feed.awaitSent(max(1, FaultSettings.rate * milliseconds / 1_000))
    }

    /// Promotes the other version, and waits for the whole fleet.
    func promote() throws {
        let other = stable == 1 ? 2 : 1
        _ = try scene.change("promote", "http-anomaly@\(other)")
        stable = other
    }

    /// One of the workers, once there is any; it may only just have been started.
    func worker(using generator: inout SeededGenerator) throws -> Int32 {
        try service.wait(for: "a worker") {
            service.children.randomElement(using: &generator)
        }
    }

    /// One of the workers that serve, once there is any.
    ///
    /// Whoever kills each worker before it is done with a record sees to it that no slot is ever
    /// served, and the supervisor rightly gives up at the sixth in a row.
    func servingWorker(using generator: inout SeededGenerator) throws -> Int32 {
        try service.wait(for: "a worker that serves") {
            let log = service.log
            return service.children.filter { Self.serves($0, by: log) }
                .randomElement(using: &generator)
        }
    }

    /// Whether the log tells of the process, after its start, that its slot is served and has
    /// partitions.
    private static func serves(_ pid: Int32, by log: String) -> Bool {
        guard let start = log.range(of: "pid=\(pid) slot=", options: .backwards) else {
            return false
        }
        let slot = log[start.upperBound...].prefix(while: \.isNumber)
        let words = log[start.upperBound...].split(separator: "\n")
            .filter { $0.contains("worker: slot=\(slot) ") }
        return words.contains { $0.contains("is served") }
            && words.contains { $0.contains("=\(slot) partitions ") }
    }

    /// Ends feed and service, and judges.
    ///
    /// - Parameters:
    ///   - doubled: how many records may be answered twice at least-once.
    ///   - overtaken: how many of these answers may be under an older epoch than one before them.
    ///   - outageMs: for how long nobody could have served.
    ///   - evidenceLost: what an audit of the stream may call broken, since the fault took the
    ///     proof of it away; nothing otherwise.
    @discardableResult
    func end(
        _ fault: String, doubled: Int? = nil, overtaken: Int = 0, outageMs: Int = 0,
        exitCode: Int32 = 0, evidenceLost: Set<String> = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> StreamAuditReport {
        try feed.stop()
        let reading = try TrialReading(stream)
        let isAnswered = try reading.readUntilAnswered()
        let code = try service.stop()
        try reading.readToEnds()
        let report = reading.report
        let findings = report.findings
        let row = Row(
            fault: fault, delivery: delivery, faults: faults, report: report,
            outOfOrder: reading.outOfOrder, unservedMs: reading.longestSilenceMs - Int64(outageMs))
        try row.write()
        let log = "\(row)\n\(service.log.suffix(3_000))"
        #expect(isAnswered && findings[.lost].count == 0, "\(log)", sourceLocation: sourceLocation)
        #expect(row.wrong == 0, "\(log)", sourceLocation: sourceLocation)
        let older = findings[.epochWentBack].count
        #expect(older <= overtaken, "\(log)", sourceLocation: sourceLocation)
        #expect(reading.outOfOrder == 0, "\(log)", sourceLocation: sourceLocation)
        let most = delivery == .exactlyOnce ? 0 : doubled ?? faults * Self.window
        #expect(findings[.doubled].count <= most, "\(log)", sourceLocation: sourceLocation)
        #expect(code == exitCode, "\(log)", sourceLocation: sourceLocation)
        // The same by the command that an operator has: nothing is broken, and what was answered
        // again is placed.
        let audit = try audit()
        let broken = try audit.json()["broken"]?.array?.compactMap { $0["kind"]?.string } ?? []
        #expect(
            evidenceLost.isSuperset(of: broken) && audit.code == (broken.isEmpty ? 0 : 1),
            "\(audit)\n\(log)", sourceLocation: sourceLocation)
        let counts = try audit.json()["counts"]
        #expect(
            counts?["overtaken"]?.int.map(Int64.init) == older, "\(audit)\n\(log)",
            sourceLocation: sourceLocation)
        let repeated = counts?["repeated"]?.int
        #expect(
            repeated.map(Int64.init) == findings[.doubled].count, "\(audit)\n\(log)",
            sourceLocation: sourceLocation)
        return report
    }

    private func audit() throws -> Executable.Output {
        try Executable.run(
            [
                "audit", "stream", "http-anomaly", "--config", stream.folder.path("swerve.yaml"),
                "--json",
            ], folder: stream.folder.url)
    }

    /// Waits a moment in a loop that looks for something.
    static func pause(_ milliseconds: Int32) { _ = poll(nil, 0, milliseconds) }

    /// What a fault did, for the table.
    struct Row: CustomStringConvertible {
        let fault: String
        let delivery: Delivery
        let faults: Int
        let report: StreamAuditReport
        let outOfOrder: Int
        let unservedMs: Int64

        /// What no fault excuses, but for loss, duplicates, epochs and order.
        var wrong: Int64 {
            let findings = report.findings
            return findings.broken + findings.undecided - findings[.lost].count
                - findings[.doubled].count - findings[.epochWentBack].count
        }

        var description: String {
            let findings = report.findings
            let counts = [
                report.counts.records, Int64(faults), findings[.lost].count,
                findings[.doubled].count, wrong, findings[.epochWentBack].count,
                Int64(outOfOrder),
            ].map(String.init)
            let broker = TestStream.realBootstrap == nil ? "development" : "Kafka"
            let seconds = String(format: "%.1f", Double(max(0, unservedMs)) / 1_000)
            return "| "
                + ([fault, delivery.rawValue, broker] + counts + [seconds])
                .joined(separator: " | ") + " |"
        }

        func write() throws {
            guard let path = FaultSettings.table else { return }
            let url = URL(fileURLWithPath: path)
            if !FileManager.default.fileExists(atPath: path) { try Data().write(to: url) }
            let file = try FileHandle(forWritingTo: url)
            defer { try? file.close() }
            try file.seekToEnd()
            try file.write(contentsOf: Data("\(self)\n".utf8))
        }
    }
}
