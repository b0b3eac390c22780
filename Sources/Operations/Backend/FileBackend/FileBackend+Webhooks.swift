package import Lifecycle
import Registry
import Transfer

/// Webhooks: what is told waits in the registry for the hub that leads it.
extension FileBackend {
    package func webhooks(_ request: WebhooksRequest) throws(SwerveError) -> WebhooksResult {
        WebhooksResult(webhooks: try readable().webhooks())
    }

    package func webhook(_ request: WebhookRequest) throws(SwerveError) -> WebhookResult {
        let registry = try readable()
        return WebhookResult(
            webhook: try registry.webhook(request.id),
            deliveries: try registry.deliveries(to: request.id, newest: request.limit))
    }

    package func deliveries(_ request: DeliveriesRequest) throws(SwerveError) -> DeliveriesResult {
        DeliveriesResult(
            deliveries: try readable().deliveries(to: request.webhook, newest: request.limit))
    }

    package func addWebhook(
        _ request: AddWebhookRequest
    ) throws(SwerveError) -> WebhookSecretResult {
        let act = "adding a webhook"
        let address = try WebAddress(request.url, act: act)
        guard address.scheme == .https || (address.scheme == .http && request.allowsPrivate) else {
            throw SwerveError(
                .usage, act: act,
                reason: "\(address.shown) is not https: everybody on the way could read it",
                problem: address.scheme == .http ? Problem(.webhookPrivate) : nil)
        }
        if !request.allowsPrivate { try Self.requirePublic(address, act: act) }
        let new = NewWebhook(
            url: request.url, events: request.events, models: request.models,
            allowsPrivate: request.allowsPrivate)
        let (webhook, secret) = try opened(create: true).addWebhook(new, note: note())
        return WebhookSecretResult(webhook: webhook, secret: secret)
    }

    /// What a name stands for is looked at with each delivery again, since it may be another's
    /// then; so a name that cannot be looked up now is taken.
    private static func requirePublic(_ address: WebAddress, act: String) throws(SwerveError) {
        let isPrivate =
            address.isLoopback || NetworkAddress(host: address.host).map { !$0.isPublic } ?? false
        guard !isPrivate else {
            throw SwerveError(
                .usage, act: act, reason: "\(address.shown) is in no public network",
                problem: Problem(.webhookPrivate))
        }
        let found = NameLookup.addresses(of: address, withinMs: lookupMs)
        guard let first = found.first, found.allSatisfy({ !$0.isPublic }) else { return }
        throw SwerveError(
            .usage, act: act,
            reason: "the host of \(address.shown) stands for \(first), which is in no public "
                + "network",
            problem: Problem(.webhookPrivate))
    }

    private static let lookupMs = 2_000

    package func removeWebhook(
        _ request: RemoveWebhookRequest
    ) throws(SwerveError) -> RemoveWebhookResult {
        try opened().removeWebhook(request.id, note: note(request.reason))
        return RemoveWebhookResult(id: request.id)
    }

    package func enableWebhook(
        _ request: EnableWebhookRequest
    ) throws(SwerveError) -> EnableWebhookResult {
        EnableWebhookResult(
            webhook: try opened().enableWebhook(request.id, note: note(request.reason)))
    }

    package func rotateWebhook(
        _ request: RotateWebhookRequest
    ) throws(SwerveError) -> WebhookSecretResult {
        let (webhook, secret) = try opened().rotateWebhook(
            request.id, keepingMs: request.keepingMs, note: note(request.reason))
        return WebhookSecretResult(webhook: webhook, secret: secret)
    }

    package func redeliver(_ request: RedeliverRequest) throws(SwerveError) -> DeliveryResult {
        DeliveryResult(delivery: try opened().redeliver(request.id))
    }

    package func testWebhook(_ request: TestWebhookRequest) throws(SwerveError) -> DeliveryResult {
        DeliveryResult(delivery: try opened().testWebhook(request.id, note: note()))
    }
}
