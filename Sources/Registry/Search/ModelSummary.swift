package import Lifecycle

/// A model as the registry lists it.
package struct ModelSummary: Sendable, Equatable, Codable {
    package let name: ModelName
    /// Archived ones among them.
    package let versions: Int
    package let archived: Int
    /// The highest version number; 0 where there is none yet.
    package let newest: Int
    /// When that one was registered, ISO 8601 UTC.
    package let newestAt: String?
    /// Nil where no version was ever promoted.
    package let deployment: Deployment?
    /// By name.
    package let aliases: [AliasEntry]
}

extension VersionSearch {
    /// All models, by name.
    func models() throws -> [ModelSummary] {
        let deployments = try transaction.deployments.all()
        let aliases = try transaction.aliases.byModel()
        return try transaction.rows(Self.summaries).map { row in
            let name = try row.model("name")
            let bounds = 0...RegistryBounds.versions.upperBound
            let newest = try row.integer("newest", in: bounds)
            let lastArchived = try row.integer("last_archived", in: bounds)
            guard lastArchived <= newest else {
                throw row.malformed(
                    "archive", "of \(name)@\(lastArchived), which does not exist")
            }
            return ModelSummary(
                name: name, versions: Int(newest),
                archived: Int(try row.integer("archived", in: bounds)), newest: Int(newest),
                newestAt: try row.optionalText("newest_at"), deployment: deployments[name],
                aliases: aliases[name] ?? [])
        }
    }

    /// Versions count from 1 without gaps and are never removed, so the highest number is how many
    /// there are: the index answers, however many that is.
    private static let summaries = """
        SELECT \(CheckedRow.bounded("s.name", 63, as: "name")), s.newest, s.archived, s.last_archived,
            \(CheckedRow.bounded("d.registered_at", RegistryBounds.timestampBytes, as: "newest_at"))
        FROM (SELECT m.name,
            (SELECT coalesce(max(number), 0) FROM versions WHERE model = m.name) AS newest,
            (SELECT count(*) FROM archived_versions WHERE model = m.name) AS archived,
            (SELECT coalesce(max(number), 0) FROM archived_versions WHERE model = m.name)
                AS last_archived
            FROM models m) s
        LEFT JOIN version_metadata d ON d.model = s.name AND d.number = s.newest
        ORDER BY s.name
        """
}
