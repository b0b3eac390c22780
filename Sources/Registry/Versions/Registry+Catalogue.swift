import GRDB
package import Lifecycle

/// Looking versions up.
extension Registry {
    /// All versions of `model`, oldest first.
    ///
    /// - Throws: `.notFound` for a model that is not registered, naming those that are.
    package func versions(of model: ModelName) throws(SwerveError) -> [RegisteredVersion] {
        let act = "listing the versions of \(model)"
        return try read(act) { db in
            try Self.requireModel(model, in: db, act: act)
            return try VersionRows.fetch(
                where: "v.model = ?", [model.description], in: db, act: act)
        }
    }

    /// The versions that `query` finds, of `model` or of all models, by name and number.
    package func versions(
        matching query: VersionQuery, of model: ModelName? = nil
    ) throws(SwerveError) -> [RegisteredVersion] {
        let act = "searching the versions of \(model?.description ?? "all models")"
        let compiled = VersionQuerySQL(query)
        return try read(act) { db in
            guard let model else {
                return try VersionRows.fetch(
                    where: compiled.condition, compiled.arguments, in: db, act: act)
            }
            try Self.requireModel(model, in: db, act: act)
            return try VersionRows.fetch(
                where: "(\(compiled.condition)) AND v.model = ?\(compiled.count + 1)",
                compiled.arguments + [model.description], in: db, act: act)
        }
    }

    /// One version.
    ///
    /// - Throws: `.notFound`, naming what there is.
    package func version(_ reference: VersionReference) throws(SwerveError) -> RegisteredVersion {
        let act = "looking up \(reference)"
        return try read(act) { db in try Self.version(reference, in: db, act: act) }
    }

    /// The version that people name by number or alias; a number is taken as it is.
    ///
    /// - Throws: `.notFound` for an alias that the model does not have, naming those it has.
    package func resolve(_ selector: VersionSelector) throws(SwerveError) -> VersionReference {
        let act = "looking up \(selector)"
        return try read(act) { db in try Self.resolve(selector, in: db, act: act) }
    }

    static func version(
        _ reference: VersionReference, in db: Database, act: String
    ) throws -> RegisteredVersion {
        try requireModel(reference.model, in: db, act: act)
        let found = try VersionRows.fetch(
            where: "v.model = ? AND v.number = ?",
            [reference.model.description, reference.version], in: db, act: act)
        if let version = found.first { return version }
        let newest = try Int64.fetchOne(
            db, sql: "SELECT max(number) FROM versions WHERE model = ?",
            arguments: [reference.model.description])
        let existing: String
        switch newest ?? 0 {
        case ...0: existing = "\(reference.model) has no versions"
        case 1: existing = "\(reference.model) has version 1 alone"
        case let newest: existing = "\(reference.model) has versions 1 to \(newest)"
        }
        throw SwerveError(
            .notFound, act: act, reason: "there is no version \(reference.version); \(existing)",
            problem: Problem(
                .versionNotFound, [.version: "\(reference)", .model: "\(reference.model)"]))
    }
}
