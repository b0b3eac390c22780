package import Lifecycle

/// Announcing again what the registry says.
package struct RepublishRequest: Codable, Sendable, Equatable {
    /// Nil for all models.
    package let model: ModelName?
    /// For the history, where the deployments are signed anew.
    package let reason: String

    package init(model: ModelName?, reason: String) {
        self.model = model
        self.reason = reason
    }
}

/// What became of it, a model each.
package struct RepublishResult: Codable, Sendable, Equatable {
    package struct Entry: Codable, Sendable, Equatable {
        package let model: ModelName
        package let epoch: Int64
        /// Why it is not announced; nil where it is.
        package let fault: SwerveError?
        /// What was announced; nil where the registry has moved on meanwhile.
        package let deployment: Deployment?
        /// A slot that ignores it; nil where none is known to.
        package internal(set) var warning: ChangeWarning?
    }

    package internal(set) var entries: [Entry]

    init(_ publications: [Publication], of deployments: [Deployment]) {
        entries = publications.map { publication in
            Entry(
                model: publication.model, epoch: publication.epoch, fault: publication.error,
                deployment: deployments.first {
                    $0.model == publication.model && $0.epoch == publication.epoch
                })
        }
    }
}

/// Taking over what another registry announced for a model.
package struct AdoptRequest: Codable, Sendable, Equatable {
    package let model: ModelName
    /// For the history.
    package let reason: String
    /// Passes the record over, whosever it is and whatever its epoch: for workers that do not
    /// believe it.
    package let isForced: Bool
    /// An epoch that workers have seen: the new one is above it, whatever the topic says.
    ///
    /// What live slots tell on the status topic counts without it.
    package let above: Int64?

    package init(model: ModelName, reason: String, isForced: Bool, above: Int64? = nil) {
        self.model = model
        self.reason = reason
        self.isForced = isForced
        self.above = above
    }
}

/// What came of it.
package struct AdoptResult: Codable, Sendable, Equatable {
    package let deployment: Deployment
    /// The epoch of a record that was passed over; workers that believe it ignore the new one.
    package let disregardedEpoch: Int64?
    /// Why the registry has it and the topic has not; nil where both have.
    package let fault: SwerveError?
    /// What became of other models' changes that were not announced yet.
    package let others: PendingAnnouncements?
    /// What the one who asked should know.
    package let warnings: [ChangeWarning]

    init(_ adopted: OutboxRelay.Adopted, warnings: [ChangeWarning]) {
        self.warnings = warnings
        let (deployment, publications) = (adopted.deployment, adopted.publications)
        self.deployment = deployment
        disregardedEpoch = adopted.disregarded
        fault = publications.first { $0.model == deployment.model }?.error
            .map { Promoter.notAnnounced(deployment, $0) }
        others = PendingAnnouncements(of: publications.filter { $0.model != deployment.model })
    }
}
