package import Registry

/// A webhook for the registry.
package struct AddWebhookRequest: Codable, Sendable, Equatable {
    package let url: String
    /// None are all.
    package let events: [WebhookEventKind]
    /// Names of models, with `*` for any letters.
    package let models: String
    /// Whether addresses of private networks, and plain HTTP, are good.
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

/// A webhook with its newest secret, which is told this once.
package struct WebhookSecretResult: Codable, Sendable, Equatable {
    package let webhook: Webhook
    /// `whsec_…`, as receivers of the Standard Webhooks form take it.
    package let secret: String
}

/// The end of a webhook.
package struct RemoveWebhookRequest: Codable, Sendable, Equatable {
    package let id: Int64
    package let reason: String

    package init(id: Int64, reason: String = "") {
        self.id = id
        self.reason = reason
    }
}

package struct RemoveWebhookResult: Codable, Sendable, Equatable {
    package let id: Int64
}

/// A webhook whose receiver had said that it wants no more, to be told again.
package struct EnableWebhookRequest: Codable, Sendable, Equatable {
    package let id: Int64
    package let reason: String

    package init(id: Int64, reason: String = "") {
        self.id = id
        self.reason = reason
    }
}

package struct EnableWebhookResult: Codable, Sendable, Equatable {
    package let webhook: Webhook
}

/// Another secret for a webhook.
package struct RotateWebhookRequest: Codable, Sendable, Equatable {
    package let id: Int64
    /// For how long the present one signs as well, in milliseconds.
    package let keepingMs: Int64
    package let reason: String

    package init(id: Int64, keepingMs: Int64, reason: String = "") {
        self.id = id
        self.keepingMs = keepingMs
        self.reason = reason
    }

    /// A day.
    package static let keepingMsUsual: Int64 = 86_400_000
}

/// An event once more, by the number of a delivery.
package struct RedeliverRequest: Codable, Sendable, Equatable {
    package let id: Int64

    package init(id: Int64) { self.id = id }
}

/// An event that says that somebody tries a webhook out.
package struct TestWebhookRequest: Codable, Sendable, Equatable {
    package let id: Int64

    package init(id: Int64) { self.id = id }
}

/// A delivery that a hub makes as soon as one leads.
package struct DeliveryResult: Codable, Sendable, Equatable {
    package let delivery: WebhookDelivery
}
