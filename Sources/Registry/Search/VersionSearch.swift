import GRDB
import Lifecycle

/// Versions with all that is known of them, joined from their tables.
///
/// `v` is the version, `m` what people say of it, `f` its facts, `a` its archival, `d` the model's
/// deployment.
struct VersionSearch {
    let transaction: RegistryTransaction

    /// One version.
    ///
    /// - Throws: `.notFound`, naming what there is.
    func version(_ reference: VersionReference) throws -> RegisteredVersion {
        try transaction.models.require(reference.model)
        let found = try versions(
            where: "v.model = ? AND v.number = ?",
            [reference.model.description, reference.version], isKept: true)
        if let version = found.first { return version }
        let existing =
            switch try transaction.versions.newest(of: reference.model) {
            case 0: "\(reference.model) has no versions"
            case 1: "\(reference.model) has version 1 alone"
            case let newest: "\(reference.model) has versions 1 to \(newest)"
            }
        throw SwerveError(
            .notFound, act: transaction.act,
            reason: "there is no version \(reference.version); \(existing)",
            problem: Problem(
                .versionNotFound, [.version: "\(reference)", .model: "\(reference.model)"]))
    }

    /// Versions of `model` behind a number, and below one, oldest first; all without a limit, and
    /// the newest with one and an upper number.
    func versions(
        of model: ModelName, after number: Int, before upper: Int?, limit: Int?
    ) throws -> [RegisteredVersion] {
        let found = try versions(
            where: "v.model = ?1 AND v.number > ?2 AND v.number < ?3",
            [model.description, number, upper ?? Int.max, limit ?? -1],
            isNewestFirst: upper != nil, limit: "?4", isKept: true)
        return upper == nil ? found : found.reversed()
    }

    /// What `query` finds, of `model` or of all models, behind `reference`, by name and number.
    func versions(
        matching query: VersionQuery, of model: ModelName?, after reference: VersionReference?,
        limit: Int?
    ) throws -> [RegisteredVersion] {
        let compiled = VersionQuerySQL(query)
        var (condition, arguments) = (compiled.condition, compiled.arguments)
        var count = compiled.count
        func bind(_ value: any DatabaseValueConvertible) -> String {
            arguments += [value]
            count += 1
            return "?\(count)"
        }
        if let model { condition = "(\(condition)) AND v.model = \(bind(model.description))" }
        if let reference {
            let place = "(\(bind(reference.model.description)), \(bind(reference.version)))"
            condition = "(\(condition)) AND (v.model, v.number) > \(place)"
        }
        let most = bind(limit ?? -1)
        return try versions(where: condition, arguments, limit: most)
    }

    /// - Parameters:
    ///   - condition: SQL over the tables above.
    ///   - limit: SQL of the number of rows; below 0 for all.
    ///   - isKept: whether the condition is always the same; see `RegistryTransaction.rows`.
    private func versions(
        where condition: String, _ arguments: StatementArguments, isNewestFirst: Bool = false,
        limit: String = "-1", isKept: Bool = false
    ) throws -> [RegisteredVersion] {
        var versions: [RegisteredVersion] = []
        let order = isNewestFirst ? "v.model DESC, v.number DESC" : "v.model, v.number"
        try transaction.forEachRow(
            "\(Self.selection) WHERE \(condition) ORDER BY \(order) LIMIT \(limit)",
            arguments, isKept: isKept
        ) { row in
            versions.append(try Self.version(row))
        }
        return versions
    }

    private static let selection = """
        SELECT \(CheckedRow.bounded("v.model", 63, as: "model")), v.number,
            \(CheckedRow.bounded("v.artifact", 71, as: "artifact")),
            f.bytes, f.threshold, f.features,
            \(CheckedRow.bounded("f.format", RegistryBounds.wordBytes, as: "format")),
            \(CheckedRow.bounded("f.golden", RegistryBounds.wordBytes, as: "golden")),
            \(CheckedRow.bounded("f.task", RegistryBounds.wordBytes, as: "task")),
            \(CheckedRow.bounded("f.input_view", RegistryBounds.wordBytes, as: "input_view")),
            \(CheckedRow.bounded("f.labels", RegistryBounds.labelsBytes, as: "labels")),
            \(CheckedRow.bounded("m.note", Limits.remarkBytes, as: "note")),
            \(CheckedRow.bounded("m.metrics", RegistryBounds.metadataBytes, as: "metrics")),
            \(CheckedRow.bounded("m.tags", RegistryBounds.metadataBytes, as: "tags")),
            \(CheckedRow.bounded("m.lineage", RegistryBounds.metadataBytes, as: "lineage")),
            \(CheckedRow.bounded("m.registered_at", RegistryBounds.timestampBytes, as: "at")),
            \(CheckedRow.bounded("m.registered_by", RegistryBounds.authorBytes, as: "by")),
            a.number AS archived,
            \(CheckedRow.bounded("a.archived_at", RegistryBounds.timestampBytes, as: "archived_at")),
            \(CheckedRow.bounded("a.archived_by", RegistryBounds.authorBytes, as: "archived_by")),
            \(CheckedRow.bounded("a.reason", Limits.remarkBytes, as: "archive_reason")),
            \(CheckedRow.bounded("a.collected_at", RegistryBounds.timestampBytes, as: "collected_at")),
            CASE v.number WHEN d.stable THEN 'stable'
                WHEN d.candidate THEN substr(d.candidate_mode, 1, 16)
                WHEN d.previous THEN 'previous' END AS role,
            (SELECT group_concat(CASE WHEN length(name) > 63 THEN '?' ELSE name END, ' ')
                FROM (SELECT name FROM aliases x WHERE x.model = v.model AND x.number = v.number
                    ORDER BY name LIMIT \(RegistryBounds.aliasesOfModel))) AS aliases,
            (SELECT group_concat(CASE WHEN length(key_name) > 63 OR length(signed_at) >
                    \(RegistryBounds.timestampBytes) THEN '?' ELSE key_name || ' ' || signed_at END,
                    char(10))
                FROM (SELECT key_name, signed_at FROM artifact_signatures s
                    WHERE s.model = v.model AND s.artifact = v.artifact
                    ORDER BY key_name LIMIT \(Limits.trustedKeys))) AS signers
        FROM \(joined)
        """

    /// The tables of a search.
    private static let joined = """
        versions v
        LEFT JOIN version_metadata m ON m.model = v.model AND m.number = v.number
        LEFT JOIN version_facts f ON f.model = v.model AND f.number = v.number
        LEFT JOIN archived_versions a ON a.model = v.model AND a.number = v.number
        LEFT JOIN deployments d ON d.model = v.model
        """

    private static func version(_ row: CheckedRow) throws(SwerveError) -> RegisteredVersion {
        let number = Int(try row.integer("number", in: RegistryBounds.versions))
        return RegisteredVersion(
            reference: VersionReference(model: try row.model("model"), version: number),
            digest: try row.digest("artifact"),
            bytes: Int(try row.integer("bytes", in: 0...Int64.max)), facts: try facts(row),
            metadata: VersionMetadata(
                note: try row.text("note"),
                metrics: try row.values("metrics", \.double),
                tags: try row.values("tags", \.string),
                lineage: Lineage(
                    .object(try row.values("lineage", \.string).mapValues { .string($0) })),
                registeredAt: try row.text("at"), registeredBy: try row.text("by")),
            aliases: try aliases(row), role: try role(row), archival: try archival(row),
            signers: try signers(row))
    }

    private static func facts(_ row: CheckedRow) throws(SwerveError) -> CatalogueFacts {
        let features = try row.optionalInteger("features", in: 0...Int64(Int32.max))
        return CatalogueFacts(
            format: try row.text("format"), threshold: try row.double("threshold"),
            golden: try row.text("golden"),
            scorer: VersionFacts(
                labels: try row.optionalText("labels") == nil
                    ? nil : row.strings("labels"),
                task: try row.optionalText("task"), inputView: try row.optionalText("input_view"),
                features: features.map(Int.init)))
    }

    private static func archival(_ row: CheckedRow) throws(SwerveError) -> Archival? {
        guard try row.optionalInteger("archived", in: RegistryBounds.versions) != nil else {
            return nil
        }
        return Archival(
            at: try row.text("archived_at"), by: try row.text("archived_by"),
            reason: try row.text("archive_reason"),
            collectedAt: try row.optionalText("collected_at"))
    }

    private static func role(_ row: CheckedRow) throws(SwerveError) -> DeploymentRole? {
        guard let text = try row.optionalText("role") else { return nil }
        guard let role = DeploymentRole(rawValue: text) else {
            throw row.malformed("candidate_mode", "'\(text)', which is not known here")
        }
        return role
    }

    private static func aliases(_ row: CheckedRow) throws(SwerveError) -> [AliasName] {
        guard let text = try row.optionalText("aliases") else { return [] }
        var aliases: [AliasName] = []
        for name in text.split(separator: " ", omittingEmptySubsequences: false) {
            guard let alias = try? AliasName(String(name)) else {
                throw row.malformed("alias", "'\(String(name).shortened(to: 80))', not an alias")
            }
            aliases.append(alias)
        }
        return aliases
    }

    private static func signers(_ row: CheckedRow) throws(SwerveError) -> [ArtifactSigner] {
        guard let text = try row.optionalText("signers") else { return [] }
        var signers: [ArtifactSigner] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let parts = line.split(separator: " ", maxSplits: 1)
            guard parts.count == 2 else { throw row.malformed("signature", "malformed") }
            signers.append(ArtifactSigner(key: String(parts[0]), at: String(parts[1])))
        }
        return signers
    }
}
