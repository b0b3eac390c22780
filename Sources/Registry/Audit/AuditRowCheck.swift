import FoundationEssentials
import Lifecycle
import Platform

/// Holds the rows that an entry of the chain tells of against what it says.
struct AuditRowCheck {
    let transaction: RegistryTransaction

    /// - Returns: what the tables have otherwise than the entry says.
    func findings(_ entry: AuditEntry) throws -> [AuditFinding] {
        let words: [String]
        switch AuditAct(rawValue: entry.act) {
        case .register: words = try version(entry, at: entry.at, by: entry.by)
        case .imported where entry.fields["version"] != nil:
            words = try version(
                entry, at: entry.fields["original"]?["at"]?.string ?? "",
                by: entry.fields["original"]?["by"]?.string ?? "")
        case .imported, .deploy, .adopt, .republish: words = try change(entry)
        case .addKey: words = try key(entry, isRevocation: false)
        case .revokeKey: words = try key(entry, isRevocation: true)
        case .createToken: words = try token(entry, isRevocation: false)
        case .revokeToken: words = try token(entry, isRevocation: true)
        case .addWebhook: words = try webhook(entry, isRemoval: false)
        case .removeWebhook: words = try webhook(entry, isRemoval: true)
        case .signArtifact: words = try signature(entry)
        case .signRollout: words = try mandate(entry)
        // What may change is held against its last entry, see `AuditTableCheck`.
        case .begin, .annotate, .alias, .archive, .unarchive, .collect, .breakGlass,
            .rotateWebhook, .enableWebhook, nil:
            words = []
        }
        return words.map { AuditFinding(entry: entry.sequence, $0) }
    }

    private func version(_ entry: AuditEntry, at: String, by: String) throws -> [String] {
        let model = entry.model ?? ""
        let number = entry.fields["version"]?.int ?? 0
        let found = try transaction.versions.origin(model, number)
        let name = "version \(model)@\(number)"
        guard let found else { return ["\(name) was removed from the registry"] }
        return try facts(entry, model, number)
            + AuditComparison.differences(
                of: name,
                [
                    ("digest", try found.optionalText("artifact"), entry.fields["digest"]?.string),
                    (
                        "lineage", Self.canonical(try found.optionalText("lineage")),
                        (entry.fields["lineage"] ?? [:]).text
                    ),
                    ("time of registration", try found.optionalText("at"), at),
                    ("author", try found.optionalText("by"), by),
                ])
    }

    /// What the version is by the catalogue; an entry of an older swerve does not tell.
    private func facts(_ entry: AuditEntry, _ model: String, _ number: Int) throws -> [String] {
        guard let told = entry.fields["facts"]?.string else { return [] }
        let found = try transaction.versions.factsDigest(model, number)
        guard found?.description != told else { return [] }
        return [
            "the facts of version \(model)@\(number) (format, size, threshold, labels, task, input, "
                + "features) " + (found == nil ? "were removed" : "are not those registered")
        ]
    }

    private func token(_ entry: AuditEntry, isRevocation: Bool) throws -> [String] {
        let name = "token '\(entry.fields["token"]?.string ?? "")'"
        let found = try transaction.tokens.row(entry.fields["token"]?.string ?? "")
        guard let found else { return ["\(name) was removed from the registry"] }
        guard isRevocation else {
            return AuditComparison.differences(
                of: name,
                [
                    ("hash", try found.optionalText("sha256"), entry.fields["sha256"]?.string),
                    ("role", try found.optionalText("role"), entry.fields["role"]?.string),
                    ("models", try found.optionalText("models"), entry.fields["models"]?.string),
                    ("end", try found.optionalText("expires_at"), entry.fields["expires"]?.string),
                    ("time", try found.optionalText("created_at"), entry.at),
                    ("author", try found.optionalText("created_by"), entry.by),
                ])
        }
        guard try found.optionalText("revoked_at") != nil else {
            return ["\(name) was revoked, the registry has it as good"]
        }
        return AuditComparison.differences(
            of: name,
            [
                ("time of revocation", try found.optionalText("revoked_at"), entry.at),
                ("revoker", try found.optionalText("revoked_by"), entry.by),
                ("reason", try found.optionalText("revoked_reason") ?? "", entry.reason),
            ])
    }

    private func key(_ entry: AuditEntry, isRevocation: Bool) throws -> [String] {
        let name = entry.fields["key"]?.string ?? ""
        let found = try transaction.keys.row(name)
        guard let found else { return ["key '\(name)' was removed from the registry"] }
        if isRevocation {
            guard try found.optionalText("revoked_at") != nil else {
                return ["key '\(name)' was revoked, the registry has it as good"]
            }
            return AuditComparison.differences(
                of: "key '\(name)'",
                [
                    ("time of revocation", try found.optionalText("revoked_at"), entry.at),
                    ("revoker", try found.optionalText("revoked_by"), entry.by),
                    ("reason", try found.optionalText("revoked_reason") ?? "", entry.reason),
                ])
        }
        let publicKey = Data(try found.bytes("public_key")).base64EncodedString()
        return AuditComparison.differences(
            of: "key '\(name)'",
            [
                ("public key", publicKey, entry.fields["public_key"]?.string),
                ("roles", try found.optionalText("roles"), entry.fields["roles"]?.string),
                ("time", try found.optionalText("added_at"), entry.at),
                ("author", try found.optionalText("added_by"), entry.by),
            ])
    }

    private func webhook(_ entry: AuditEntry, isRemoval: Bool) throws -> [String] {
        let id = entry.fields["webhook"]?.int ?? 0
        let name = "webhook \(id)"
        guard let found = try transaction.webhooks.row(Int64(id)) else {
            return ["\(name) was deleted from the registry"]
        }
        if isRemoval {
            guard try found.optionalText("removed_at") != nil else {
                return ["\(name) was removed, the registry has it as good"]
            }
            return AuditComparison.differences(
                of: name,
                [
                    ("time of removal", try found.optionalText("removed_at"), entry.at),
                    ("remover", try found.optionalText("removed_by"), entry.by),
                ])
        }
        let isPrivate = try found.integer("allows_private", in: 0...1) == 1
        return AuditComparison.differences(
            of: name,
            [
                ("url", try found.optionalText("url"), entry.fields["url"]?.string),
                (
                    "kinds of events", Self.canonical(try found.optionalText("events")),
                    entry.fields["events"]?.text
                ),
                ("models", try found.optionalText("models"), entry.fields["models"]?.string),
                (
                    "right to private networks", isPrivate ? "true" : "false",
                    entry.fields["allows_private"]?.text
                ),
                ("time", try found.optionalText("added_at"), entry.at),
                ("author", try found.optionalText("added_by"), entry.by),
            ])
    }

    private func signature(_ entry: AuditEntry) throws -> [String] {
        let model = entry.model ?? ""
        let digest = entry.fields["digest"]?.string ?? ""
        let keyName = entry.fields["key"]?.string ?? ""
        let found = try transaction.signatures.row(model, digest, keyName)
        let name = "the signature of '\(keyName)' for \(model) \(digest.prefix(19))"
        guard let found else { return ["\(name) was removed from the registry"] }
        return AuditComparison.differences(
            of: name,
            [
                ("text", try found.optionalText("signature"), entry.fields["signature"]?.string),
                ("time", try found.optionalText("at"), entry.at),
            ])
    }

    private func mandate(_ entry: AuditEntry) throws -> [String] {
        let rollout = Int64(entry.fields["rollout"]?.int ?? 0)
        let number = Int64(entry.fields["signed"]?.int ?? 0)
        let keyName = entry.fields["key"]?.string ?? ""
        let name = "signature \(number) on the plan of rollout \(rollout)"
        guard let found = try transaction.mandates.row(rollout, number) else {
            return ["\(name) was removed from the registry"]
        }
        let (text, topic) = (try found.text("mandate"), try found.text("topic"))
        let words = AuditComparison.differences(
            of: name,
            [
                (
                    "plan", ContentHash.sha256(Array(text.utf8)).description,
                    entry.fields["mandate"]?.string
                ),
                ("text", try found.optionalText("signature"), entry.fields["signature"]?.string),
                ("topic", topic, entry.fields["topic"]?.string),
                ("key", try found.optionalText("key_name"), keyName),
                ("time", try found.optionalText("at"), entry.at),
            ])
        guard words.isEmpty else { return words }
        let message = SignedMessage.rolloutPlan(
            topic: topic, registry: transaction.registry, key: Array((entry.model ?? "").utf8),
            mandate: Array(text.utf8))
        let stands = try transaction.keys.isValid(
            try found.optionalText("signature"), by: keyName, over: message)
        return stands ? [] : ["\(name), of '\(keyName)', does not hold"]
    }

    /// JSON in the form that entries have, whatever its spelling; as it is where it is none.
    private static func canonical(_ text: String?) -> String? {
        guard let text else { return nil }
        let json = try? JSONValue(
            parsing: text.utf8, act: "", limit: RegistryBounds.metadataBytes)
        return json?.text ?? text
    }
}

extension AuditRowCheck {
    /// The history row and the announcement of a change.
    func change(_ entry: AuditEntry) throws -> [String] {
        let model = entry.model ?? ""
        let epoch = Int64(entry.epoch ?? 0)
        let name = "\(model) epoch \(epoch)"
        let found = try transaction.history.change(model, epoch)
        guard let found else { return ["the history of \(name) was removed"] }
        let text = try found.text("after")
        let record: ControlRecord
        do throws(SwerveError) {
            record = try ControlRecord(key: model.utf8, value: text.utf8)
        } catch {
            return ["the history of \(name) is not a control record any more: \(error.reason)"]
        }
        var words = try history(entry, record, text, found, name: name)
        guard try found.optionalInteger("announced", in: RegistryBounds.epochs) != nil else {
            return words + ["the announcement of \(name) was removed from the outbox"]
        }
        if try found.optionalInteger("same", in: 0...1) != 1 {
            words.append("the announcement of \(name) in the outbox is not that of its history")
        }
        return words + (try announcement(entry, record, text, found, name: name))
    }

    private func history(
        _ entry: AuditEntry, _ record: ControlRecord, _ text: String, _ found: CheckedRow,
        name: String
    ) throws -> [String] {
        let isImported = entry.act == AuditAct.imported.rawValue
        var words = AuditComparison.differences(
            of: "the history of \(name)",
            [
                (
                    "deployment", record.deployment.auditDocument.text,
                    (entry.fields["deployment"] ?? .null).text
                ),
                ("registry", record.registry, transaction.registry),
                (
                    "time", record.issuedAt,
                    isImported ? entry.fields["original"]?["at"]?.string : entry.at
                ),
                (
                    "author", record.issuedBy,
                    isImported ? entry.fields["original"]?["by"]?.string : entry.by
                ),
            ])
        words += AuditComparison.differences(
            of: "the row of the history of \(name)",
            [
                ("time", try found.optionalText("at"), record.issuedAt),
                ("author", try found.optionalText("by"), record.issuedBy),
                ("reason", try found.optionalText("reason"), record.reason),
            ])
        if isImported {
            if let head = record.auditHead {
                words.append(
                    "\(name) was announced with the head \(head.short) of a chain that is gone: "
                        + "the chain was begun anew")
            }
            words += AuditComparison.differences(
                of: "the record of \(name)",
                [
                    (
                        "digest", ContentHash.sha256(Array(text.utf8)).description,
                        entry.fields["record"]?.string
                    )
                ])
        } else {
            words += AuditComparison.differences(
                of: "the announcement of \(name)",
                [
                    ("audit head", record.auditHead?.description, entry.hash.description),
                    ("reason", record.reason, entry.reason),
                ])
        }
        if try found.optionalInteger("follows", in: 0...1) != 1 {
            words.append("the history of \(name) does not follow from the change before it")
        }
        return words
    }

    private func announcement(
        _ entry: AuditEntry, _ record: ControlRecord, _ text: String, _ found: CheckedRow,
        name: String
    ) throws -> [String] {
        let adopted = entry.fields["adopted"]
        let epochs = 0...RegistryBounds.epochs.upperBound
        var words: [String] = []
        // The chain of an imported change does not tell whose record it replaced, or who signed.
        if entry.act != AuditAct.imported.rawValue {
            words = AuditComparison.differences(
                of: "the announcement of \(name)",
                [
                    (
                        "registry adopted from", try found.optionalText("adopted_registry"),
                        adopted?["registry"]?.string
                    ),
                    (
                        "epoch adopted",
                        try found.optionalInteger("adopted_epoch", in: epochs).map(String.init),
                        (adopted?["epoch"]?.int).map(String.init)
                    ),
                ])
        }
        let signing = entry.fields["signing"]
        guard let topic = signing?["topic"]?.string, let keyName = signing?["key"]?.string else {
            if try found.optionalText("signature") != nil {
                words.append("the announcement of \(name) has a signature, the entry tells of none")
            }
            return words
        }
        let message = SignedMessage.controlRecord(
            topic: topic, registry: transaction.registry, key: Array((entry.model ?? "").utf8),
            value: Array(text.utf8))
        let stands = try transaction.keys.isValid(
            try found.optionalText("signature"), by: keyName, over: message)
        return stands
            ? words
            : words + ["the signature of '\(keyName)' on \(name) is missing or does not hold"]
    }
}

/// Two sides of the same fact.
enum AuditComparison {
    static func differences(
        of what: String, _ facts: [(name: String, found: String?, told: String?)]
    ) -> [String] {
        facts.filter { $0.found != $0.told }.map { name, found, told in
            "\(what) has the \(name) \(shown(found)), the entry says \(shown(told))"
        }
    }

    private static func shown(_ value: String?) -> String {
        value.map { "'\($0.shortened(to: 80))'" } ?? "none"
    }
}
