import GRDB
import Lifecycle

/// The table `deployments`: a row for a model's present state, digests joined from its versions.
struct DeploymentStore {
    let transaction: RegistryTransaction

    /// Nil where no version of the model was ever promoted.
    func one(_ model: ModelName) throws -> Deployment? {
        try transaction.row("\(Self.selection) WHERE d.model = ?", [model.description])
            .map { try Self.deployment($0) }
    }

    func all() throws -> [ModelName: Deployment] {
        var deployments: [ModelName: Deployment] = [:]
        for row in try transaction.rows(Self.selection) {
            let deployment = try Self.deployment(row)
            deployments[deployment.model] = deployment
        }
        return deployments
    }

    /// - Parameter isFirst: the model has no row yet.
    func save(_ deployment: Deployment, isFirst: Bool) throws {
        let columns = [
            "model", "epoch", "stable", "candidate", "candidate_mode", "candidate_share",
            "previous", "salt", "settings",
        ]
        let arguments: StatementArguments = [
            deployment.model.description, deployment.epoch, deployment.stable.version,
            deployment.candidate?.deployed.version, deployment.candidate?.mode.rawValue,
            deployment.candidate?.share.tenThousandths, deployment.previous?.version,
            Int64(deployment.salt), deployment.settings.json.text,
        ]
        if isFirst {
            let marks = columns.map { _ in "?" }.joined(separator: ", ")
            try transaction.execute(
                "INSERT INTO deployments (\(columns.joined(separator: ", "))) VALUES (\(marks))",
                arguments)
        } else {
            let sets = columns.map { "\($0) = ?" }.joined(separator: ", ")
            try transaction.execute(
                "UPDATE deployments SET \(sets) WHERE model = ?",
                arguments + [deployment.model.description])
        }
    }

    private static let selection = """
        SELECT \(CheckedRow.bounded("d.model", 63, as: "model")), d.epoch, d.stable, d.candidate,
            \(CheckedRow.bounded("d.candidate_mode", 16, as: "candidate_mode")), d.candidate_share,
            d.previous, d.salt,
            \(CheckedRow.bounded("d.settings", RegistryBounds.settingsBytes, as: "settings")),
            \(CheckedRow.bounded("s.artifact", 71, as: "stable_digest")),
            \(CheckedRow.bounded("c.artifact", 71, as: "candidate_digest")),
            \(CheckedRow.bounded("p.artifact", 71, as: "previous_digest"))
        FROM deployments d
        LEFT JOIN versions s ON s.model = d.model AND s.number = d.stable
        LEFT JOIN versions c ON c.model = d.model AND c.number = d.candidate
        LEFT JOIN versions p ON p.model = d.model AND p.number = d.previous
        """

    private static func deployment(_ row: CheckedRow) throws(SwerveError) -> Deployment {
        guard let stable = try deployed(row, "stable") else {
            throw row.malformed("stable", "missing")
        }
        return Deployment(
            model: try row.model("model"),
            epoch: try row.integer("epoch", in: RegistryBounds.epochs), stable: stable,
            candidate: try candidate(row), previous: try deployed(row, "previous"),
            salt: UInt32(truncatingIfNeeded: try row.integer("salt", in: RegistryBounds.salts)),
            settings: try DeploymentSettings(
                .object(try row.object("settings", limit: RegistryBounds.settingsBytes)),
                act: row.act))
    }

    private static func candidate(_ row: CheckedRow) throws(SwerveError) -> Candidate? {
        guard let deployed = try deployed(row, "candidate") else { return nil }
        let name = try row.text("candidate_mode")
        guard let mode = Candidate.Mode(rawValue: name) else {
            throw SwerveError(
                .refused, act: row.act,
                reason: "candidate mode '\(name.shortened(to: 40))' is not known here",
                remedy: "use the newer swerve that wrote it")
        }
        let parts = try row.integer("candidate_share", in: 1...Int64(Share.denominator))
        return Candidate(
            deployed: deployed, mode: mode, share: try Share(tenThousandths: Int(parts)))
    }

    private static func deployed(
        _ row: CheckedRow, _ column: String
    ) throws(SwerveError) -> DeployedVersion? {
        guard let number = try row.optionalInteger(column, in: RegistryBounds.versions) else {
            return nil
        }
        return DeployedVersion(version: Int(number), digest: try row.digest("\(column)_digest"))
    }
}
