package import Lifecycle
package import Registry

/// All models, and what is live of each.
package struct ModelsRequest: Codable, Sendable, Equatable {
    package init() {}
}

package struct ModelsResult: Codable, Sendable, Equatable {
    /// By name.
    package let models: [ModelSummary]
}

/// A model with its versions.
package struct ModelRequest: Codable, Sendable, Equatable {
    package let model: ModelName
    /// Only versions of higher numbers; nil for all.
    package let after: Int?
    /// Only those of lower numbers, the newest of them where there is a limit; nil for all.
    package let before: Int?
    /// So many versions at most, the oldest of them without `before`; nil for all.
    package let limit: Int?

    package init(
        model: ModelName, after: Int? = nil, before: Int? = nil, limit: Int? = nil
    ) {
        self.model = model
        self.after = after
        self.before = before
        self.limit = limit
    }

    /// The newest versions of a model, below a number where one is given.
    package static func newest(
        of model: ModelName, below number: Int? = nil, limit: Int
    ) -> ModelRequest {
        ModelRequest(model: model, before: number ?? Int.max, limit: limit)
    }
}

package struct ModelResult: Codable, Sendable, Equatable {
    package let model: ModelName
    /// Nil where no version was ever promoted.
    package let deployment: Deployment?
    /// Oldest first.
    package let versions: [RegisteredVersion]
}

/// The names of a model's versions.
package struct AliasesRequest: Codable, Sendable, Equatable {
    package let model: ModelName

    package init(model: ModelName) { self.model = model }
}

package struct AliasesResult: Codable, Sendable, Equatable {
    package let model: ModelName
    /// By name.
    package let aliases: [AliasEntry]
}

/// Which registry it is.
package struct RegistryRequest: Codable, Sendable, Equatable {
    package init() {}
}

package struct RegistryResult: Codable, Sendable, Equatable {
    /// As every control record carries it.
    package let id: String
    /// Where it is, for people: a file's path.
    package let place: String
}
