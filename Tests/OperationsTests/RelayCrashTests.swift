import Foundation
import Lifecycle
import Platform
import Registry
import TestSupport
import Testing

@testable import Operations

@Suite("announcing, interrupted", .blocking)
struct RelayCrashTests {
    @Test(
        "an end at any step loses nothing: the next drain finishes it",
        arguments: [
            (.reading, .published), (.publishing, .published), (.acknowledging, .alreadyThere),
            (.readingBack, .alreadyThere),
        ] as [(FakeControlTopic.Fault, Publication.Outcome)])
    func interrupted(fault: FakeControlTopic.Fault, after: Publication.Outcome) throws {
        let fixture = try ControlFixture()
        fixture.topic.fail(at: fault)
        #expect {
            try fixture.promoter.change(
                ChangeOrder(
                    .change(.promote(2)), of: fixture.model, note: ControlFixture.note, freshSalt: 1
                )
            ).check()
        } throws: { error in
            code(error) == .unavailable
                && "\(error)".contains("committed in the registry, but not announced")
        }
        let pending = try #require(try fixture.registry.pendingPublications().first)
        fixture.topic.fail(at: nil)
        // Another process goes on, with nothing but the file.
        let registry = try Registry.open(
            path: fixture.path, access: .readWrite(create: false))
        let relay = OutboxRelay(registry: registry, topic: fixture.topic)
        #expect(try relay.drain().map(\.outcome) == [after])
        #expect(fixture.topic[fixture.model.description] == pending.record)
        #expect(try registry.pendingPublications().isEmpty)
    }

    @Test("a record that reads back otherwise is not taken for announced")
    func readBackDiffers() throws {
        let fixture = try ControlFixture()
        fixture.topic.fail(at: .overwriting(fixture.record(registry: "other", epoch: 8)))
        try fixture.change(.promote(1))
        let error = try #require(try fixture.relay.drain().first?.error)
        #expect(error.reason.contains("reads back otherwise"))
        #expect(try fixture.registry.pendingPublications().count == 1)
    }

    @Test("while another process drains, the lock is waited for, then named")
    func locked() throws {
        let fixture = try ControlFixture()
        try fixture.change(.promote(1))
        let lock = try FileLock.acquire(
            fixture.registry.path + ".outbox.lock", waiting: .zero)
        #expect {
            try fixture.relay.drain()
        } throws: { code($0) == .unavailable && "\($0)".contains("held by") }
        #expect(fixture.topic.published.isEmpty)
        lock.release()
        #expect(try fixture.relay.drain().map(\.outcome) == [.published])
    }

    @Test("of promoters at once each is announced or overtaken; the topic ends at the last epoch")
    func concurrent() async throws {
        let fixture = try ControlFixture(versions: 0)
        let writers = 4
        let rounds = 10
        for number in 0...(writers * rounds) {
            try fixture.register("model \(number)", as: fixture.model)
        }
        try fixture.change(.promote(1))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                group.addTask {
                    let registry = try Registry.open(
                        path: fixture.path, access: .readWrite(create: false))
                    let relay = OutboxRelay(registry: registry, topic: fixture.topic)
                    let promoter = Promoter(registry: registry, relay: relay)
                    for round in 0..<rounds {
                        try promoter.change(
                            ChangeOrder(
                                .change(.promote(2 + writer * rounds + round)), of: fixture.model,
                                note: ControlFixture.note)
                        ).check()
                    }
                }
            }
            try await group.waitForAll()
        }
        let last = try #require(try fixture.registry.deployment(of: fixture.model))
        #expect(last.epoch == Int64(writers * rounds + 1))
        #expect(try fixture.announced()?.deployment == last)
        #expect(try fixture.registry.pendingPublications().isEmpty)
    }
}
