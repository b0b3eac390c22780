import Lifecycle
import Testing

@testable import Fleet
@testable import Operations

@Suite("reading a fleet's status")
struct StatusReaderTests {
    private let clock = ScriptedClock()
    private let topic = FakeControlTopic()
    private let model: ModelName

    init() throws { model = try ModelName("m") }

    private func reader(
        _ turns: [ScriptedFeed.Turn], of model: ModelName?, withSlots: Bool = false,
        isRegistryExpected: Bool = false,
        registered: @escaping StatusReader.Registered = { _ throws(SwerveError) in [] }
    ) -> StatusReader {
        let clock = clock
        return StatusReader(
            StatusRequest(model: model, withSlots: withSlots),
            listener: FleetListener(feed: ScriptedFeed(turns, clock: clock)) { clock.nowMs },
            control: topic, trust: nil, isRegistryExpected: isRegistryExpected,
            registered: registered)
    }

    private static func serving(_ epoch: Int64) -> HeardStatus {
        var record = StatusRecord(
            group: "g", slot: 0, total: 1, model: "m",
            incarnation: .init(id: "i", startedAtMs: 0, host: "h", pid: 1), phase: .serving)
        record.serving = .init(
            epoch: epoch, stable: 7, candidate: nil, loadedMs: 1, firstPollAtMs: 5, boundaries: [:])
        return HeardStatus(slot: SlotID(group: "g", slot: 0), record: record, isOld: false)
    }

    private func deployment(_ epoch: Int64, of other: ModelName? = nil) -> Deployment {
        Deployment(
            model: other ?? model, epoch: epoch,
            stable: DeployedVersion(
                version: 7, digest: Digest(sha256: [UInt8](repeating: 7, count: 32))), salt: 1)
    }

    private func announce(_ epoch: Int64) {
        topic["m"] =
            ControlRecord(
                registry: "r", deployment: deployment(epoch), issuedAt: "", issuedBy: "", reason: ""
            ).bytes
    }

    private func report(_ status: FleetStatus) throws -> FleetReport {
        guard case .model(let report) = status else {
            throw SwerveError(.system, act: "reading a status", reason: "not of one model")
        }
        return report
    }

    @Test("the status topic alone is enough; the control topic and the registry say more")
    func sources() throws {
        let alone = reader([.heard([Self.serving(3)])], of: model)
        try alone.prepare(timeoutMs: 1_000)
        #expect(try report(alone.status()).target == .init(epoch: 3, source: .slots))
        announce(4)
        #expect(try report(alone.status()).target == .init(epoch: 4, source: .controlTopic))
        #expect(!alone.status().isConverged)
        let registered = deployment(5)
        let asked = reader([.heard([Self.serving(5)])], of: model) { _ throws(SwerveError) in
            [RegisteredDeployment(deployment: registered, registry: "r")]
        }
        try asked.prepare(timeoutMs: 1_000)
        #expect(try report(asked.status()).target == .init(epoch: 5, source: .registry))
    }

    @Test("a control topic out of reach is told, and is not asked again for a while")
    func controlFault() throws {
        announce(4)
        topic.fail(at: .reading)
        let reader = reader([.heard([Self.serving(3)])], of: model)
        try reader.prepare(timeoutMs: 1_000)
        let words = "the control topic is passed over: \(FakeControlTopic.outOfReach.description)"
        #expect(try report(reader.status()).notes == [words])
        topic.fail(at: nil)
        #expect(try report(reader.status()).notes == [words])
        clock.advance(10_000)
        #expect(try report(reader.status()).notes == [])
        #expect(try report(reader.status()).target == .init(epoch: 4, source: .controlTopic))
    }

    @Test("garbage as the newest record: what stands below it counts; without that, nothing does")
    func garbled() throws {
        for name in [model, nil] {
            topic.put("m", nil)
            announce(2)
            topic["m"] = Array("junk".utf8)
            let over = reader([.heard([Self.serving(4)])], of: name)
            try over.prepare(timeoutMs: 1_000)
            #expect(!over.status().isConverged)
            if name != nil {
                let report = try report(over.status())
                #expect(report.target == .init(epoch: 2, source: .controlTopic))
                #expect(report.notes.count == 1)
                #expect(report.notes.first?.contains("newest record does not count") == true)
            }
            topic.compact()
            let alone = reader([.heard([Self.serving(4)])], of: name)
            try alone.prepare(timeoutMs: 1_000)
            #expect(!alone.status().isConverged)
            if name != nil { #expect(try report(alone.status()).notes.count == 1) }
        }
    }

    @Test("a registry that cannot be read is worth a note only where it was named")
    func registryFault() throws {
        let fault = SwerveError(.notFound, act: "opening r.db", reason: "there is no such file")
        for isNamed in [true, false] {
            let expected = isNamed ? ["the registry is passed over: \(fault.description)"] : []
            for name in [model, nil] {
                let reader = reader([.heard([])], of: name, isRegistryExpected: isNamed) {
                    _ throws(SwerveError) in throw fault
                }
                try reader.prepare(timeoutMs: 1_000)
                switch reader.status() {
                case .model(let report): #expect(report.notes == expected)
                case .all(let summary, _): #expect(summary.notes == expected)
                }
            }
        }
    }

    @Test("a model that the registry at hand does not know is told as such, named or not")
    func unknownModel() throws {
        let fault = SwerveError(
            .notFound, act: "reading the deployment of m",
            reason: "there is no model m; there is n",
            problem: Problem(.modelNotFound, [.model: "m"]))
        let reader = reader([.heard([])], of: model) { _ throws(SwerveError) in throw fault }
        try reader.prepare(timeoutMs: 1_000)
        #expect(
            try report(reader.status()).notes == [
                "the registry at hand: there is no model m; there is n"
            ])
    }

    @Test("waits until the fleet has converged, a slot rejects, or the time is over")
    func decided() throws {
        announce(4)
        let turns: [ScriptedFeed.Turn] = [.heard([Self.serving(3)]), .heard([Self.serving(4)])]
        func wait(_ turns: [ScriptedFeed.Turn], stopped: Bool = false) throws -> FleetStatus {
            let reader = reader(turns, of: model)
            try reader.prepare(timeoutMs: 1_000)
            return try reader.waitUntilDecided(deadlineMs: clock.nowMs + 3_000) {
                () throws(SwerveError) in stopped
            }
        }
        #expect(try wait(turns).isConverged)
        let begun = clock.nowMs
        #expect(try !wait(Array(turns.prefix(1))).isConverged)
        #expect((3_000...3_300).contains(clock.nowMs - begun))
        #expect(try !wait(turns, stopped: true).isConverged)
    }

    @Test("shows a status a second until stopped, and with a deadline until it is decided")
    func follows() throws {
        announce(4)
        var shown: [(ms: Int64, converged: Bool)] = []
        func follow(deadlineMs: Int64?, stopAfter count: Int) throws {
            shown = []
            let reader = reader([.heard([Self.serving(3)])], of: model)
            try reader.prepare(timeoutMs: 1_000)
            try reader.follow(
                deadlineMs: deadlineMs,
                isStopped: { () throws(SwerveError) in shown.count >= count }
            ) { shown.append((clock.nowMs, $0.isConverged)) }
        }
        try follow(deadlineMs: nil, stopAfter: 3)
        #expect(shown.count == 3 && shown[1].ms - shown[0].ms == 1_000)
        #expect(shown.allSatisfy { !$0.converged })
        try follow(deadlineMs: nil, stopAfter: 0)
        #expect(shown.isEmpty)
        try follow(deadlineMs: clock.nowMs + 2_000, stopAfter: 99)
        #expect(shown.count == 3)
    }

    @Test("what the registry has and nobody announced has not converged, with a name and without")
    func committed() throws {
        announce(4)
        let deployments = [deployment(5), deployment(5, of: try ModelName("n"))]
        for name in [model, nil] {
            let reader = reader([.heard([Self.serving(4)])], of: name) {
                asked throws(SwerveError) in
                deployments.filter { asked == nil || $0.model == asked }.map {
                    RegisteredDeployment(deployment: $0, registry: "r")
                }
            }
            try reader.prepare(timeoutMs: 1_000)
            let status = reader.status()
            #expect(!status.isConverged)
            guard case .all(let summary, _) = status else { continue }
            #expect(summary.reports.map(\.model.description) == ["m", "n"])
            #expect(summary.reports.map(\.target?.epoch) == [5, 5])
            #expect(summary.reports.allSatisfy { $0.isUnannounced })
        }
    }

    @Test("of every model a line, and the slots where they are asked for")
    func everyModel() throws {
        announce(4)
        let reader = reader([.heard([Self.serving(4)])], of: nil, withSlots: true)
        try reader.prepare(timeoutMs: 1_000)
        let status = reader.status()
        #expect(status.isConverged && status.isDecided)
        #expect(status.json["models"]?.array?.first?["epoch"] == 4)
        #expect(status.json["reports"]?.array?.count == 1)
    }
}
