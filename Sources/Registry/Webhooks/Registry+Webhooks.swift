package import Lifecycle
import Platform

/// Webhooks: who is told, and by which secret.
extension Registry {
    /// Those that there are, by number.
    package func webhooks() throws(SwerveError) -> [Webhook] {
        try read("listing the webhooks") { try $0.webhooks.all(nowMs: WallClock.nowMs) }
    }

    /// - Throws: `.notFound` for one that is not there, or was removed.
    package func webhook(_ id: Int64) throws(SwerveError) -> Webhook {
        try read("reading webhook \(id)") { try $0.webhooks.one(id, nowMs: WallClock.nowMs) }
    }

    /// Takes a webhook in, and tells it of what happens from now on.
    ///
    /// - Returns: its secret too, which is never told again.
    /// - Throws: `.usage` for a pattern that no model's name can fit.
    package func addWebhook(
        _ new: NewWebhook, note: ChangeNote
    ) throws(SwerveError) -> (webhook: Webhook, secret: String) {
        let act = "adding a webhook"
        guard (1...Limits.urlBytes).contains(new.url.utf8.count) else {
            throw SwerveError(
                .usage, act: act, reason: "a URL has at most \(Limits.urlBytes) bytes")
        }
        let isPattern = new.models.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "*")
        }
        guard isPattern, (1...63).contains(new.models.utf8.count) else {
            throw SwerveError(
                .usage, act: act,
                reason: "'\(new.models.shortened(to: 80))' fits no names of models",
                remedy: "give a name, with * for any letters: http-*")
        }
        return try audited(act, note) { transaction, note in
            let secret = try WebhookSecretMaker.made(of: path, act: act).fresh()
            let id = try transaction.webhooks.add(new, secret.kept, note: note)
            return (
                try transaction.webhooks.one(id, nowMs: WallClock.nowMs),
                WebhookSecretMaker.text(secret.bytes)
            )
        }
    }

    /// Takes a webhook away: what waits for it is not told.
    package func removeWebhook(_ id: Int64, note: ChangeNote) throws(SwerveError) {
        try audited("removing webhook \(id)", note) { transaction, note in
            _ = try transaction.webhooks.one(id, nowMs: WallClock.nowMs)
            try transaction.webhooks.remove(id, note: note)
            try transaction.deliveries.drop(of: id, atMs: WallClock.nowMs)
        }
    }

    /// Tells a webhook again whose receiver had said that it wants no more: of what happens from
    /// now on.
    ///
    /// - Throws: `.unchanged` for one that is told already.
    package func enableWebhook(_ id: Int64, note: ChangeNote) throws(SwerveError) -> Webhook {
        let act = "telling webhook \(id) again"
        return try audited(act, note) { transaction, note in
            let nowMs = WallClock.nowMs
            guard try transaction.webhooks.one(id, nowMs: nowMs).endedAt != nil else {
                throw SwerveError(
                    .unchanged, act: act, reason: "its receiver never said that it wants no more")
            }
            try transaction.webhooks.enable(id, note: note)
            return try transaction.webhooks.one(id, nowMs: nowMs)
        }
    }

    /// Gives a webhook another secret; for `keepingMs` the present one signs as well.
    ///
    /// - Returns: with the new one, which is never told again.
    package func rotateWebhook(
        _ id: Int64, keepingMs: Int64, note: ChangeNote
    ) throws(SwerveError) -> (webhook: Webhook, secret: String) {
        let act = "rotating the secret of webhook \(id)"
        guard (0...Self.keepingMsMax).contains(keepingMs) else {
            throw SwerveError(
                .usage, act: act, reason: "two secrets sign for 0 to 30 days, not \(keepingMs) ms")
        }
        return try audited(act, note) { transaction, note in
            let nowMs = WallClock.nowMs
            _ = try transaction.webhooks.one(id, nowMs: nowMs)
            let secret = try WebhookSecretMaker.made(of: path, act: act).fresh()
            try transaction.webhooks.rotate(
                id, secret.kept, oldUntilMs: nowMs + keepingMs, note: note)
            return (
                try transaction.webhooks.one(id, nowMs: nowMs),
                WebhookSecretMaker.text(secret.bytes)
            )
        }
    }

    private static let keepingMsMax: Int64 = 30 * 86_400_000

    /// The secrets that sign for a webhook now, newest first.
    ///
    /// - Parameter nowMs: of the wall clock; tests give another.
    /// - Throws: `.refused` where none can be made again: the file with their key is another, or on
    ///   another machine.
    package func webhookSecrets(
        of id: Int64, nowMs: Int64? = nil
    ) throws(SwerveError) -> [[UInt8]] {
        let act = "signing for webhook \(id)"
        let nowMs = nowMs ?? WallClock.nowMs
        let maker = try WebhookSecretMaker(of: path, act: act)
        let kept = try read(act) { try $0.webhooks.secrets(of: id, nowMs: nowMs) }
        var secrets: [[UInt8]] = []
        for one in kept {
            if let secret = try maker?.again(one) { secrets.append(secret) }
        }
        guard !secrets.isEmpty else {
            throw SwerveError(
                .refused, act: act,
                reason: "its secret was made with a key that is not in "
                    + WebhookSecretMaker.path(of: path),
                remedy: "put that file there, or rotate the secret")
        }
        return secrets
    }

    /// Tells a webhook that somebody tries it out.
    package func testWebhook(
        _ id: Int64, note: ChangeNote
    ) throws(SwerveError) -> WebhookDelivery {
        let act = "trying webhook \(id) out"
        try note.check(act: act)
        return try write(act) { transaction in
            let webhook = try transaction.webhooks.one(id, nowMs: WallClock.nowMs)
            guard webhook.endedAt == nil else {
                throw Self.unwanted(webhook, act: act)
            }
            try transaction.events.tell(
                .test, of: nil, ["by": .string(note.by)], at: note.at, only: id)
            guard let delivery = try transaction.deliveries.newest(to: id, limit: 1).first else {
                throw transaction.edited("the delivery that was written is not there")
            }
            return delivery
        }
    }
}

/// Deliveries.
extension Registry {
    private static func unwanted(_ webhook: Webhook, act: String) -> SwerveError {
        SwerveError(
            .refused, act: act,
            reason: "its receiver wants no more since \(webhook.endedAt ?? "some time")",
            remedy: "enable it, once it wants them again")
    }

    /// The newest, newest first.
    package func deliveries(
        to webhook: Int64? = nil, newest: Int
    ) throws(SwerveError) -> [WebhookDelivery] {
        try read("listing deliveries") { transaction in
            if let webhook {
                _ = try transaction.webhooks.one(webhook, nowMs: WallClock.nowMs)
            }
            return try transaction.deliveries.newest(to: webhook, limit: newest)
        }
    }

    /// Delivers an event once more, with the same webhook-id; returns the new delivery.
    package func redeliver(_ id: Int64) throws(SwerveError) -> WebhookDelivery {
        let act = "repeating delivery \(id)"
        return try write(act) { transaction in
            let old = try transaction.deliveries.one(id)
            let webhook = try transaction.webhooks.one(old.webhook, nowMs: WallClock.nowMs)
            guard webhook.endedAt == nil else {
                throw Self.unwanted(webhook, act: act)
            }
            return try transaction.deliveries.one(try transaction.deliveries.again(id))
        }
    }

    /// What is to be tried now, what was never tried before first.
    ///
    /// - Parameters:
    ///   - farMs: what is planned for later than that was planned by another clock, and is due.
    ///   - busy: what is under way, and who gets no more for now.
    package func dueDeliveries(
        nowMs: Int64, farMs: Int64, without busy: DueDelivery.Busy = DueDelivery.Busy(),
        limit: Int
    ) throws(SwerveError) -> [DueDelivery] {
        try read("looking for deliveries") { transaction in
            try transaction.deliveries.due(
                nowMs: nowMs, farMs: farMs, without: busy, limit: limit)
        }
    }

    /// Writes down what became of an attempt.
    package func end(
        _ delivery: DueDelivery, _ outcome: WebhookOutcome
    ) throws(SwerveError) {
        try write("writing down delivery \(delivery.id)") { transaction in
            try transaction.deliveries.end(delivery.id, outcome)
            guard outcome.verdict == .unwanted else { return }
            let at = Timestamp.text(ofMs: outcome.atMs)
            try transaction.webhooks.end(delivery.webhook, at: at)
            try transaction.deliveries.drop(of: delivery.webhook, atMs: outcome.atMs)
        }
    }

    /// Removes what ended before that time from the log of deliveries, step by step.
    package func pruneDeliveries(endedBeforeMs ms: Int64) throws(SwerveError) {
        let act = "shortening the log of deliveries"
        while try write(act, { try $0.deliveries.prune(endedBeforeMs: ms, limit: 1_000) }) {}
        try write(act) { try $0.events.removeUnused() }
    }

    /// Tells webhooks of what those who watch the fleet or the registry see.
    ///
    /// - Returns: false where that occurrence was told before.
    package func tell(
        _ condition: WebhookCondition, at: String
    ) throws(SwerveError) -> Bool {
        try write("telling of \(condition.kind.rawValue)") {
            try $0.events.tell(condition, at: at)
        }
    }

    /// A condition does not hold any more.
    package func endCondition(
        _ kind: WebhookEventKind, of model: ModelName?
    ) throws(SwerveError) {
        try write("noting the end of \(kind.rawValue)") { try $0.events.end(kind, of: model) }
    }
}
