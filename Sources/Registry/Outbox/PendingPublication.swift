package import Lifecycle

/// A model's newest deployment, not yet known to be on the control topic.
package struct PendingPublication: Sendable, Equatable {
    /// Whose record this one may replace: another registry's, up to that epoch.
    package struct Adoption: Sendable, Equatable {
        package let registry: String
        package let epoch: Int64

        package init(registry: String, epoch: Int64) {
            self.registry = registry
            self.epoch = epoch
        }
    }

    package let model: ModelName
    package let epoch: Int64
    /// The control record's exact bytes.
    package let record: [UInt8]
    /// The header that travels with it; nil where it is not signed.
    package let signature: String?
    package let adoption: Adoption?
    /// Wall-clock milliseconds after which workers refuse it; nil where it is not signed.
    package let expiresAtMs: Int64?

    /// The record as it travels.
    package var announcement: Announcement { Announcement(value: record, signature: signature) }
}

extension PendingPublication.Adoption {
    var document: JSONValue { ["registry": .string(registry), "epoch": .int(epoch)] }
}

extension Registry {
    /// Each model's newest deployment where it is not known to be on the control topic, by name.
    package func pendingPublications() throws(SwerveError) -> [PendingPublication] {
        try read("reading the outbox") { try $0.outbox.pending() }
    }

    /// Whether `epoch` of `model`, or a later one, was seen on the control topic.
    package func isAnnounced(_ model: ModelName, epoch: Int64) throws(SwerveError) -> Bool {
        try read("reading the outbox") { try $0.outbox.isPublished(model, epoch: epoch) }
    }

    /// Whether `record` is, to the byte, what this registry announced, or is to announce, as
    /// `epoch` of `model`.
    package func hasIssued(
        _ record: [UInt8], as epoch: Int64, of model: ModelName
    ) throws(SwerveError) -> Bool {
        try read("reading the outbox") {
            try $0.outbox.announcement(model, epoch: epoch)?.record == record
        }
    }

    /// What this registry announced, or is to announce, as `epoch` of `model`; nil where it has
    /// none such.
    package func announcement(
        of model: ModelName, epoch: Int64
    ) throws(SwerveError) -> ControlRecord? {
        try read("reading the outbox") { transaction in
            try transaction.outbox.announcement(model, epoch: epoch).map {
                try ControlRecord(key: model.description.utf8, value: $0.record)
            }
        }
    }

    /// Notes that the control topic has `epoch` of `model`, or a later one.
    ///
    /// The audit chain does not tell of it: it tells what was wanted, the topic what was announced.
    package func markPublished(
        _ model: ModelName, upTo epoch: Int64, at time: String
    ) throws(SwerveError) {
        try write("marking \(model) as published up to epoch \(epoch)") {
            try $0.outbox.markPublished(model, upTo: epoch, at: time)
        }
    }

    /// Puts the present state of `model`, or of all, into the outbox again.
    ///
    /// - Returns: how many models that are.
    /// - Throws: `.notFound` for a model that is not there, `.refused` for one that was never
    ///   promoted.
    @discardableResult
    package func requeue(_ model: ModelName? = nil) throws(SwerveError) -> Int {
        let act = "announcing \(model?.description ?? "all models") again"
        return try write(act) { transaction in
            if let model {
                try transaction.models.require(model)
                guard try transaction.deployments.one(model) != nil else {
                    throw SwerveError(
                        .refused, act: act, reason: "it was never promoted",
                        problem: Problem(.neverPromoted, [.model: "\(model)"]))
                }
            }
            return try transaction.outbox.requeue(model)
        }
    }
}
