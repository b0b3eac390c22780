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
        _ change: DeploymentChange<Int>, after current: Deployment?, in db: Database, act: String
    ) throws {
        guard let number = change.wantedVersion, let current else { return }
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
