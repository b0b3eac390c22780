import Lifecycle
import Operations
import Registry

extension HubOperations {
    static let webhooks: [HubOperation] = [
        listWebhooks, webhook, addWebhook.tellingSecret(), removeWebhook, enableWebhook,
        rotateWebhook.tellingSecret(), testWebhook, deliveries, redeliver,
    ]

    private static let listWebhooks = HubOperation(
        "webhooks", "GET", "/v1/webhooks", .admin, "All webhooks, without their secrets."
    ) { (backend, request: WebhooksRequest) throws(SwerveError) in try backend.webhooks(request) }

    private static let webhook = HubOperation(
        "webhook", "GET", "/v1/webhooks/{id}", .admin,
        "One webhook, with what it was told last.",
        query: [
            .init(
                "limit", .integer, in: HubPaging.limits,
                "so many deliveries, 10000 at most; 100 without")
        ],
        shape: { fields throws(SwerveError) in
            numbered(&fields)
            try limited(&fields)
        }
    ) { (backend, request: WebhookRequest) throws(SwerveError) in try backend.webhook(request) }

    private static let addWebhook = HubOperation(
        "add-webhook", "POST", "/v1/webhooks", .admin,
        "Adds a webhook; its secret is told in the answer, and never again.",
        body: [
            .init("url", .string, isRequired: true, "https, or http where private is allowed"),
            .init("events", .array, "kinds of events; all without: \(WebhookEventKind.names)"),
            .init("models", .string, "names of models, with * for any letters; all without"),
            .init("allows_private", .boolean, "also addresses of private networks, and http"),
        ], isLong: true,
        shape: { fields in
            fields["events"] = fields["events"] ?? []
            fields["models"] = fields["models"] ?? "*"
            fields["allows_private"] = fields["allows_private"] ?? false
        }
    ) { (backend, request: AddWebhookRequest) throws(SwerveError) in
        try backend.addWebhook(request)
    }

    private static let removeWebhook = HubOperation(
        "remove-webhook", "DELETE", "/v1/webhooks/{id}", .admin,
        "Takes a webhook away: what waits for it is not told.",
        body: [.init("reason", .string, "why, for the audit chain")], isLong: true,
        shape: {
            numbered(&$0)
            $0["reason"] = $0["reason"] ?? ""
        }
    ) { (backend, request: RemoveWebhookRequest) throws(SwerveError) in
        try backend.removeWebhook(request)
    }

    private static let enableWebhook = HubOperation(
        "enable-webhook", "POST", "/v1/webhooks/{id}/enable", .admin,
        "Tells a webhook again whose receiver had said that it wants no more (410).",
        body: [.init("reason", .string, "why, for the audit chain")], isLong: true,
        shape: {
            numbered(&$0)
            $0["reason"] = $0["reason"] ?? ""
        }
    ) { (backend, request: EnableWebhookRequest) throws(SwerveError) in
        try backend.enableWebhook(request)
    }

    private static let rotateWebhook = HubOperation(
        "rotate-webhook", "POST", "/v1/webhooks/{id}/rotate", .admin,
        "Gives a webhook another secret, which is told in the answer, and never again.",
        body: [
            .init(
                "keeping_ms", .integer,
                "for how long the present secret signs as well; a day without"),
            .init("reason", .string, "why, for the audit chain"),
        ], isLong: true,
        shape: { fields in
            numbered(&fields)
            fields["keeping_ms"] =
                fields["keeping_ms"] ?? .int(RotateWebhookRequest.keepingMsUsual)
            fields["reason"] = fields["reason"] ?? ""
        }
    ) { (backend, request: RotateWebhookRequest) throws(SwerveError) in
        try backend.rotateWebhook(request)
    }

    private static let testWebhook = HubOperation(
        "test-webhook", "POST", "/v1/webhooks/{id}/test", .admin,
        "Sends a webhook the event webhook.test.", isLong: true, shape: numbered
    ) { (backend, request: TestWebhookRequest) throws(SwerveError) in
        try backend.testWebhook(request)
    }

    private static let deliveries = HubOperation(
        "deliveries", "GET", "/v1/deliveries", .admin,
        "What webhooks were told, or are to be, newest first; kept for 7 days.",
        query: [
            .init("webhook", .integer, "only to this one"),
            .init("limit", .integer, in: HubPaging.limits, "so many, 10000 at most; 100 without"),
        ], shape: limited
    ) { (backend, request: DeliveriesRequest) throws(SwerveError) in
        try backend.deliveries(request)
    }

    private static let redeliver = HubOperation(
        "redeliver", "POST", "/v1/deliveries/{id}/redeliver", .admin,
        "Delivers an event once more, with the same webhook-id.", isLong: true, shape: numbered
    ) { (backend, request: RedeliverRequest) throws(SwerveError) in
        try backend.redeliver(request)
    }

    private static let limited: HubOperation.Shape = { fields throws(SwerveError) in
        fields["limit"] = .int(Int64(try HubPaging.limit(of: fields)))
    }

    /// The number of the path, as one; what is none stays a text, which is refused.
    private static let numbered: @Sendable (inout [String: JSONValue]) -> Void = { fields in
        if let id = fields["id"]?.string.flatMap({ Int64($0) }) { fields["id"] = .int(id) }
    }
}
