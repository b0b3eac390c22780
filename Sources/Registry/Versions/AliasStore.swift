import GRDB
package import Lifecycle

/// A name for a version, and who gave it.
package struct AliasEntry: Sendable, Equatable, Codable {
    package let model: ModelName
    package let alias: AliasName
    package let version: Int
    /// Wall clock, ISO 8601 UTC.
    package let at: String
    package let by: String
}

/// The table `aliases`: names for versions, beside deployments.
struct AliasStore {
    let transaction: RegistryTransaction

    /// The aliases of `model`, by name.
    func all(of model: ModelName) throws -> [AliasEntry] {
        try transaction.rows(
            """
            \(Self.selection) WHERE x.model = ? ORDER BY x.name
            LIMIT \(RegistryBounds.aliasesOfModel)
            """, [model.description]
        ).map(entry)
    }

    /// All aliases, by model.
    func byModel() throws -> [ModelName: [AliasEntry]] {
        let entries = try transaction.rows("\(Self.selection) ORDER BY x.model, x.name")
            .map(entry)
        return Dictionary(grouping: entries, by: \.model)
    }

    /// The version that an alias names, whether there is such a version or not; nil where there is
    /// no such alias.
    func number(of alias: AliasName, of model: ModelName) throws -> Int? {
        try transaction.row(
            "SELECT number FROM aliases WHERE model = ? AND name = ?",
            [model.description, alias.description]
        ).map { Int(try $0.integer("number", in: RegistryBounds.versions)) }
    }

    /// The version that people name by number or alias; a number is taken as it is.
    ///
    /// - Throws: `.notFound` for an alias that the model does not have, naming those it has.
    func resolve(_ selector: VersionSelector) throws -> VersionReference {
        switch selector.choice {
        case .number(let number):
            return VersionReference(model: selector.model, version: number)
        case .alias(let alias):
            try transaction.models.require(selector.model)
            guard let number = try number(of: alias, of: selector.model) else {
                throw try unknown(alias, of: selector.model)
            }
            let version = VersionReference(model: selector.model, version: number)
            guard try transaction.versions.exists(version) else {
                throw dangling(alias, number, of: selector.model)
            }
            return version
        }
    }

    /// Makes an alias name a version, and tells the audit chain; does nothing where it is so.
    ///
    /// - Returns: the version that it named before; nil for a new one.
    /// - Throws: `.tooLarge` where the model has too many.
    func set(
        _ alias: AliasName, to version: VersionReference, note: ChangeNote
    ) throws -> Int? {
        let model = version.model
        let before = try number(of: alias, of: model)
        guard before != version.version else { return before }
        if before == nil { try requireRoom(for: alias, of: model) }
        try transaction.execute(
            """
            INSERT INTO aliases (model, name, number, set_at, set_by) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (model, name) DO UPDATE SET number = excluded.number,
                set_at = excluded.set_at, set_by = excluded.set_by
            """,
            [model.description, alias.description, version.version, note.at, note.by])
        try tell(alias, of: model, before: before, now: version.version, note)
        return before
    }

    /// Takes an alias away, also one that names a version that is not there.
    ///
    /// - Returns: the version that it named.
    func remove(_ alias: AliasName, of model: ModelName, note: ChangeNote) throws -> Int {
        guard let before = try number(of: alias, of: model) else {
            throw try unknown(alias, of: model)
        }
        try transaction.execute(
            "DELETE FROM aliases WHERE model = ? AND name = ?",
            [model.description, alias.description])
        try tell(alias, of: model, before: before, now: nil, note)
        return before
    }

    private func requireRoom(for alias: AliasName, of model: ModelName) throws {
        let count = try transaction.row(
            "SELECT count(*) AS aliases FROM aliases WHERE model = ?", [model.description]
        )?.integer("aliases", in: 0...Int64.max)
        guard count ?? 0 < RegistryBounds.aliasesOfModel else {
            throw SwerveError(
                .tooLarge, act: transaction.act,
                reason: "\(model) has \(RegistryBounds.aliasesOfModel) aliases, no more are kept",
                problem: Self.problem(.tooManyAliases, alias, of: model))
        }
    }

    private func tell(
        _ alias: AliasName, of model: ModelName, before: Int?, now: Int?, _ note: ChangeNote
    ) throws {
        func number(_ version: Int?) -> JSONValue { version.map { .int(Int64($0)) } ?? .null }
        try transaction.audit.append(
            .alias, model: model, note: note,
            details: [
                "alias": .string(alias.description), "before": number(before),
                "version": number(now),
            ])
    }

    private static let selection = """
        SELECT \(CheckedRow.bounded("x.model", 63, as: "model")),
            \(CheckedRow.bounded("x.name", 63, as: "alias")), x.number,
            \(CheckedRow.bounded("x.set_at", RegistryBounds.timestampBytes, as: "at")),
            \(CheckedRow.bounded("x.set_by", RegistryBounds.authorBytes, as: "by")),
            v.number AS existing
        FROM aliases x LEFT JOIN versions v ON v.model = x.model AND v.number = x.number
        """

    private func entry(_ row: CheckedRow) throws -> AliasEntry {
        let model = try row.model("model")
        let name = try row.text("alias")
        guard let alias = try? AliasName(name) else {
            throw row.malformed("alias", "'\(name)', not an alias")
        }
        let number = Int(try row.integer("number", in: RegistryBounds.versions))
        guard try row.optionalInteger("existing", in: RegistryBounds.versions) != nil else {
            throw dangling(alias, number, of: model)
        }
        return AliasEntry(
            model: model, alias: alias, version: number, at: try row.text("at"),
            by: try row.text("by"))
    }

    private func unknown(_ alias: AliasName, of model: ModelName) throws -> SwerveError {
        let names = try all(of: model).map(\.alias.description)
        let listed = names.prefix(Self.named).joined(separator: ", ")
        let existing =
            names.isEmpty
            ? "it has none" : "it has \(listed)" + (names.count > Self.named ? " and more" : "")
        return SwerveError(
            .notFound, act: transaction.act,
            reason: "\(model) has no alias \(alias); \(existing)",
            problem: Self.problem(.aliasNotFound, alias, of: model))
    }

    private func dangling(
        _ alias: AliasName, _ number: Int, of model: ModelName
    ) -> SwerveError {
        SwerveError(
            .invalid, act: transaction.act,
            reason: "the registry's alias \(alias) names version \(number) of \(model), "
                + "which does not exist",
            problem: Self.problem(.aliasDangling, alias, of: model))
    }

    static func problem(
        _ kind: Problem.Kind, _ alias: AliasName, of model: ModelName
    ) -> Problem {
        Problem(kind, [.alias: "\(alias)", .model: "\(model)"])
    }

    /// So many are named in an error.
    private static let named = 10
}
