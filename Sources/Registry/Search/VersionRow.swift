import GRDB
package import Lifecycle

/// A version's row as it is stored, sound or not.
///
/// For a check of the whole registry: every row is read on its own, so that a damaged one is named
/// and hides no other.
package struct VersionRow: Sendable, Equatable {
    /// What the row says, where it is sound.
    package struct Content: Sendable, Equatable {
        package let digest: Digest
        /// Whether other versions have the same artifact.
        package let isShared: Bool
        /// Whether its files were removed by gc.
        package let isCollected: Bool
        /// What lists and searches go by; nil where there is no row.
        package let facts: StoredFacts?
    }

    /// The table `version_facts`; what a text should be and is not is nil.
    package struct StoredFacts: Sendable, Equatable {
        package let format: String?
        package let bytes: Int64?
        package let threshold: Double?
        package let golden: String?
        /// The scorer's, nil where the swerve that registered it did not tell.
        package let told: VersionFacts
    }

    package let reference: VersionReference
    package let content: Result<Content, SwerveError>
}

extension Registry {
    /// Every model that has a row or a version, and what is wrong with those that have no name.
    package func modelRows() throws(SwerveError) -> (names: [ModelName], faults: [SwerveError]) {
        try read("listing the models") { try $0.search.modelRows() }
    }

    /// What is wrong with a model beside its versions: their numbers, its deployment.
    package func faults(of model: ModelName) throws(SwerveError) -> [SwerveError] {
        try read("checking \(model)") { try $0.search.faults(of: model) }
    }

    /// The rows of the versions of `model` above `number`, at most `limit` of them, in order.
    package func versionRows(
        of model: ModelName, above number: Int, limit: Int
    ) throws(SwerveError) -> [VersionRow] {
        try read("checking \(model)") {
            try $0.search.rows(of: model, where: "v.number > ?2", number, limit: limit)
        }
    }

    /// One of them.
    ///
    /// - Throws: `.notFound`, naming what there is.
    package func versionRow(_ reference: VersionReference) throws(SwerveError) -> VersionRow {
        try read("checking \(reference.model)") { transaction in
            let found = try transaction.search.rows(
                of: reference.model, where: "v.number = ?2", reference.version, limit: 1)
            if let found = found.first { return found }
            // For its words.
            _ = try transaction.search.version(reference)
            throw transaction.edited("the row of \(reference) cannot be read")
        }
    }
}

extension VersionSearch {
    func modelRows() throws -> (names: [ModelName], faults: [SwerveError]) {
        var names: [ModelName] = []
        var faults: [SwerveError] = []
        try transaction.forEachRow(
            """
            SELECT \(CheckedRow.bounded("name", 63, as: "name"))
            FROM (SELECT name FROM models UNION SELECT model FROM versions) ORDER BY 1
            """
        ) { row in
            do throws(SwerveError) {
                names.append(try row.model("name"))
            } catch {
                let shown = (try? row.text("name")).map { " '\($0)'" } ?? ""
                faults.append(row.malformed("model name\(shown)", error.reason))
            }
        }
        return (names, faults)
    }

    func faults(of model: ModelName) throws -> [SwerveError] {
        var faults = try numbering(of: model)
        do {
            _ = try transaction.deployments.one(model)
        } catch let fault as SwerveError {
            faults.append(fault)
        }
        return faults
    }

    /// Whether the numbers of a model's versions are 1, 2, 3 … without a gap.
    private func numbering(of model: ModelName) throws -> [SwerveError] {
        let row = try transaction.row(
            """
            SELECT count(*) AS versions, coalesce(max(number), 0) AS newest,
                count(*) FILTER (WHERE typeof(number) <> 'integer') AS odd,
                (SELECT count(*) FROM models WHERE name = ?1) AS rows
            FROM versions WHERE model = ?1
            """, [model.description])
        guard let row else { return [] }
        var faults: [SwerveError] = []
        let counted = try row.integer("versions", in: 0...Int64.max)
        if try row.integer("rows", in: 0...Int64.max) == 0 {
            faults.append(row.malformed("model", "missing, though it has versions"))
        }
        guard try row.integer("odd", in: 0...Int64.max) == 0 else {
            return faults + [row.malformed("version number", "not a number")]
        }
        let newest = try row.integer("newest", in: Int64.min...Int64.max)
        if newest != counted {
            faults.append(
                row.malformed(
                    "newest version \(newest)", "one of \(counted): some are missing"))
        }
        return faults
    }

    /// - Parameter condition: on `v.number` and the parameter ?2.
    func rows(
        of model: ModelName, where condition: String, _ number: Int, limit: Int
    ) throws -> [VersionRow] {
        try transaction.rows(
            Self.rowSelection(condition), [model.description, number, limit]
        ).map { row in
            let number = Int(try row.integer("number", in: Int64.min...Int64.max))
            return VersionRow(
                reference: VersionReference(model: model, version: number),
                content: Result { () throws(SwerveError) in try Self.content(row) })
        }
    }

    private static func rowSelection(_ condition: String) -> String {
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

    private static func content(_ row: CheckedRow) throws(SwerveError) -> VersionRow.Content {
        let number = try row.integer("number", in: RegistryBounds.versions)
        guard number > 0 else { throw row.malformed("number", "not a version's") }
        return VersionRow.Content(
            digest: try row.digest("artifact"),
            isShared: try row.integer("sharing", in: 0...Int64.max) > 1,
            isCollected: try row.integer("collected", in: 0...1) == 1,
            facts: try row.integer("known", in: 0...1) == 1 ? try storedFacts(row) : nil)
    }

    private static func storedFacts(
        _ row: CheckedRow
    ) throws(SwerveError) -> VersionRow.StoredFacts {
        let labels = try row.optionalText("labels").map { text throws(SwerveError) in
            guard
                let list = try JSONValue(
                    parsing: text.utf8, act: row.act, limit: RegistryBounds.labelsBytes
                ).array
            else { throw row.malformed("labels", "not a list") }
            return list.map { $0.string ?? "?" }
        }
        return VersionRow.StoredFacts(
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
}
