import Lifecycle
import Telemetry
import Testing

@Suite("Readiness")
struct ReadinessTests {
    private static let now = SampleHost.nowNs

    /// What changes about a worker that is ready, and whether it still is.
    private static let rows: [(String, @Sendable (inout WorkerSnapshot) -> Void, isReady: Bool)] = [
        ("nothing", { _ in }, true),
        ("it has no partition", { $0.partitions = [] }, true),
        ("it is far behind", { $0.lag = 1_000_000_000 }, true),
        ("the newest epoch is rejected", { $0.rejected = .init(epoch: 4, reason: "no") }, true),
        (
            "a newer epoch is loading",
            {
                $0.wantedEpoch = 4
                $0.isWantedLoaded = false
            }, true
        ),
        (
            "it serves its last good deployment, for the registry is out of reach",
            {
                $0.isWantedLoaded = false
                $0.retrying = "the registry cannot be reached"
            }, true
        ),
        ("no broker answers", { $0.hasBrokers = false }, false),
        ("the control topic is not read", { $0.isControlRead = false }, false),
        ("nothing is served", { $0.serving = nil }, false),
        ("it has not joined", { $0.assignments = 0 }, false),
        ("it waits", { $0.phase = .waiting }, false),
        ("it starts", { $0.phase = .starting }, false),
        ("it stops", { $0.phase = .stopping }, false),
        ("it holds at the bound of dead letters", { $0.held = "too many" }, false),
    ]

    @Test("a worker is ready by what it read, joined and serves, and by nothing else")
    func worker() {
        for (words, change, isReady) in Self.rows {
            let slot = SampleHost.slot(SampleHost.report(change))
            #expect(slot.report != nil)
            let obstacle = Readiness.obstacle(of: slot, nowNs: Self.now)
            #expect((obstacle == nil) == isReady, "\(words): \(obstacle ?? "ready")")
        }
    }

    @Test("why a wanted deployment is not served is told in the worker's words, and bounded")
    func unserved() {
        func obstacle(_ change: @escaping @Sendable (inout WorkerSnapshot) -> Void) -> String? {
            let report = SampleHost.report { snapshot in
                snapshot.serving = nil
                snapshot.phase = .waiting
                snapshot.isWantedLoaded = false
                snapshot.wantedEpoch = 4
                change(&snapshot)
            }
            return Readiness.obstacle(of: SampleHost.slot(report), nowNs: Self.now)
        }
        #expect(
            obstacle { $0.wantedEpoch = nil } == "there is no deployment that it may serve")
        #expect(obstacle { _ in } == "epoch 4 is being loaded")
        #expect(
            obstacle { $0.loadFault = "fetching artifact a: refused" }
                == "epoch 4 cannot be loaded yet: fetching artifact a: refused")
        #expect(
            obstacle { $0.rejected = .init(epoch: 5, reason: "no signature") }
                == "epoch 5 is rejected: no signature")
        let long = obstacle { $0.loadFault = String(repeating: "x", count: 100_000) }
        #expect(long?.count == 500)
    }

    @Test("a worker that does not run, or has not reported for 10 s, is not ready")
    func process() throws {
        let report = try #require(SampleHost.report())
        var slot = SampleHost.slot(report)
        slot.process = .due
        #expect(Readiness.obstacle(of: slot, nowNs: Self.now) != nil)
        slot = SampleHost.slot(nil)
        #expect(Readiness.obstacle(of: slot, nowNs: Self.now) != nil)
        slot = SampleHost.slot(report)
        #expect(Readiness.obstacle(of: slot, nowNs: Self.now + SlotState.freshNs) == nil)
        #expect(Readiness.obstacle(of: slot, nowNs: Self.now + SlotState.freshNs + 1) != nil)
    }

    @Test("a host is ready when each of its slots is; one that has left is none of them")
    func host() throws {
        let report = try #require(SampleHost.report())
        var host = SampleHost.host([SampleHost.slot(0, report), SampleHost.slot(1, nil)])
        let lines = Readiness.obstacles(of: host, nowNs: Self.now)
        #expect(lines == ["slot 1: its worker has not reported yet"])
        host.slots[1].process = .ended
        #expect(Readiness.obstacles(of: host, nowNs: Self.now).isEmpty)
        host.isStopping = true
        #expect(Readiness.obstacles(of: host, nowNs: Self.now) == ["the service is stopping"])
    }

    @Test("a host lives as long as its supervisor's loop turns")
    func alive() {
        var host = SampleHost.host([])
        host.turnedAtNs = Self.now
        #expect(Readiness.isAlive(host, nowNs: Self.now + 15_000_000_000))
        #expect(!Readiness.isAlive(host, nowNs: Self.now + 15_000_000_001))
        #expect(Readiness.isAlive(host, nowNs: Self.now - 1))
    }
}
