package import Registry

/// All webhooks.
package struct WebhooksRequest: Codable, Sendable, Equatable {
    package init() {}
}

package struct WebhooksResult: Codable, Sendable, Equatable {
    /// By number.
    package let webhooks: [Webhook]
}

/// One webhook, with what it was told last.
package struct WebhookRequest: Codable, Sendable, Equatable {
    package let id: Int64
    /// So many of its newest deliveries.
    package let limit: Int

    package init(id: Int64, limit: Int) {
        self.id = id
        self.limit = limit
    }
}

package struct WebhookResult: Codable, Sendable, Equatable {
    package let webhook: Webhook
    /// Newest first.
    package let deliveries: [WebhookDelivery]
}

/// What webhooks were told, or are to be.
package struct DeliveriesRequest: Codable, Sendable, Equatable {
    /// Only this one; nil for all.
    package let webhook: Int64?
    package let limit: Int

    package init(webhook: Int64? = nil, limit: Int) {
        self.webhook = webhook
        self.limit = limit
    }
}

package struct DeliveriesResult: Codable, Sendable, Equatable {
    /// Newest first.
    package let deliveries: [WebhookDelivery]
}
