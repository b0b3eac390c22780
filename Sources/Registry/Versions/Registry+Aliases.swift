package import Lifecycle

/// Names for versions, beside deployments.
extension Registry {
    /// The aliases of `model`, by name.
    ///
    /// - Throws: `.invalid` for one that names a version that does not exist.
    package func aliases(of model: ModelName) throws(SwerveError) -> [AliasEntry] {
        try read("listing the aliases of \(model)") { transaction in
            try transaction.models.require(model)
            return try transaction.aliases.all(of: model)
        }
    }

    /// The version that people name by number or alias; a number is taken as it is.
    ///
    /// - Throws: `.notFound` for an alias that the model does not have, naming those it has.
    package func resolve(_ selector: VersionSelector) throws(SwerveError) -> VersionReference {
        try read("looking up \(selector)") { try $0.aliases.resolve(selector) }
    }

    /// Makes `alias` name a version of the model from now on, wherever it pointed before.
    ///
    /// - Returns: the version that it named before; nil for a new one.
    /// - Throws: `.refused` for an archived version, `.unchanged` where it names that one already.
    @discardableResult
    package func setAlias(
        _ alias: AliasName, to version: VersionReference, note: ChangeNote
    ) throws(SwerveError) -> Int? {
        let act = "calling \(version) \(alias)"
        return try audited(act, note) { transaction, note in
            _ = try transaction.search.version(version)
            try transaction.archive.requireUnarchived(version)
            let before = try transaction.aliases.set(alias, to: version, note: note)
            guard before != version.version else {
                throw SwerveError(
                    .unchanged, act: act, reason: "it is called so already",
                    problem: AliasStore.problem(.aliasUnchanged, alias, of: version.model))
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
        try audited("removing alias \(alias) of \(model)", note) { transaction, note in
            try transaction.models.require(model)
            // Not resolved: one that names no version must go, too.
            return try transaction.aliases.remove(alias, of: model, note: note)
        }
    }
}
