package import Lifecycle

/// Looking models and versions up.
extension Registry {
    /// All models, by name.
    package func models() throws(SwerveError) -> [ModelSummary] {
        try read("listing the models") { try $0.search.models() }
    }

    /// Versions of `model`, oldest first: all, or some.
    ///
    /// - Parameters:
    ///   - number: only those of higher numbers.
    ///   - upper: only those of lower numbers; nil for all.
    ///   - limit: at most so many, the newest of them where `upper` is given, else the oldest; no
    ///     others are read. Nil for all.
    /// - Throws: `.notFound` for a model that is not registered, naming those that are.
    package func versions(
        of model: ModelName, after number: Int = 0, before upper: Int? = nil, limit: Int? = nil
    ) throws(SwerveError) -> [RegisteredVersion] {
        try read("listing the versions of \(model)") { transaction in
            try transaction.models.require(model)
            return try transaction.search.versions(
                of: model, after: number, before: upper, limit: limit)
        }
    }

    /// The versions that `query` finds, of `model` or of all models, by name and number.
    ///
    /// - Parameters:
    ///   - reference: only those behind this one; nil for all.
    ///   - limit: at most so many, and no others are read; nil for all.
    package func versions(
        matching query: VersionQuery, of model: ModelName? = nil,
        after reference: VersionReference? = nil, limit: Int? = nil
    ) throws(SwerveError) -> [RegisteredVersion] {
        let act = "searching the versions of \(model?.description ?? "all models")"
        return try read(act) { transaction in
            if let model { try transaction.models.require(model) }
            return try transaction.search.versions(
                matching: query, of: model, after: reference, limit: limit)
        }
    }

    /// One version.
    ///
    /// - Throws: `.notFound`, naming what there is.
    package func version(_ reference: VersionReference) throws(SwerveError) -> RegisteredVersion {
        try read("looking up \(reference)") { try $0.search.version(reference) }
    }
}
