import Lifecycle
import Registry
import Testing

@testable import Operations

/// Changes of a model for which the control topic has another's word.
@Suite("a change held against the control topic before it is made")
struct AnotherSpeakerTests {
    private let fixture: ControlFixture
    private let brokers: FakeBrokers

    init() throws {
        fixture = try ControlFixture()
        brokers = FakeBrokers(fixture.topic)
    }

    private var backend: FileBackend {
        let brokers = brokers
        return FileBackend(
            registry: fixture.path, brokers: { brokers }, signing: { _ in nil },
            for: Caller(author: "ada", hear: HeardEvents().hear))
    }

    private func promote(
        _ version: Int, _ announcing: ChangeTerms.Announcing = .now
    ) throws -> ChangeResult {
        var terms = ChangeTerms()
        terms.announcing = announcing
        return try backend.change(
            ChangeRequest(
                model: fixture.model, change: .promote(.number(version)), terms: terms))
    }

    @Test("a registry that does not speak for the model changes nothing, but offline")
    func anotherSpeaks() throws {
        let topic = fixture.topic
        let name = fixture.model.description
        func refused(_ words: String) throws {
            let before = try fixture.registry.deployment(of: fixture.model)
            let head = try fixture.registry.auditHead()
            let error = try #require(throws: SwerveError.self) { try promote(2) }
            #expect(error.code == .refused && error.reason.contains(words), "\(error)")
            #expect(error.reason.contains("nothing was changed"), "\(error)")
            #expect(
                error.problem
                    == Problem(.registryNotSpeaking, [.model: name, .path: fixture.path]))
            #expect(try fixture.registry.deployment(of: fixture.model) == before)
            #expect(try fixture.registry.auditHead() == head)
        }
        // Before its first promotion, of a model that another registry speaks for.
        topic[name] = fixture.record(registry: "other", epoch: 7)
        try refused("registry other's, at epoch 7")
        topic[name] = nil
        #expect(try promote(1).isAnnounced)
        let own = topic[name]
        topic[name] = fixture.record(registry: "other", epoch: 7)
        try refused("registry other's, at epoch 7")
        // A stale copy: by its next epoch, and by more.
        topic[name] = fixture.record(epoch: 2)
        try refused("epoch 2 of this registry with another content")
        topic[name] = fixture.record(epoch: 7)
        try refused("epoch 7 of this registry already")
        // What is so already is announced, or not, as ever.
        #expect(try promote(1).fault?.problem?.kind == .topicSpokenFor)
        #expect(try promote(2, .later).deployment.epoch == 2)
        topic[name] = own
        #expect(try promote(3).isAnnounced)
    }

    @Test("an adoption that is still to be announced holds for the next change")
    func adoptionPending() throws {
        #expect(try promote(1).isAnnounced)
        fixture.topic[fixture.model.description] = fixture.record(registry: "other", epoch: 7)
        fixture.topic.fail(at: .publishing)
        _ = try backend.adopt(AdoptRequest(model: fixture.model, reason: "", isForced: false))
        fixture.topic.fail(at: nil)
        #expect(try promote(2).isAnnounced)
    }
}
