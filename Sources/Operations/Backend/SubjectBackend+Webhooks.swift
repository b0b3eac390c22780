package import Lifecycle

/// Webhooks are told of all models: they are for admins of all of them.
extension SubjectBackend {
    package func webhooks(_ request: WebhooksRequest) throws(SwerveError) -> WebhooksResult {
        try asked(.admin, on: [nil], "listing the webhooks") {
            () throws(SwerveError) in try inner.webhooks(request)
        }
    }

    package func webhook(_ request: WebhookRequest) throws(SwerveError) -> WebhookResult {
        try asked(.admin, on: [nil], "reading a webhook") {
            () throws(SwerveError) in try inner.webhook(request)
        }
    }

    package func deliveries(_ request: DeliveriesRequest) throws(SwerveError) -> DeliveriesResult {
        try asked(.admin, on: [nil], "listing deliveries") {
            () throws(SwerveError) in try inner.deliveries(request)
        }
    }

    package func addWebhook(
        _ request: AddWebhookRequest
    ) throws(SwerveError) -> WebhookSecretResult {
        try asked(.admin, on: [nil], "adding a webhook") {
            () throws(SwerveError) in try inner.addWebhook(request)
        }
    }

    package func removeWebhook(
        _ request: RemoveWebhookRequest
    ) throws(SwerveError) -> RemoveWebhookResult {
        try asked(.admin, on: [nil], "removing a webhook") {
            () throws(SwerveError) in try inner.removeWebhook(request)
        }
    }

    package func enableWebhook(
        _ request: EnableWebhookRequest
    ) throws(SwerveError) -> EnableWebhookResult {
        try asked(.admin, on: [nil], "telling a webhook again") {
            () throws(SwerveError) in try inner.enableWebhook(request)
        }
    }

    package func rotateWebhook(
        _ request: RotateWebhookRequest
    ) throws(SwerveError) -> WebhookSecretResult {
        try asked(.admin, on: [nil], "rotating a secret") {
            () throws(SwerveError) in try inner.rotateWebhook(request)
        }
    }

    package func redeliver(_ request: RedeliverRequest) throws(SwerveError) -> DeliveryResult {
        try asked(.admin, on: [nil], "repeating a delivery") {
            () throws(SwerveError) in try inner.redeliver(request)
        }
    }

    package func testWebhook(_ request: TestWebhookRequest) throws(SwerveError) -> DeliveryResult {
        try asked(.admin, on: [nil], "trying a webhook out") {
            () throws(SwerveError) in try inner.testWebhook(request)
        }
    }
}
