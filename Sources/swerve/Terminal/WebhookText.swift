import Lifecycle
import Operations
import Registry

/// Webhooks and deliveries, for people.
enum WebhookText {
    static func line(_ webhook: Webhook) -> String {
        let events =
            webhook.events.isEmpty
            ? "all events" : webhook.events.map(\.rawValue).joined(separator: ",")
        let ended = webhook.endedAt.map { "  wants no more since \($0)" } ?? ""
        let isPrivate = webhook.allowsPrivate ? "  private networks allowed" : ""
        let line = "\(webhook.id)  \(webhook.url)  \(events)  models \(webhook.models)"
        return (line + isPrivate + ended).printable
    }

    static func lines(_ webhook: Webhook) -> [String] {
        [line(webhook), "added \(webhook.addedAt) by \(webhook.addedBy)".printable]
            + webhook.secrets.map { secret in
                let end = secret.endsAt.map { ", signs until \($0)" } ?? ""
                return "secret \(secret.fingerprint), made \(secret.madeAt)\(end)".printable
            }
    }

    static func line(_ delivery: WebhookDelivery) -> String {
        var parts = [
            "\(delivery.id)", "webhook \(delivery.webhook)", delivery.at, delivery.kind,
            "\(delivery.model.map { "\($0) " } ?? "")\(delivery.sequence)",
            delivery.state.rawValue,
        ]
        if delivery.attempts > 0 {
            parts.append(delivery.attempts == 1 ? "1 attempt" : "\(delivery.attempts) attempts")
        }
        if let last = delivery.last {
            parts.append(last.status.map { "answer \($0)" } ?? "no answer")
            if !last.words.isEmpty { parts.append(last.words) }
        }
        if let next = delivery.nextAt, delivery.attempts > 0 { parts.append("next \(next)") }
        return parts.joined(separator: "  ").printable
    }

    /// The webhook with its secret; the secret alone is on standard output.
    static func show(_ result: WebhookSecretResult, asJSON: Bool) throws(SwerveError) {
        if asJSON { return Terminal.document(try JSONValueEncoder.encode(result)) }
        Terminal.note(line(result.webhook))
        Terminal.note("its secret, which is not shown again:")
        Terminal.line(result.secret)
    }

    static func show(_ result: DeliveryResult, asJSON: Bool) throws(SwerveError) {
        if asJSON { return Terminal.document(try JSONValueEncoder.encode(result)) }
        Terminal.line(line(result.delivery))
        Terminal.note("the hub that leads the registry delivers it")
    }
}
