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
    }

    package let entries: [Entry]

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

    package init(model: ModelName, reason: String, isForced: Bool) {
        self.model = model
        self.reason = reason
        self.isForced = isForced
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

    init(_ adopted: OutboxRelay.Adopted) {
        let (deployment, publications) = (adopted.deployment, adopted.publications)
        self.deployment = deployment
        disregardedEpoch = adopted.disregarded
        fault = publications.first { $0.model == deployment.model }?.error
            .map { Promoter.notAnnounced(deployment, $0) }
        others = PendingAnnouncements(of: publications.filter { $0.model != deployment.model })
    }
}
