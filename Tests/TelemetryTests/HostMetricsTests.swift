import Foundation
import Lifecycle
import Telemetry
import TestSupport
import Testing

@Suite("HostMetrics")
struct HostMetricsTests {
    private static let now = SampleHost.nowNs

    private func page(_ host: HostState) -> String {
        String(decoding: HostMetrics.page(of: host, nowNs: Self.now), as: UTF8.self)
    }

    private static func buckets(_ bounds: [Double]) throws -> BucketCounts {
        try #require(
            BucketCounts(
                bounds: bounds, counts: Array(repeating: 1, count: bounds.count + 1), sum: 2.5))
    }

    /// A report that has something to say in every family.
    private func whole() throws -> WorkerReport {
        let times = try Self.buckets([0.1, 1])
        let (scores, sizes) = (try Self.buckets([-1, 0.5]), try Self.buckets([1, 10]))
        return try #require(
            SampleHost.report { snapshot in
                snapshot.deadLettersByReason = ["not_json": 2]
                snapshot.versionFigures = [
                    WorkerFigures.Version(
                        version: 2, scored: 12,
                        predictions: ["stable": ["attack": 3, "normal \"x\"": 9]], scores: scores)
                ]
                var comparison = VersionComparison(
                    candidate: 3, stable: 2, mode: "shadow", share: 100)
                comparison.records = 8
                comparison.shed = 1
                snapshot.comparison = comparison
                snapshot.lag = 7
                snapshot.lagByPartition = [0: 3, 10: 4]
                snapshot.untoldPartitions = 1
                snapshot.lastRecordAtMs = 5_500
                snapshot.swapSeconds = 0.25
                snapshot.rejected = .init(epoch: 4, reason: "unsigned")
                snapshot.timings = DeliveryTimings(
                    sinceWritten: times, sincePolled: times, batches: sizes)
            })
    }

    @Test("each family is told of a worker that has all of them, and reads as before")
    func golden() throws {
        var slot = SampleHost.slot(try whole())
        slot.restarts = [.crash: 2]
        var host = SampleHost.host([slot])
        host.certificates = [OwnCertificate(use: "kafka", endsAt: 1_893_456_000)]
        let shown = page(host)
        let file = RepositoryFiles.file("Tests/Snapshots/metrics.txt")
        if ProcessInfo.processInfo.environment["SWERVE_RENEW_SNAPSHOTS"] != nil {
            try Data(shown.utf8).write(to: file)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == shown)
    }

    @Test("a worker that does not report has the supervisor's samples and no others")
    func silent() throws {
        let report = try whole()
        let shown = page(
            SampleHost.host([
                SampleHost.slot(0, report),
                SampleHost.slot(1, report, atNs: Self.now - SlotState.freshNs - 1),
            ]))
        let ofSilent = shown.split(separator: "\n").filter { $0.contains(#"slot="1""#) }
        #expect(ofSilent.contains(#"swerve_worker_up{slot="1"} 0"#))
        #expect(
            ofSilent.allSatisfy { $0.hasPrefix("swerve_worker_") }, "\(ofSilent)")
    }

    @Test("a page has each family once, each sample once, and no more series than its bounds say")
    func bounds() throws {
        let scores = try Self.buckets((0..<10).map(Double.init))
        let labels = Dictionary(uniqueKeysWithValues: (0...100).map { ("label \($0)", Int64(1)) })
        let report = try #require(
            SampleHost.report { snapshot in
                snapshot.versionFigures = (1...8).map { version in
                    WorkerFigures.Version(
                        version: version, scored: 1,
                        predictions: ["stable": labels, "canary": labels], scores: scores)
                }
                snapshot.lagByPartition = Dictionary(
                    uniqueKeysWithValues: (0..<256).map { (Int32($0), Int64(1)) })
                snapshot.deadLettersByReason = Dictionary(
                    uniqueKeysWithValues: DeadLetterCode.allCases.map { ($0.rawValue, 1) })
            })
        let lines = page(SampleHost.host([SampleHost.slot(report)])).split(separator: "\n")
        let names = lines.filter { $0.hasPrefix("# TYPE") }
        #expect(Set(names).count == names.count)
        let series = lines.filter { !$0.hasPrefix("#") }.map { $0.prefix { $0 != " " } }
        #expect(series.count > 1_900)
        #expect(series.count < 2_200, "\(series.count)")
    }

    @Test("promtool finds nothing to say of the page", .enabled(if: Promtool.path != nil))
    func promtool() throws {
        let path = try #require(Promtool.path)
        var slot = SampleHost.slot(try whole())
        slot.restarts = [.crash: 2]
        let said = try Promtool.check(page(SampleHost.host([slot, SampleHost.slot(1, nil)])), path)
        #expect(said == "", "\(said)")
    }

    @Test("a slot that has left is neither down nor unready: it is none of the host's")
    func left() throws {
        var host = SampleHost.host([SampleHost.slot(try whole()), SampleHost.slot(1, try whole())])
        #expect(page(host).contains(#"swerve_worker_ready{slot="1"} 1"#))
        host.slots[1].process = .ended
        host.slots[1].report = nil
        let shown = page(host)
        for family in ["swerve_worker_up", "swerve_worker_ready"] {
            #expect(shown.contains(#"\#(family){slot="0"} 1"#))
            #expect(!shown.contains(#"\#(family){slot="1"}"#))
        }
    }
}
