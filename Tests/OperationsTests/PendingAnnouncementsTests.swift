import Lifecycle
import Platform
import Registry
import Testing

@testable import Operations

@Suite("what an earlier command could not announce")
struct PendingAnnouncementsTests {
    private let fixture: ControlFixture

    init() throws { fixture = try ControlFixture() }

    private func announce(
        _ relay: () throws(SwerveError) -> OutboxRelay?
    ) -> PendingAnnouncements? {
        PendingAnnouncements.announce(in: fixture.registry, through: relay)
    }

    private func told(_ entries: [PendingAnnouncements.Entry]?) -> [String] {
        entries?.map(\.description) ?? []
    }

    @Test("nothing pending: nobody asks for brokers, and there is nothing to tell")
    func nothing() throws {
        try fixture.change(.promote(1))
        _ = try fixture.relay.drain()
        let found = announce { () throws(SwerveError) -> OutboxRelay? in
            Issue.record("brokers were asked for")
            return nil
        }
        #expect(found == nil)
    }

    @Test("it is announced by whoever writes next")
    func announced() throws {
        try fixture.change(.promote(1))
        try fixture.change(.promote(2))
        let found = announce { () -> OutboxRelay? in fixture.relay }
        #expect(told(found?.announced) == ["http-anomaly epoch 2"])
        #expect(found?.remaining == [] && found?.obstacle == nil)
        #expect(try fixture.announced()?.deployment.epoch == 2)
        #expect(try fixture.registry.pendingPublications().isEmpty)
    }

    @Test("no brokers named, and none that answer: what is committed stays so, and is told")
    func outOfReach() throws {
        try fixture.change(.promote(1))
        let unnamed = announce { () -> OutboxRelay? in nil }
        #expect(told(unnamed?.remaining) == ["http-anomaly epoch 1"])
        #expect(unnamed?.announced == [] && unnamed?.obstacle == .noBrokersNamed)
        let absent = announce { () throws(SwerveError) -> OutboxRelay? in
            throw FakeControlTopic.outOfReach
        }
        #expect(absent?.obstacle == .fault(FakeControlTopic.outOfReach))
        #expect(told(absent?.remaining) == ["http-anomaly epoch 1"])
        fixture.topic.fail(at: .publishing)
        let lost = announce { () -> OutboxRelay? in fixture.relay }
        #expect(lost?.obstacle == .fault(FakeControlTopic.outOfReach))
        #expect(told(lost?.remaining) == ["http-anomaly epoch 1"])
        #expect(try fixture.registry.pendingPublications().count == 1)
    }

    @Test("one that is refused keeps no other back")
    func refused() throws {
        let other = try ModelName("other")
        try fixture.register("other", as: other)
        try fixture.change(.promote(1))
        try fixture.change(.promote(1), of: other)
        fixture.topic[fixture.model.description] = fixture.record(registry: "other", epoch: 5)
        let found = announce { () -> OutboxRelay? in fixture.relay }
        #expect(told(found?.announced) == ["other epoch 1"])
        #expect(told(found?.remaining) == ["http-anomaly epoch 1"])
        guard case .fault(let error)? = found?.obstacle else {
            Issue.record("\(String(describing: found?.obstacle))")
            return
        }
        #expect(error.code == .refused)
    }

    @Test("another process that announces at the moment is told, and is no failure")
    func locked() throws {
        try fixture.change(.promote(1))
        let lock = try FileLock.acquire(fixture.registry.path + ".outbox.lock", waiting: .zero)
        defer { lock.release() }
        let found = announce { () -> OutboxRelay? in fixture.relay }
        guard case .fault(let error)? = found?.obstacle else {
            Issue.record("\(String(describing: found?.obstacle))")
            return
        }
        #expect(error.code == .unavailable && told(found?.remaining).count == 1)
    }
}
