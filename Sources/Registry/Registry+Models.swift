import GRDB
package import Lifecycle

extension Registry {
    /// All models, by name.
    package func models() throws(SwerveError) -> [ModelSummary] {
        let act = "listing the models"
        return try read(act) { db in
            let deployments = try DeploymentRows.all(in: db, act: act)
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT \(CheckedRow.bounded("name", 63, as: "name")), count(v.number) AS versions,
                        coalesce(max(v.number), 0) AS newest
                    FROM models m LEFT JOIN versions v ON v.model = m.name
                    GROUP BY m.name ORDER BY m.name
                    """)
            return try rows.map { row in
                let row = CheckedRow(row: row, act: act)
                let name = try row.model("name")
                return ModelSummary(
                    name: name, versions: Int(try row.integer("versions", in: 0...Int64.max)),
                    newest: Int(
                        try row.integer("newest", in: 0...RegistryBounds.versions.upperBound)),
                    deployment: deployments[name])
            }
        }
    }

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
                remedy: "register one: swerve register FILE --model \(model)")
        }
        let listed = names.prefix(namedModels).joined(separator: ", ")
        throw SwerveError(
            .notFound, act: act,
            reason: "there is no model \(model); there "
                + (names.count == 1 ? "is " : "are ") + listed
                + (names.count > namedModels ? " and more" : ""),
            remedy: "see: swerve models")
    }

    private static let namedModels = 10
}
