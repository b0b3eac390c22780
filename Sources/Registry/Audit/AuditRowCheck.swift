import FoundationEssentials
import GRDB
import Lifecycle
import Platform

/// Holds the rows that an entry of the chain tells of against what it says.
struct AuditRowCheck {
    let db: Database
    let registry: String
    let act: String

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
        case .signArtifact: words = try signature(entry)
        // What may change is held against its last entry, see `AuditTableCheck`.
        case .begin, .annotate, .alias, .archive, .unarchive, .collect, nil: words = []
        }
        return words.map { AuditFinding(entry: entry.sequence, $0) }
    }

    private func row(_ sql: String, _ arguments: StatementArguments) throws -> CheckedRow? {
        try Row.fetchOne(db.cachedStatement(sql: sql), arguments: arguments)
            .map { CheckedRow(row: $0, act: act) }
    }

    private func version(_ entry: AuditEntry, at: String, by: String) throws -> [String] {
        let model = entry.model ?? ""
        let number = entry.fields["version"]?.int ?? 0
        let found = try row(
            """
            SELECT \(CheckedRow.bounded("v.artifact", 71, as: "artifact")),
                \(CheckedRow.bounded("m.lineage", RegistryBounds.metadataBytes, as: "lineage")),
                \(CheckedRow.bounded("m.registered_at", RegistryBounds.timestampBytes, as: "at")),
                \(CheckedRow.bounded("m.registered_by", RegistryBounds.authorBytes, as: "by"))
            FROM versions v LEFT JOIN version_metadata m USING (model, number)
            WHERE v.model = ? AND v.number = ?
            """, [model, number])
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
        let found = try AuditDigest.facts(model, number, in: db, act: act)
        guard found?.description != told else { return [] }
        return [
            "the facts of version \(model)@\(number) (format, size, threshold, labels, task, input, "
                + "features) " + (found == nil ? "were removed" : "are not those registered")
        ]
    }

    private func key(_ entry: AuditEntry, isRevocation: Bool) throws -> [String] {
        let name = entry.fields["key"]?.string ?? ""
        let found = try row("\(Registry.keyColumns) WHERE name = ?", [name])
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

    private func signature(_ entry: AuditEntry) throws -> [String] {
        let model = entry.model ?? ""
        let digest = entry.fields["digest"]?.string ?? ""
        let keyName = entry.fields["key"]?.string ?? ""
        let found = try row(
            """
            SELECT \(CheckedRow.bounded("signature", 256, as: "signature")),
                \(CheckedRow.bounded("signed_at", RegistryBounds.timestampBytes, as: "at"))
            FROM artifact_signatures WHERE model = ? AND artifact = ? AND key_name = ?
            """, [model, digest, keyName])
        let name = "the signature of '\(keyName)' for \(model) \(digest.prefix(19))"
        guard let found else { return ["\(name) was removed from the registry"] }
        return AuditComparison.differences(
            of: name,
            [
                ("text", try found.optionalText("signature"), entry.fields["signature"]?.string),
                ("time", try found.optionalText("at"), entry.at),
            ])
    }

    /// JSON in the form that entries have, whatever its spelling; as it is where it is none.
    private static func canonical(_ text: String?) -> String? {
        guard let text else { return nil }
        let json = try? JSONValue(
            parsing: text.utf8, act: "", limit: RegistryBounds.metadataBytes)
        return json?.text ?? text
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
