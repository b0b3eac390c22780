import GRDB
package import Lifecycle

/// What `swerve verify` walks over: every row on its own, so that a damaged one is named and hides
/// no other.
extension Registry {
    /// What SQLite itself finds wrong with the file (damaged pages, rows that refer to none), and
    /// what of its schema is not as the migrations make it; empty where all is well.
    ///
    /// Reads the whole file.
    package func checkIntegrity() throws(SwerveError) -> [String] {
        let act = "checking the registry's file"
        return try read(act) { db in
            let damages = try Row.fetchAll(db, sql: "PRAGMA integrity_check(\(Self.findingsMax))")
                .compactMap { String.fromDatabaseValue($0[0]) }.filter { $0 != "ok" }
            var orphans: [String] = []
            let rows = try Row.fetchCursor(db, sql: "PRAGMA foreign_key_check")
            while orphans.count < Self.findingsMax, let row = try rows.next() {
                let table = String.fromDatabaseValue(row["table"]) ?? "?"
                let parent = String.fromDatabaseValue(row["parent"]) ?? "?"
                let place = Int64.fromDatabaseValue(row["rowid"]).map { "row \($0)" } ?? "a row"
                orphans.append("\(table): \(place) refers to a row of \(parent) that is not there")
            }
            return (damages + orphans + (try SchemaCheck.differences(db))).map {
                $0.shortened(to: Self.findingCharacters)
            }
        }
    }

    /// Every model that has a row or a version, and what is wrong with those that have no name.
    package func modelsToCheck() throws(SwerveError) -> (names: [ModelName], faults: [SwerveError])
    {
        let act = "listing the models"
        return try read(act) { db in
            var names: [ModelName] = []
            var faults: [SwerveError] = []
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT \(CheckedRow.bounded("name", 63, as: "name"))
                    FROM (SELECT name FROM models UNION SELECT model FROM versions) ORDER BY 1
                    """)
            while let row = try rows.next() {
                let checked = CheckedRow(row: row, act: act)
                do throws(SwerveError) {
                    names.append(try checked.model("name"))
                } catch {
                    let shown = (try? checked.text("name")).map { " '\($0)'" } ?? ""
                    faults.append(checked.malformed("model name\(shown)", error.reason))
                }
            }
            return (names, faults)
        }
    }

    /// What is wrong with a model beside its versions: their numbers, its deployment.
    package func faults(of model: ModelName) throws(SwerveError) -> [SwerveError] {
        let act = "checking \(model)"
        return try read(act) { db in
            var faults: [SwerveError] = []
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT count(*) AS versions, coalesce(max(number), 0) AS newest,
                        count(*) FILTER (WHERE typeof(number) <> 'integer') AS odd,
                        (SELECT count(*) FROM models WHERE name = ?1) AS rows
                    FROM versions WHERE model = ?1
                    """, arguments: [model.description])
            if let row {
                let checked = CheckedRow(row: row, act: act)
                let counted = try checked.integer("versions", in: 0...Int64.max)
                if try checked.integer("rows", in: 0...Int64.max) == 0 {
                    faults.append(checked.malformed("model", "missing, though it has versions"))
                }
                if try checked.integer("odd", in: 0...Int64.max) > 0 {
                    faults.append(checked.malformed("version number", "not a number"))
                } else {
                    let newest = try checked.integer("newest", in: Int64.min...Int64.max)
                    if newest != counted {
                        faults.append(
                            checked.malformed(
                                "newest version \(newest)", "one of \(counted): some are missing"))
                    }
                }
            }
            do {
                _ = try DeploymentRows.one(model, in: db, act: act)
            } catch let fault as SwerveError {
                faults.append(fault)
            }
            return faults
        }
    }

    /// The versions of `model` above `number`, at most `limit` of them, in order.
    package func versionsToCheck(
        of model: ModelName, above number: Int, limit: Int
    ) throws(SwerveError) -> [VersionToCheck] {
        try versionsToCheck(of: model, where: "v.number > ?2", number, limit: limit)
    }

    /// One of them.
    ///
    /// - Throws: `.notFound`, naming what there is.
    package func versionToCheck(
        _ reference: VersionReference
    ) throws(SwerveError) -> VersionToCheck {
        let found = try versionsToCheck(
            of: reference.model, where: "v.number = ?2", reference.version, limit: 1)
        if let found = found.first { return found }
        // For its words.
        _ = try version(reference)
        throw SwerveError(.notFound, act: "looking up \(reference)", reason: "it is not there")
    }

    private func versionsToCheck(
        of model: ModelName, where condition: String, _ number: Int, limit: Int
    ) throws(SwerveError) -> [VersionToCheck] {
        let act = "checking \(model)"
        return try read(act) { db in
            let rows = try Row.fetchAll(
                db, sql: Self.selectionToCheck(condition),
                arguments: [model.description, number, limit])
            return try rows.map { row in
                let checked = CheckedRow(row: row, act: act)
                let number = Int(try checked.integer("number", in: Int64.min...Int64.max))
                let content = Result { () throws(SwerveError) in try Self.content(checked) }
                return VersionToCheck(
                    reference: VersionReference(model: model, version: number), content: content)
            }
        }
    }

    private static func selectionToCheck(_ condition: String) -> String {
        """
        SELECT v.number, \(CheckedRow.bounded("v.artifact", 71, as: "artifact")),
            (SELECT count(*) FROM versions o WHERE o.artifact = v.artifact) AS sharing,
            a.collected_at IS NOT NULL AS collected, f.model IS NOT NULL AS known, f.bytes,
            CASE WHEN typeof(f.threshold) = 'real' THEN f.threshold END AS threshold, f.features,
            CASE WHEN length(f.format) <= 64 THEN f.format END AS format,
            CASE WHEN length(f.golden) <= 64 THEN f.golden END AS golden,
            CASE WHEN length(f.task) <= 64 THEN f.task ELSE '?' END AS task,
            CASE WHEN length(f.input_view) <= 64 THEN f.input_view ELSE '?' END AS input_view,
            f.task IS NULL AS no_task, f.input_view IS NULL AS no_input_view,
            \(CheckedRow.bounded("f.labels", RegistryBounds.labelsBytes, as: "labels"))
        FROM versions v LEFT JOIN archived_versions a USING (model, number)
            LEFT JOIN version_facts f USING (model, number)
        WHERE v.model = ?1 AND typeof(v.number) = 'integer' AND \(condition)
        ORDER BY v.number LIMIT ?3
        """
    }

    private static func content(_ row: CheckedRow) throws(SwerveError) -> VersionToCheck.Content {
        let number = try row.integer("number", in: RegistryBounds.versions)
        guard number > 0 else { throw row.malformed("number", "not a version's") }
        return VersionToCheck.Content(
            digest: try row.digest("artifact"),
            isShared: try row.integer("sharing", in: 0...Int64.max) > 1,
            isCollected: try row.integer("collected", in: 0...1) == 1,
            facts: try row.integer("known", in: 0...1) == 1 ? try facts(row) : nil)
    }

    private static func facts(_ row: CheckedRow) throws(SwerveError) -> VersionToCheck.StoredFacts {
        let labels = try row.optionalText("labels").map { text throws(SwerveError) in
            guard
                let list = try JSONValue(
                    parsing: text.utf8, act: row.act, limit: RegistryBounds.labelsBytes
                ).array
            else { throw row.malformed("labels", "not a list") }
            return list.map { $0.string ?? "?" }
        }
        return VersionToCheck.StoredFacts(
            format: try row.optionalText("format"),
            bytes: try row.optionalInteger("bytes", in: Int64.min...Int64.max),
            threshold: Double.fromDatabaseValue(row.row["threshold"]),
            golden: try row.optionalText("golden"),
            told: VersionFacts(
                labels: labels,
                task: try row.integer("no_task", in: 0...1) == 1 ? nil : row.text("task"),
                inputView: try row.integer("no_input_view", in: 0...1) == 1
                    ? nil : row.text("input_view"),
                features: try row.optionalInteger("features", in: 0...Int64(Int32.max))
                    .map { Int($0) }))
    }

    private static let findingsMax = 100
    private static let findingCharacters = 300
}
