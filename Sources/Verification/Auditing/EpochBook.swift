package import Lifecycle

/// Which deployment each epoch was, as the registry has it: what an audit holds answers against.
///
/// A value, made before the stream is read.
package struct EpochBook: Sendable {
    /// One epoch, and who made it.
    package struct Epoch: Sendable, Equatable {
        package let deployment: Deployment
        /// Who, when (ISO 8601 UTC) and why, for people.
        package let by: String
        package let at: String
        package let reason: String
        /// The SHA-256 of the exact bytes that were announced, as text; nil where not at hand.
        package var record: String?

        package init(
            deployment: Deployment, by: String, at: String, reason: String, record: String? = nil
        ) {
            self.deployment = deployment
            self.by = by
            self.at = at
            self.reason = reason
            self.record = record
        }
    }

    private var epochs: [Int64: Epoch] = [:]
    /// Of the control topic, to which others may write.
    private var heardBytes = 0
    /// The lowest epoch that the registry itself knows.
    package private(set) var first: Int64?

    package init(_ epochs: [Epoch] = []) {
        for epoch in epochs { self.epochs[epoch.deployment.epoch] = epoch }
        first = epochs.map(\.deployment.epoch).min()
    }

    package subscript(epoch: Int64) -> Epoch? { epochs[epoch] }

    package var isEmpty: Bool { epochs.isEmpty }

    /// Oldest first.
    package var deployments: [Deployment] {
        epochs.sorted { $0.key < $1.key }.map(\.value.deployment)
    }

    /// The one that is announced now, as far as the registry knows.
    package var newest: Epoch? { epochs.max { $0.key < $1.key }?.value }

    /// Takes in an epoch that the registry has come to know.
    mutating func learn(_ epoch: Epoch) {
        epochs[epoch.deployment.epoch] = epoch
        first = min(first ?? epoch.deployment.epoch, epoch.deployment.epoch)
    }

    /// Takes in the epochs that a book read later has beyond these.
    mutating func learn(from later: EpochBook) {
        for (number, epoch) in later.epochs where epochs[number] == nil { learn(epoch) }
    }

    /// Takes in what the control topic says of an epoch; what the registry says stands.
    ///
    /// - Parameters:
    ///   - digest: of the record's exact bytes, as text.
    ///   - bytes: of the record.
    package mutating func heard(_ record: ControlRecord, digest: String, bytes: Int) {
        let epoch = record.deployment.epoch
        if let known = epochs[epoch] {
            if known.deployment == record.deployment { epochs[epoch]?.record = digest }
            return
        }
        // Of a registry that had the model before this one: what it said is all that is left.
        guard let first, epoch < first, heardBytes + bytes <= Self.heardBytesMax else { return }
        heardBytes += bytes + 512
        epochs[epoch] = Epoch(
            deployment: record.deployment, by: record.issuedBy, at: record.issuedAt,
            reason: record.reason, record: digest)
    }

    private static let heardBytesMax = 8_388_608
}
