import GRDB
package import Lifecycle

extension Registry {
    /// All models, by name.
    package func models() throws(SwerveError) -> [ModelSummary] {
        let act = "listing the models"
        return try read(act) { db in
            let deployments = try DeploymentRows.all(in: db, act: act)
            let aliases = try Self.aliasesByModel(in: db, act: act)
            let rows = try Row.fetchAll(db, sql: Self.summaries)
            return try rows.map { row in
                let row = CheckedRow(row: row, act: act)
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

    /// - Throws: `.notFound`, naming the models that there are.
    static func requireModel(_ model: ModelName, in db: Database, act: String) throws {
        let found = try Int64.fetchOne(
            db, sql: "SELECT 1 FROM models WHERE name = ?", arguments: [model.description])
        guard found == nil else { return }
        let names = try Row.fetchAll(
            db,
            sql: """
                SELECT \(CheckedRow.bounded("name", 63, as: "name")) FROM models
                ORDER BY name LIMIT \(namedModels + 1)
                """
        ).map { try CheckedRow(row: $0, act: act).text("name") }
        guard !names.isEmpty else {
            throw SwerveError(
                .notFound, act: act, reason: "the registry has no models yet",
                problem: Problem(.noModels, [.model: "\(model)"]))
        }
        let listed = names.prefix(namedModels).joined(separator: ", ")
        throw SwerveError(
            .notFound, act: act,
            reason: "there is no model \(model); there "
                + (names.count == 1 ? "is " : "are ") + listed
                + (names.count > namedModels ? " and more" : ""),
            problem: Problem(.modelNotFound, [.model: "\(model)"]))
    }

    private static let namedModels = 10
}
