import Foundation
import Judge
import Lifecycle
import Platform
import Registry

@testable import Operations

/// A request or a result that comes back from JSON as it was.
struct TravellingExample: Sendable {
    let testDescription: String
    let isSame: @Sendable () throws -> Bool

    init<Value: Codable & Sendable & Equatable>(_ value: Value) {
        testDescription = "\(Value.self)"
        isSame = {
            // As the hub sends and reads it, and by any other coder.
            let document = try JSONValueEncoder.encode(value)
            let read = try JSONValue(parsing: document.bytes, act: "reading", depth: 64)
            let again = try JSONValueDecoder.decode(Value.self, from: read, act: "reading")
            guard again == value else { return false }
            let json = try JSONEncoder().encode(value)
            return try JSONDecoder().decode(Value.self, from: json) == value
        }
    }

}

/// One of every request that changes something, and of its result; the registry has three versions
/// and the second is live.
struct ChangingExamples {
    private let fixture: ControlFixture
    private let backend: FileBackend
    private var model: ModelName { fixture.model }

    init(_ fixture: ControlFixture, _ backend: FileBackend) {
        self.fixture = fixture
        self.backend = backend
    }

    func all() throws -> [TravellingExample] {
        try ofVersions() + ofKeys() + ofTokens() + ofDeployments() + ofRollouts() + ofWebhooks()
    }

    private func ofVersions() throws -> [TravellingExample] {
        let first = VersionSelector(model: model, choice: .number(1))
        let annotation = Annotation(
            note: "n", tags: ["a": "b"], metrics: ["c": 0.1], removedTags: ["d"],
            removedMetrics: ["e"])
        let annotate = AnnotateRequest(version: first, annotation: annotation)
        let archive = ArchiveRequest(version: first, isUndone: true, reason: "r")
        let alias = try AliasName("nightly")
        let (set, removal) = (
            SetAliasRequest(alias: alias, version: first),
            RemoveAliasRequest(alias: alias, model: model)
        )
        let collect = CollectRequest(model: model, isDeleting: false)
        let register = RegisterRequest(
            try RegisterRequestTests.registration(
                in: fixture.folder, as: try ModelName("other")))
        return [
            TravellingExample(register), TravellingExample(try backend.register(register)),
            TravellingExample(annotate), TravellingExample(archive),
            TravellingExample(try backend.archive(archive)),
            TravellingExample(set), TravellingExample(try backend.setAlias(set)),
            TravellingExample(try backend.setAlias(set)),
            TravellingExample(removal), TravellingExample(try backend.removeAlias(removal)),
            TravellingExample(collect), TravellingExample(try backend.collect(collect)),
        ]
    }

    private func ofKeys() throws -> [TravellingExample] {
        let key = try SigningKey.generate(ModelName("builder"))
        let add = AddKeyRequest(
            name: key.name, publicKey: key.publicKey, roles: [.register, .promote])
        let added = try backend.addKey(add)
        let reference = VersionReference(model: model, version: 1)
        let digest = try fixture.registry.version(reference).digest
        let message = SignedMessage.artifact(model: model, digest: digest)
        let sign = SignRequest(
            version: reference, signature: try key.signer.signature(over: message))
        let signed = try backend.sign(sign)
        let revoke = RevokeKeyRequest(name: key.name, reason: "r")
        return [
            TravellingExample(add), TravellingExample(added), TravellingExample(sign),
            TravellingExample(signed), TravellingExample(revoke),
            TravellingExample(try backend.revokeKey(revoke)),
        ]
    }

    private func ofTokens() throws -> [TravellingExample] {
        let create = CreateTokenRequest(
            name: try ModelName("ci"), role: .promoter, models: try ModelPattern("http-*,login"),
            lifetime: try TokenLifetime("12h"))
        let revoke = RevokeTokenRequest(name: create.name, reason: "r")
        return [
            TravellingExample(create), TravellingExample(try backend.createToken(create)),
            TravellingExample(TokensRequest()),
            TravellingExample(try backend.tokens(TokensRequest())),
            TravellingExample(revoke), TravellingExample(try backend.revokeToken(revoke)),
        ]
    }

    private func ofWebhooks() throws -> [TravellingExample] {
        let add = AddWebhookRequest(
            url: "https://example.com/hook", events: [.promoted, .rejected], models: "m*",
            allowsPrivate: true)
        let added = try backend.addWebhook(add)
        let id = added.webhook.id
        let rotate = RotateWebhookRequest(id: id, keepingMs: 5, reason: "r")
        let rotated = try backend.rotateWebhook(rotate)
        let tested = try backend.testWebhook(TestWebhookRequest(id: id))
        let again = RedeliverRequest(id: tested.delivery.id)
        let listed = DeliveriesRequest(webhook: id, limit: 7)
        let shown = WebhookRequest(id: id, limit: 7)
        let (redelivered, deliveries) = (
            try backend.redeliver(again), try backend.deliveries(listed)
        )
        let remove = RemoveWebhookRequest(id: id, reason: "r")
        let enable = EnableWebhookRequest(id: id, reason: "r")
        return [
            TravellingExample(enable),
            TravellingExample(EnableWebhookResult(webhook: added.webhook)),
            TravellingExample(add), TravellingExample(added), TravellingExample(rotate),
            TravellingExample(rotated), TravellingExample(TestWebhookRequest(id: id)),
            TravellingExample(tested), TravellingExample(again), TravellingExample(redelivered),
            TravellingExample(listed), TravellingExample(deliveries), TravellingExample(shown),
            TravellingExample(try backend.webhook(shown)), TravellingExample(WebhooksRequest()),
            TravellingExample(try backend.webhooks(WebhooksRequest())),
            TravellingExample(remove), TravellingExample(try backend.removeWebhook(remove)),
        ]
    }

    private func ofRollouts() throws -> [TravellingExample] {
        let scene = try RolloutScene()
        let brokers = scene.brokers
        let backend = FileBackend(
            registry: scene.fixture.path, brokers: { brokers }, for: Caller(author: "ada"))
        let start = RolloutStartRequest(
            model: scene.model, version: .number(2), plan: RolloutScene.plan(), planName: "p",
            reason: "r", holdsMs: 60_000)
        let word = RolloutWordRequest(model: scene.model, word: .pause, reason: "r")
        let started = try backend.startRollout(start)
        let paused = try backend.sayToRollout(word)
        let request = RolloutRequest(model: scene.model)
        return [
            TravellingExample(start), TravellingExample(started), TravellingExample(word),
            TravellingExample(paused), TravellingExample(request),
            TravellingExample(RolloutSignRequest(model: scene.model, holdsMs: 1, reason: "r")),
            TravellingExample(try backend.rollout(request)),
        ]
    }

    private func ofDeployments() throws -> [TravellingExample] {
        let terms = ChangeTerms()
        let change = ChangeRequest(model: model, change: .rollback, terms: terms)
        let settings = SettingsChangeRequest(
            model: model, version: .number(1), settings: VersionSettings(threshold: 0.5),
            isReset: true, removedLabels: ["a"], terms: terms)
        let republish = RepublishRequest(model: model, reason: "r")
        var trial = change
        trial.terms.trial = ChangeTrial(key: "ada")
        var looked = change
        looked.terms.trial = ChangeTrial()
        looked.terms.announcing = .later
        let outlook = try backend.change(looked)
        let changed = try backend.change(change)
        let again = try backend.republish(republish)
        fixture.topic[model.description] = fixture.record(registry: "other", epoch: 41)
        let adopt = AdoptRequest(model: model, reason: "r", isForced: false, above: 7)
        return [
            TravellingExample(trial), TravellingExample(outlook),
            TravellingExample(change), TravellingExample(changed), TravellingExample(settings),
            TravellingExample(SettingsRequest(model: model, version: nil)),
            TravellingExample(
                SettingsResult(
                    model: model, version: 1, epoch: 2, settings: VersionSettings(threshold: 0.5),
                    threshold: 0.5, labels: ["a", "b"], positive: "a", labelRule: .votes)),
            TravellingExample(republish), TravellingExample(again),
            TravellingExample(adopt), TravellingExample(try backend.adopt(adopt)),
        ]
    }
}
