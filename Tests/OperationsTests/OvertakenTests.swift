import Lifecycle
import Platform
import Registry
import TestSupport
import Testing

@testable import Operations

/// A process that announces and is stopped between its look and its writing, while others go on.
@Suite("announcing, overtaken", .blocking)
struct OvertakenTests {
    private let fixture: ControlFixture
    private let stopped: FakeAnnouncer
    private let other: FakeAnnouncer

    init() throws {
        fixture = try ControlFixture()
        stopped = FakeAnnouncer(fixture.topic)
        other = FakeAnnouncer(fixture.topic)
    }

    /// Waits for the lock as briefly as it can.
    private func relay(_ announcer: FakeAnnouncer) -> OutboxRelay {
        OutboxRelay(registry: fixture.registry, topic: announcer, lockWait: .milliseconds(1)) {
            1_700_000_000_000
        }
    }

    @Test("an older epoch is not put behind a newer one: the outbox is read again, and is empty")
    func older() throws {
        try fixture.change(.promote(1))
        var told = 0
        stopped.beforeWriting = {
            stopped.beforeWriting = {}
            try fixture.change(.promote(2))
            // The lock is with the one that is stopped.
            #expect(try relay(other).drain().map(\.outcome) == [.published])
            told += 1
        }
        #expect(try relay(stopped).drain().isEmpty)
        #expect(told == 1)
        #expect(fixture.topic.published == ["http-anomaly"])
        #expect(try fixture.announced()?.deployment.epoch == 2)
        #expect(try fixture.registry.pendingPublications().isEmpty)
    }

    @Test("what is still to be announced is decided anew, upon what the other one wrote")
    func anew() throws {
        try fixture.change(.promote(1))
        stopped.beforeWriting = {
            stopped.beforeWriting = {}
            _ = try relay(other).drain()
            try fixture.change(.promote(2))
        }
        #expect(try relay(stopped).drain().map(\.outcome) == [.published])
        #expect(try fixture.announced()?.deployment.epoch == 2)
        #expect(stopped.claims == 2)
    }

    @Test("a copy of the registry that announced meanwhile is not written over")
    func copy() throws {
        try fixture.change(.promote(1))
        _ = try fixture.relay.drain()
        let path = fixture.folder.path("copy.db")
        _ = try fixture.registry.backup(to: path, isForced: false)
        let copy = try Registry.open(path: path, access: .readWrite(create: false))
        try fixture.change(.promote(2))
        stopped.beforeWriting = {
            stopped.beforeWriting = {}
            _ = try copy.change(
                ChangeOrder(
                    .change(.promote(3)), of: fixture.model, note: ControlFixture.note,
                    freshSalt: 7))
            let done = try OutboxRelay(registry: copy, topic: other) { 1_700_000_000_000 }.drain()
            #expect(done.map(\.outcome) == [.published])
        }
        let error = try #require(try relay(stopped).drain().first?.error)
        #expect(error.problem?.kind == .topicSpokenFor)
        #expect(try fixture.announced()?.deployment.stable.version == 3)
    }

    @Test("the right is taken before the change, unless somebody announces at that moment")
    func prepared() throws {
        try relay(stopped).prepare()
        #expect(stopped.claims == 1)
        try fixture.change(.promote(1))
        stopped.beforeWriting = { try relay(other).prepare() }
        #expect(try relay(stopped).drain().map(\.outcome) == [.published])
        #expect(stopped.claims == 1 && other.claims == 0)
    }

    @Test("who is overtaken again and again leaves it to the other one, and says so")
    func givesUp() throws {
        try fixture.change(.promote(1))
        stopped.beforeWriting = {
            try FakeAnnouncer(fixture.topic).claim(for: "another process")
        }
        let error = try #require(throws: SwerveError.self) { try relay(stopped).drain() }
        #expect(error.isRetryable && error.reason.contains("another process announces"))
        #expect(stopped.claims == 3)
        #expect(fixture.topic.published.isEmpty)
        #expect(try fixture.registry.pendingPublications().count == 1)
    }
}
