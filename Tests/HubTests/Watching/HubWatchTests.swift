import Fleet
import Lifecycle
import Operations
import Platform
import Registry
import TestSupport
import Testing

@testable import Hub

/// One follower of the status topic for all who look, over a real socket.
@Suite("the hub's watch over the fleet", .blocking)
struct HubWatchTests {
    private func slot(_ number: Int) -> StatusRecord {
        var record = Heard.record(number, of: 2, epoch: 1, group: "edge")
        record.serving?.stable = 1
        record.sentAtMs = WallClock.nowMs
        return record
    }

    @Test("API, page and events tell what was heard, and nobody asks the brokers anew")
    func heard() throws {
        let scene = try PageScene()
        scene.brokers.say { [slot(0), slot(1)] }
        let events = try EventListener(scene)
        #expect(events.wait(for: "\"group\":\"edge\""))
        // A slot that was not heard for a while, on a busy machine, is heard again.
        while try !scene.ask("GET", "/fleet").body.contains("2 of 2") {}
        #expect(try scene.ask("GET", "/fleet").body.contains("edge"))
        let answer = try scene.ask("GET", "/v1/fleet?model=http-anomaly").body
        #expect(answer.contains("\"edge\""))
        let unknown = try scene.ask("GET", "/v1/fleet?model=none")
        #expect(unknown.status == 404 && unknown.body.contains("\"model-not-found\""))
        #expect(try scene.ask("GET", "/fleet/none").status == 404)
        for _ in 0..<8 { _ = try scene.ask("GET", "/v1/fleet") }
        // The watch has, and the loop of the rollouts may have.
        let feeds = scene.brokers.feeds
        #expect(feeds.contains("hub-watch") && feeds.isSubset(of: ["hub-watch", "hub-rollouts"]))
    }

    @Test("behind a change that waited for the fleet, nobody is told what was before")
    func behindWait() throws {
        let scene = try PageScene()
        let (registry, model) = (scene.registry, try ModelName(scene.model))
        // Slots that serve at once what the registry has.
        scene.brokers.say {
            let deployment = try? registry.deployment(of: model)
            return [0, 1].map { number in
                var record = Heard.record(
                    number, of: 2, epoch: deployment?.epoch ?? 1, group: "edge")
                record.serving?.stable = deployment?.stable.version ?? 1
                record.sentAtMs = WallClock.nowMs
                return record
            }
        }
        let events = try EventListener(scene)
        #expect(events.wait(for: "\"group\":\"edge\""))
        for (epoch, version) in [(2, 2), (3, 3), (4, 1), (5, 2), (6, 3)] {
            let change = try scene.ask(
                "POST", "/v1/models/\(model)/deployment",
                json: """
                    {"change": {"kind": "promote", "version": \(version)}, "is_forced": true, \
                    "waiting": {"timeout_ms": 60000}}
                    """)
            let done = try JSONValue(parsing: change.body.utf8, act: "reading an answer")
            try #require(done["convergence"]?["verdict"] != nil, "\(change)")
            let answer = try scene.ask("GET", "/v1/fleet?model=\(model)").body
            let fleet = try JSONValue(parsing: answer.utf8, act: "reading an answer")
            #expect(!answer.contains("\"epoch\":\(epoch - 1),"), "\(answer)")
            #expect(fleet.text.contains("\"epoch\":\(epoch)"), "\(answer)")
        }
    }

    /// A registry whose file cannot be read, as on a full disk.
    private struct ClosedDoor: RegistryDoor {
        func readable() throws(SwerveError) -> Registry {
            throw SwerveError(.system, act: "opening the registry", reason: "the disk is full")
        }

        func writable(create: Bool) throws(SwerveError) -> Registry { try readable() }
    }

    @Test("a registry that cannot be read is told as that, and the fleet is heard on")
    func unreadable() throws {
        let scene = try PageScene()
        scene.brokers.say { [slot(0), slot(1)] }
        let brokers = scene.brokers
        let watch = try HubWatch(ClosedDoor(), brokers: { () throws(SwerveError) in brokers })
        let arrived = try EventFD()
        watch.onChange { arrived.signal() }
        watch.start()
        defer { watch.stop() }
        while watch.now.snapshot == nil {
            _ = try Poll.waitForAny([arrived.descriptor], timeoutMs: nil)
            arrived.drain()
        }
        let now = watch.now
        let model = try ModelName(scene.model)
        #expect(now.fault == nil && now.report(of: model) != nil)
        let words = try #require(now.faultWords(nowMs: WallClock.nowMs))
        #expect(words.contains("registry") && words.contains("the disk is full"), "\(words)")
        #expect(!words.contains("was heard"), "\(words)")
        // So what webhooks are told of the fleet goes on.
        #expect(try WatchedFleet(watch).look() != nil)
    }

    @Test("while no broker answers, what was heard last is shown, and that it is old")
    func outage() throws {
        let scene = try PageScene()
        scene.brokers.say { [slot(0), slot(1)] }
        let events = try EventListener(scene)
        #expect(events.wait(for: "\"group\":\"edge\""))
        scene.brokers.isAway = true
        #expect(events.wait(for: "event: fleet-fault\ndata: {\"fault\":\"asking the brokers"))
        for path in ["/", "/fleet"] {
            let page = try scene.ask("GET", path).body
            #expect(page.contains("What is shown was heard"), "\(path)")
            #expect(page.contains("none answers"), "\(path)")
        }
        #expect(try scene.ask("GET", "/fleet").body.contains(" of 2"))
        #expect(try scene.ask("GET", "/fleet/http-anomaly").body.contains("edge"))
        let status = try scene.ask("GET", "/v1/fleet?model=http-anomaly")
        #expect(status.status == 200 && status.body.contains("What is shown was heard"))
        // At the beginning nothing had been read, which ended likewise.
        events.text = ""
        scene.brokers.isAway = false
        #expect(events.wait(for: "event: fleet-fault\ndata: {\"fault\":null}"))
        #expect(!(try scene.ask("GET", "/fleet").body.contains("What is shown was heard")))
    }
}
