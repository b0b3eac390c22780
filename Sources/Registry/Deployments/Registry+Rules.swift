import GRDB
package import Lifecycle
import Platform

/// What a change of a deployment is held against, beside its own rule.
extension Registry {
    /// - Throws: `.refused` for an archived version.
    static func requireDeployable(
        _ reference: VersionReference, in db: Database, act: String
    ) throws {
        let archived = try Int64.fetchOne(
            db, sql: "SELECT 1 FROM archived_versions WHERE model = ? AND number = ?",
            arguments: [reference.model.description, reference.version])
        guard archived != nil else { return }
        throw SwerveError(
            .refused, act: act, reason: "\(reference) is archived",
            problem: Problem(.versionArchived, [.version: "\(reference)"]))
    }

    /// The compatibility gate: what begins to decide records reads, does and says what the stable
    /// version does.
    ///
    /// A rollback goes to what was live before, and passes.
    static func checkContract(
        _ request: ChangeRequest, after current: Deployment?, in db: Database, act: String
    ) throws {
        let number: Int
        switch request {
        case .promote(let version), .canary(let version, _), .shadow(let version, _):
            number = version
        case .complete, .abort, .rollback, .rollbackTo, .settings: return
        }
        guard let current else { return }
        let stable = try contract(current.model, current.stable.version, in: db, act: act)
        let wanted = try contract(current.model, number, in: db, act: act)
        let differences = wanted.differences(from: stable)
        guard !differences.isEmpty else { return }
        throw SwerveError(
            .refused, act: act, reason: differences.joined(separator: "; "),
            problem: Problem(
                .contractDiffers,
                [.model: "\(current.model)", .version: "\(current.model)@\(number)"]))
    }

    private static func contract(
        _ model: ModelName, _ number: Int, in db: Database, act: String
    ) throws -> ModelContract {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT \(CheckedRow.bounded("task", 64, as: "task")),
                    \(CheckedRow.bounded("input_view", 64, as: "input_view")),
                    \(CheckedRow.bounded("labels", RegistryBounds.labelsBytes, as: "labels"))
                FROM version_facts WHERE model = ? AND number = ?
                """,
            arguments: [model.description, number])
        guard let row else { return ModelContract(inputView: nil, task: nil, labels: nil) }
        let checked = CheckedRow(row: row, act: act)
        let labels = try checked.optionalText("labels").map { text in
            try JSONValue(parsing: text.utf8, act: act, limit: RegistryBounds.labelsBytes)
        }
        return ModelContract(
            inputView: try checked.optionalText("input_view"),
            task: try checked.optionalText("task"),
            labels: labels?.array?.compactMap(\.string))
    }

    /// When an announcement made at `note.at` may no longer be appended.
    static func expiry(
        of note: ChangeNote, validMs: Int64, act: String
    ) throws(SwerveError) -> Int64 {
        guard let issued = Timestamp.milliseconds(of: note.at) else {
            throw SwerveError(.system, act: act, reason: "'\(note.at)' is not a time")
        }
        return issued + validMs
    }
}

extension Deployment {
    /// What an audit entry tells of a change: the deployment, whose record it replaces, who signs.
    func auditDetails(
        _ takeover: DeploymentTakeover, signing: DeploymentSigning?
    ) -> [String: JSONValue] {
        var details: [String: JSONValue] = ["deployment": auditDocument]
        details["adopted"] = takeover.adoption?.document
        details["disregarded"] = takeover.disregarded?.document
        details["signing"] = signing.map {
            ["key": .string($0.signer.keyName), "topic": .string($0.topic)]
        }
        return details
    }

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
