package import Lifecycle

/// What webhooks tell of; the raw values never get another meaning.
package enum WebhookEventKind: String, Sendable, CaseIterable, Codable {
    case registered = "version.registered"
    case promoted = "deployment.promoted"
    case canaryStarted = "deployment.canary_started"
    case shadowStarted = "deployment.shadow_started"
    /// The candidate gets another share, or another mode.
    case candidateChanged = "deployment.candidate_changed"
    case completed = "deployment.completed"
    case aborted = "deployment.aborted"
    case rolledBack = "deployment.rolled_back"
    case settingsChanged = "deployment.settings_changed"
    /// The control topic's record of another registry was taken over.
    case adopted = "deployment.adopted"
    /// The verdicts of a rollout.
    case passed = "rollout.passed"
    case failed = "rollout.failed"
    case held = "rollout.held"
    /// Workers refuse the deployed epoch for good.
    case rejected = "worker.rejected"
    /// Live slots of a model serve several epochs, for longer than a change takes.
    case split = "fleet.split"
    case auditFinding = "audit.finding"
    /// Asked for by somebody who tries a webhook out.
    case test = "webhook.test"

    /// All of them, for errors.
    package static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

/// Somebody who is told what happens, by HTTP.
package struct Webhook: Sendable, Equatable, Codable {
    package let id: Int64
    package let url: String
    /// None are all.
    package let events: [WebhookEventKind]
    /// Names of models, with `*` for any letters.
    package let models: String
    /// Whether addresses of private networks, and plain HTTP, are good.
    package let allowsPrivate: Bool
    /// Wall clock, ISO 8601 UTC.
    package let addedAt: String
    package let addedBy: String
    /// When the receiver said that it wants no more (410); nil while it does.
    package let endedAt: String?
    /// Those that sign, newest first.
    package let secrets: [Secret]

    /// What may be known of a secret.
    package struct Secret: Sendable, Equatable, Codable {
        /// The first digits of its hash: whether two people speak of the same one.
        package let fingerprint: String
        package let madeAt: String
        /// Until when it signs beside a newer one, ISO 8601 UTC; nil for the newest.
        package let endsAt: String?
    }
}

/// A webhook that is to be.
package struct NewWebhook: Sendable, Equatable, Codable {
    package let url: String
    package let events: [WebhookEventKind]
    package let models: String
    package let allowsPrivate: Bool

    package init(
        url: String, events: [WebhookEventKind] = [], models: String = "*",
        allowsPrivate: Bool = false
    ) {
        self.url = url
        self.events = events
        self.models = models
        self.allowsPrivate = allowsPrivate
    }
}

/// An event on its way to one receiver.
package struct WebhookDelivery: Sendable, Equatable, Codable {
    package enum State: String, Sendable, Codable, CaseIterable {
        case waiting, delivered
        /// Tried for a day.
        case givenUp = "given-up"
        /// The webhook was removed, or its receiver wants no more.
        case dropped
    }

    /// One time that it was tried.
    package struct Attempt: Sendable, Equatable, Codable {
        /// Wall clock, ISO 8601 UTC.
        package let at: String
        package let tookMs: Int64
        /// Of HTTP; nil where there was no answer.
        package let status: Int?
        /// What went wrong; empty where nothing did.
        package let words: String
    }

    package let id: Int64
    package let webhook: Int64
    /// The webhook-id.
    package let message: String
    /// Nil for an event of no model.
    package let model: ModelName?
    /// Of the model's events.
    package let sequence: Int64
    package let kind: String
    /// When it happened, ISO 8601 UTC.
    package let at: String
    package let state: State
    package let attempts: Int
    /// When it is tried again, ISO 8601 UTC; nil where it is not, or was never tried.
    package let nextAt: String?
    /// Nil before the first.
    package let last: Attempt?
}

/// One that is to be tried now.
package struct DueDelivery: Sendable, Equatable {
    package let id: Int64
    package let webhook: Int64
    package let url: String
    package let allowsPrivate: Bool
    package let message: String
    /// The exact bytes.
    package let body: String
    /// How often it was tried before.
    package let attempts: Int

    /// What is not due, since enough is under way.
    package struct Busy: Sendable {
        package var deliveries: [Int64] = []
        /// Webhooks that get no more.
        package var full: [Int64] = []
        /// Webhooks that get only what was never tried.
        package var failing: [Int64] = []

        package init() {}
    }

    package init(
        id: Int64, webhook: Int64, url: String, allowsPrivate: Bool, message: String, body: String,
        attempts: Int
    ) {
        self.id = id
        self.webhook = webhook
        self.url = url
        self.allowsPrivate = allowsPrivate
        self.message = message
        self.body = body
        self.attempts = attempts
    }
}

/// What became of an attempt.
package struct WebhookOutcome: Sendable, Equatable {
    package enum Verdict: Sendable, Equatable {
        case delivered
        /// At that time again, in milliseconds since 1970.
        case again(atMs: Int64)
        case givenUp
        /// The receiver wants no more, of anything.
        case unwanted
    }

    package let verdict: Verdict
    package let atMs: Int64
    package let tookMs: Int64
    package let status: Int?
    package let words: String

    package init(
        _ verdict: Verdict, atMs: Int64, tookMs: Int64, status: Int?, words: String
    ) {
        self.verdict = verdict
        self.atMs = atMs
        self.tookMs = tookMs
        self.status = status
        self.words = words
    }
}

/// Something that holds for a while, as those who watch see it: told once.
package struct WebhookCondition: Sendable, Equatable {
    package let kind: WebhookEventKind
    /// Nil for what concerns no model.
    package let model: ModelName?
    /// Which occurrence: another one is told anew.
    package let occurrence: String
    package let data: [String: JSONValue]

    package init(
        _ kind: WebhookEventKind, of model: ModelName?, occurrence: String,
        _ data: [String: JSONValue]
    ) {
        self.kind = kind
        self.model = model
        self.occurrence = occurrence
        self.data = data
    }
}
