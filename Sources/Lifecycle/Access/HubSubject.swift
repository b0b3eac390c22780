/// Somebody who asks something of a hub, once the hub knows who it is.
package struct HubSubject: Sendable, Hashable {
    /// A role, and for which models.
    package struct Grant: Sendable, Hashable {
        package let role: HubRole
        package let models: ModelPattern

        package init(role: HubRole, models: ModelPattern) {
            self.role = role
            self.models = models
        }
    }

    /// What was shown, for who asks again later whether it still stands.
    package enum Credential: Sendable, Hashable {
        /// Nothing, and nothing had to be.
        case none
        /// A token of the registry's, by its name, which no other ever gets.
        case token(ModelName)
        /// A token of an issuer's, which holds until then; wall clock, milliseconds since 1970.
        case issued(untilMs: Int64)
    }

    /// As the audit chain names it.
    package let name: String
    /// At least one.
    package let grants: [Grant]
    package let credential: Credential

    package init(name: String, grants: [Grant], credential: Credential) {
        self.name = name
        self.grants = grants
        self.credential = credential
    }

    /// The highest that it has, for whatever models.
    package var role: HubRole { grants.map(\.role).max() ?? .reader }

    /// Whether it sees every model, those that are to come too.
    package var seesAll: Bool { grants.contains { $0.models.isAll } }

    /// Whether it may know of a model.
    package func sees(_ model: String) -> Bool { may(.reader, on: model) }

    /// Whether an entry of the audit chain is told to it.
    ///
    /// - Parameter model: what the entry is on; nil for what is on no model, which is told to who
    ///   sees all of them.
    package func sees(entryOn model: String?) -> Bool { model.map { sees($0) } ?? seesAll }

    /// Whether it may do what needs `right`.
    ///
    /// - Parameter model: which model that is about; nil for no model, or for all. To look at what
    ///   is about no model the role is enough, and lists leave out what it does not see; to change
    ///   what is about no model it needs the role for all models.
    package func may(_ right: HubRole, on model: String?) -> Bool {
        grants.contains { grant in
            guard grant.role >= right else { return false }
            guard let model else { return right == .reader || grant.models.isAll }
            return grant.models.matches(model)
        }
    }

    /// Holds what it may against what is asked.
    ///
    /// - Throws: `.refused` with the problem `rightLacking`. Whether there is such a model is not
    ///   told.
    package func require(
        _ right: HubRole, on models: [String?], act: String
    ) throws(SwerveError) {
        for model in models where !may(right, on: model) {
            let place =
                model.map { " on \($0.shortened(to: 63))" }
                ?? (right == .reader ? "" : " on all models")
            throw SwerveError(
                .refused, act: act,
                reason: "\(name) has not the role \(right.rawValue)\(place)",
                problem: Problem(
                    .rightLacking, [.role: right.rawValue, .model: model ?? "*"]))
        }
    }
}
