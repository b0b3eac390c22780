import GRDB
package import Lifecycle

/// Names for versions, beside deployments.
extension Registry {
    /// The aliases of `model`, by name.
    ///
    /// - Throws: `.invalid` for one that names a version that does not exist.
    package func aliases(of model: ModelName) throws(SwerveError) -> [AliasEntry] {
        let act = "listing the aliases of \(model)"
        return try read(act) { db in
            try Self.requireModel(model, in: db, act: act)
            return try Self.aliases(of: model, in: db, act: act)
        }
    }

    /// Makes `alias` name a version of the model from now on, wherever it pointed before.
    ///
    /// - Returns: the version that it named before; nil for a new one.
    /// - Throws: `.refused` for an archived version, `.unchanged` where it names that one already.
    @discardableResult
    package func setAlias(
        _ alias: AliasName, to reference: VersionReference, note: ChangeNote
    ) throws(SwerveError) -> Int? {
        let act = "calling \(reference) \(alias)"
        return try audited(act, note) { db, note in
            _ = try Self.version(reference, in: db, act: act)
            try Self.requireUnarchived(reference, in: db, act: act)
            let before = try Self.setAlias(
                alias, to: reference, note: note, registry: id, in: db, act: act)
            guard before != reference.version else {
                throw SwerveError(
                    .unchanged, act: act, reason: "it is called so already",
                    problem: Self.problem(.aliasUnchanged, alias, of: reference.model))
            }
            return before
        }
    }

    /// Takes an alias away.
    ///
    /// - Returns: the version that it named.
    @discardableResult
    package func removeAlias(
        _ alias: AliasName, of model: ModelName, note: ChangeNote
    ) throws(SwerveError) -> Int {
        let act = "removing alias \(alias) of \(model)"
        return try audited(act, note) { db, note in
            try Self.requireModel(model, in: db, act: act)
            // Not resolved: a dangling one must go, too.
            guard let before = try Self.aliasRow(alias, of: model, in: db, act: act) else {
                throw try Self.unknownAlias(alias, of: model, in: db, act: act)
            }
            try db.execute(
                sql: "DELETE FROM aliases WHERE model = ? AND name = ?",
                arguments: [model.description, alias.description])
            try AuditLog.append(
                .alias, model: model, note: note,
                details: [
                    "alias": .string(alias.description), "before": .int(Int64(before)),
                    "version": .null,
                ], registry: id, in: db, act: act)
            return before
        }
    }

    static func resolve(
        _ selector: VersionSelector, in db: Database, act: String
    ) throws -> VersionReference {
        let number: Int
        switch selector.choice {
        case .number(let given): number = given
        case .alias(let alias):
            try requireModel(selector.model, in: db, act: act)
            guard let found = try aliasRow(alias, of: selector.model, in: db, act: act) else {
                throw try unknownAlias(alias, of: selector.model, in: db, act: act)
            }
            let exists = try Int64.fetchOne(
                db, sql: "SELECT 1 FROM versions WHERE model = ? AND number = ?",
                arguments: [selector.model.description, found])
            guard exists != nil else { throw dangling(alias, found, of: selector.model, act: act) }
            number = found
        }
        return VersionReference(model: selector.model, version: number)
    }

    /// Sets an alias within a larger change; says nothing where it is so already.
    static func setAlias(
        _ alias: AliasName, to reference: VersionReference, note: ChangeNote, registry: String,
        in db: Database, act: String
    ) throws -> Int? {
        let model = reference.model
        let before = try aliasRow(alias, of: model, in: db, act: act)
        guard before != reference.version else { return before }
        let count = try Int.fetchOne(
            db, sql: "SELECT count(*) FROM aliases WHERE model = ?",
            arguments: [model.description])
        guard before != nil || count ?? 0 < RegistryBounds.aliasesOfModel else {
            throw SwerveError(
                .tooLarge, act: act,
                reason: "\(model) has \(RegistryBounds.aliasesOfModel) aliases, no more are kept",
                problem: problem(.tooManyAliases, alias, of: model))
        }
        try db.execute(
            sql: """
                INSERT INTO aliases (model, name, number, set_at, set_by) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (model, name) DO UPDATE SET number = excluded.number,
                    set_at = excluded.set_at, set_by = excluded.set_by
                """,
            arguments: [
                model.description, alias.description, reference.version, note.at, note.by,
            ])
        try AuditLog.append(
            .alias, model: model, note: note,
            details: [
                "alias": .string(alias.description),
                "before": before.map { .int(Int64($0)) } ?? .null,
                "version": .int(Int64(reference.version)),
            ], registry: registry, in: db, act: act)
        return before
    }

    /// All aliases, by model.
    static func aliasesByModel(
        in db: Database, act: String
    ) throws -> [ModelName: [AliasEntry]] {
        var found: [ModelName: [AliasEntry]] = [:]
        for row in try Row.fetchAll(db, sql: "\(selection) ORDER BY x.model, x.name") {
            let entry = try entry(CheckedRow(row: row, act: act))
            found[entry.model, default: []].append(entry)
        }
        return found
    }

    private static func aliases(
        of model: ModelName, in db: Database, act: String
    ) throws -> [AliasEntry] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                \(selection) WHERE x.model = ? ORDER BY x.name
                LIMIT \(RegistryBounds.aliasesOfModel)
                """,
            arguments: [model.description])
        return try rows.map { try entry(CheckedRow(row: $0, act: act)) }
    }

    private static let selection = """
        SELECT \(CheckedRow.bounded("x.model", 63, as: "model")),
            \(CheckedRow.bounded("x.name", 63, as: "alias")), x.number,
            \(CheckedRow.bounded("x.set_at", RegistryBounds.timestampBytes, as: "at")),
            \(CheckedRow.bounded("x.set_by", RegistryBounds.authorBytes, as: "by")),
            v.number AS existing
        FROM aliases x LEFT JOIN versions v ON v.model = x.model AND v.number = x.number
        """

    private static func entry(_ row: CheckedRow) throws(SwerveError) -> AliasEntry {
        let model = try row.model("model")
        let name = try row.text("alias")
        guard let alias = try? AliasName(name) else {
            throw row.malformed("alias", "'\(name)', not an alias")
        }
        let number = Int(try row.integer("number", in: RegistryBounds.versions))
        guard try row.optionalInteger("existing", in: RegistryBounds.versions) != nil else {
            throw dangling(alias, number, of: model, act: row.act)
        }
        return AliasEntry(
            model: model, alias: alias, version: number, at: try row.text("at"),
            by: try row.text("by"))
    }

    private static func aliasRow(
        _ alias: AliasName, of model: ModelName, in db: Database, act: String
    ) throws -> Int? {
        let row = try Row.fetchOne(
            db, sql: "SELECT number FROM aliases WHERE model = ? AND name = ?",
            arguments: [model.description, alias.description])
        return try row.map { row in
            Int(
                try CheckedRow(row: row, act: act).integer("number", in: RegistryBounds.versions))
        }
    }

    private static func unknownAlias(
        _ alias: AliasName, of model: ModelName, in db: Database, act: String
    ) throws -> SwerveError {
        let names = try aliases(of: model, in: db, act: act).map(\.alias.description)
        let listed = names.prefix(namedAliases).joined(separator: ", ")
        let existing =
            names.isEmpty
            ? "it has none" : "it has \(listed)" + (names.count > namedAliases ? " and more" : "")
        return SwerveError(
            .notFound, act: act, reason: "\(model) has no alias \(alias); \(existing)",
            problem: problem(.aliasNotFound, alias, of: model))
    }

    private static func dangling(
        _ alias: AliasName, _ number: Int, of model: ModelName, act: String
    ) -> SwerveError {
        SwerveError(
            .invalid, act: act,
            reason: "the registry's alias \(alias) names version \(number) of \(model), "
                + "which does not exist",
            problem: problem(.aliasDangling, alias, of: model))
    }

    private static func problem(
        _ kind: Problem.Kind, _ alias: AliasName, of model: ModelName
    ) -> Problem {
        Problem(kind, [.alias: "\(alias)", .model: "\(model)"])
    }

    private static let namedAliases = 10
}
