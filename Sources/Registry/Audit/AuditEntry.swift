package import Lifecycle
import Platform

/// What an entry of the audit chain tells of.
package enum AuditAct: String, Sendable, CaseIterable {
    /// The first entry: which registry this is.
    case begin
    /// What was there before the chain began.
    case imported
    case register, annotate, alias, archive, unarchive, collect
    case deploy, adopt
    /// The same deployment under a new epoch, signed anew.
    case republish
    case signArtifact = "sign-artifact"
    /// The plan of a rollout, for a controller.
    case signRollout = "sign-rollout"
    case addKey = "add-key"
    case revokeKey = "revoke-key"
    /// A token of the hub.
    case createToken = "create-token"
    case revokeToken = "revoke-token"
    case addWebhook = "add-webhook"
    case removeWebhook = "remove-webhook"
    /// A webhook has another secret.
    case rotateWebhook = "rotate-webhook"
    /// A receiver that wanted no more is told again.
    case enableWebhook = "enable-webhook"
    /// Somebody wrote past the hub that leads.
    case breakGlass = "break-glass"
}

/// One entry of the audit chain, as it stands in the registry.
package struct AuditEntry: Sendable, Equatable, Codable {
    package let sequence: Int64
    /// Act, model, at, by, reason and what the act tells besides.
    package let fields: JSONValue
    package let hash: Digest

    package init(sequence: Int64, fields: JSONValue, hash: Digest) {
        self.sequence = sequence
        self.fields = fields
        self.hash = hash
    }

    package var act: String { fields["act"]?.string ?? "" }
    package var model: String? { fields["model"]?.string }
    package var at: String { fields["at"]?.string ?? "" }
    package var by: String { fields["by"]?.string ?? "" }
    package var reason: String { fields["reason"]?.string ?? "" }
    /// The epoch of a change of a deployment.
    package var epoch: Int? { fields["deployment"]?["epoch"]?.int }

    /// What it is about, for people: the model with version or deployment, or the key, the token or
    /// the webhook.
    package var object: String {
        guard let model else { return objectOfNoModel }
        if let version = fields["version"]?.int { return "\(model)@\(version)" }
        guard let epoch else { return model }
        var parts = ["\(model) epoch \(epoch)"]
        for role in ["stable", "candidate", "previous"] {
            guard let part = fields["deployment"]?[role], let number = part["version"]?.int else {
                continue
            }
            parts.append("\(part["mode"]?.string ?? role) \(number)")
        }
        return parts.joined(separator: ", ")
    }

    private var objectOfNoModel: String {
        if let key = fields["key"]?.string { return "key \(key)" }
        if let token = fields["token"]?.string {
            guard let role = fields["role"]?.string else { return "token \(token)" }
            return "token \(token), \(role) of \(fields["models"]?.string ?? "?")"
        }
        if let webhook = fields["webhook"]?.int {
            // Behind the question mark a URL may have a secret of the receiver's.
            let url = fields["url"]?.string.map { String($0.prefix { $0 != "?" }) }
            return "webhook \(webhook)" + (url.map { ", \($0)" } ?? "")
        }
        return "registry \(fields["registry"]?.string ?? "")"
    }

    /// Whether it is the entry of a change to exactly this deployment.
    package func tells(_ deployment: Deployment) -> Bool {
        // As texts: of a number without a fraction, what was read and what was written differ.
        model == deployment.model.description
            && fields["deployment"]?.text == deployment.auditDocument.text
    }

    /// The hash of an entry's bytes behind the entry with the hash `head`; nil for the first.
    static func hash(_ entry: [UInt8], after head: Digest?) -> Digest {
        ContentHash.sha256(
            Array("swerve audit 1\n\(head?.description ?? "")\n".utf8) + entry)
    }
}

extension AuditEntry {
    /// - Parameter row: with the columns `sequence`, `entry` and `hash`.
    init(_ row: CheckedRow) throws(SwerveError) {
        self.init(
            sequence: try row.integer("sequence", in: 1...Int64.max - 1),
            fields: .object(try row.object("entry", limit: RegistryBounds.entryBytes)),
            hash: try row.digest("hash"))
    }
}

extension Deployment {
    /// The deployment in an audit entry: all of it but the model, which the entry names itself.
    package var auditDocument: JSONValue {
        func version(_ deployed: DeployedVersion) -> [String: JSONValue] {
            [
                "version": .int(Int64(deployed.version)),
                "digest": .string(deployed.digest.description),
            ]
        }
        var fields: [String: JSONValue] = [
            "epoch": .int(epoch), "stable": .object(version(stable)), "salt": .int(Int64(salt)),
            "settings": settings.json,
        ]
        fields["candidate"] = candidate.map { candidate in
            var parts = version(candidate.deployed)
            parts["mode"] = .string(candidate.mode.rawValue)
            parts["share"] = .int(Int64(candidate.share.tenThousandths))
            return .object(parts)
        }
        fields["previous"] = previous.map { .object(version($0)) }
        return .object(fields)
    }
}
