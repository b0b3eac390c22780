extension Deployment {
    /// The document that promotions, rollbacks and status print: model, epoch, stable, candidate,
    /// previous, settings, always all of them.
    package var document: JSONValue {
        [
            "model": .string(model.description), "epoch": .int(epoch),
            "stable": Self.document(stable),
            "candidate": candidate.map { candidate in
                var fields = Self.document(candidate.deployed).object ?? [:]
                fields["mode"] = .string(candidate.mode.rawValue)
                fields["share"] = .double(candidate.share.fraction)
                return .object(fields)
            } ?? .null,
            "previous": previous.map(Self.document) ?? .null, "settings": settings.json,
        ]
    }

    /// The same in one line: `epoch 12, stable 7, canary 8 at 5%, previous 6`.
    package var summary: String { "epoch \(epoch), \(versionsSummary)" }

    /// Without the epoch: `stable 7, canary 8 at 5%, previous 6`.
    package var versionsSummary: String {
        var parts = ["stable \(stable.version)"]
        if let candidate {
            parts.append(
                "\(candidate.mode.rawValue) \(candidate.deployed.version) at \(candidate.share)")
        }
        if let previous { parts.append("previous \(previous.version)") }
        let changed = settings.versions.keys.sorted().map(String.init).joined(separator: " and ")
        if !changed.isEmpty { parts.append("own settings for \(changed)") }
        return parts.joined(separator: ", ")
    }

    private static func document(_ deployed: DeployedVersion) -> JSONValue {
        [
            "version": .int(Int64(deployed.version)),
            "digest": .string(deployed.digest.description),
        ]
    }
}
