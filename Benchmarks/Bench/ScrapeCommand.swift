import ArgumentParser
import Lifecycle
import Platform
import Telemetry

/// Times the page of metrics of a host whose slots have everything that the bounds allow.
struct ScrapeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scrape", abstract: "Time a page of metrics with all bounds full.")

    @Option(help: "Slots of the host.") var slots = 16
    @Option(help: "How often the page is made.") var rounds = 200

    func run() throws {
        guard let report = Self.fullReport() else {
            throw SwerveError(.system, act: "making a report", reason: "it is none")
        }
        let now = MonotonicClock.now
        var host = HostState(
            model: "http-anomaly", group: "g", version: "0", librdkafka: "0", slots: [])
        for number in 0..<slots {
            var slot = SlotState(slot: number)
            slot.process = .running(pid: 1)
            slot.report = (report, atNs: now)
            host.slots.append(slot)
        }
        var times: [UInt64] = []
        var bytes = 0
        for _ in 0..<max(1, rounds) {
            let began = MonotonicClock.now
            bytes = HostMetrics.page(of: host, nowNs: now).count
            times.append(MonotonicClock.now &- began)
        }
        times.sort()
        let document: JSONValue = [
            "slots": .int(Int64(slots)), "bytes": .int(Int64(bytes)),
            "median_ms": .double(Double(times[times.count / 2]) / 1e6),
            "max_ms": .double(Double(times[times.count - 1]) / 1e6),
        ]
        StandardStream.output.write(String(decoding: document.bytes, as: UTF8.self) + "\n")
    }

    private static func fullReport() -> WorkerReport? {
        var figures = WorkerFigures()
        let labels = Dictionary(
            uniqueKeysWithValues: (0...WorkerFigures.labelsMax).map {
                ("label \($0)", Int64($0 * 7_919))
            })
        figures.versions = (1...WorkerFigures.versionsMax).map { version in
            WorkerFigures.Version(
                version: version, scored: 1_234_567,
                predictions: Dictionary(
                    uniqueKeysWithValues: WorkerFigures.Version.roles.map { ($0, labels) }),
                scores: buckets(10))
        }
        figures.lagByPartition = Dictionary(
            uniqueKeysWithValues: (0..<WorkerFigures.partitionsMax).map { (Int32($0), 100_000) })
        figures.deadLetters = Dictionary(
            uniqueKeysWithValues: DeadLetterCode.allCases.map { ($0.rawValue, 1_000) })
        if let times = buckets(20) {
            figures.timings = DeliveryTimings(
                sinceWritten: times, sincePolled: times, batches: times)
        }
        var snapshot = WorkerSnapshot(
            group: "g", slot: 0, total: 16, model: "http-anomaly",
            incarnation: .init(id: "i", startedAtMs: 1, host: "h", pid: 1), takenAtMs: 1)
        snapshot.phase = .serving
        return WorkerReport(
            line: WorkerReport.line(
                status: StatusRecord(snapshot).bytes, figures: figures,
                standing: WorkerReport.Standing(snapshot)))
    }

    private static func buckets(_ count: Int) -> BucketCounts? {
        BucketCounts(
            bounds: (0..<count).map { Double($0) + 0.125 },
            counts: Array(repeating: 123_456, count: count + 1), sum: 2.5)
    }
}
