package import Lifecycle

/// A change of a model's deployment as somebody orders it: one value from the command line, or a
/// hub, to the transaction that carries it out.
package struct ChangeOrder: Sendable {
    /// What the deployment is to become.
    package enum What: Sendable {
        /// Other than it is.
        case change(DeploymentChange<Int>)
        /// The same under the next epoch, with a signature of now.
        case renew
        /// The same under an epoch above what stands on the control topic.
        case adopt(DeploymentTakeover)
    }

    package let model: ModelName
    package let what: What
    package let note: ChangeNote
    /// The epoch that the caller decided upon, 0 for "never promoted"; nil takes any.
    package let expectedEpoch: Int64?
    /// Whether a version may begin that reads, does or says something else than the stable one.
    package let isForced: Bool
    /// Signs the announcement in the transaction, as it will travel; nil leaves it unsigned.
    package let signing: DeploymentSigning?
    /// Where the buckets of a new candidate begin.
    package let freshSalt: UInt32

    package init(
        _ what: What, of model: ModelName, expectedEpoch: Int64? = nil, isForced: Bool = false,
        note: ChangeNote, freshSalt: UInt32 = .random(in: .min ... .max),
        signing: DeploymentSigning? = nil
    ) {
        self.model = model
        self.what = what
        self.note = note
        self.expectedEpoch = expectedEpoch
        self.isForced = isForced
        self.signing = signing
        self.freshSalt = freshSalt
    }

    /// The same with another aim.
    package func with(_ what: What) -> ChangeOrder {
        ChangeOrder(
            what, of: model, expectedEpoch: expectedEpoch, isForced: isForced, note: note,
            freshSalt: freshSalt, signing: signing)
    }

    /// The act, for errors.
    package var act: String {
        switch what {
        case .change(let change): change.act(on: model)
        case .renew: "signing \(model) anew"
        case .adopt: "adopting \(model)"
        }
    }

    /// As the audit chain calls it.
    var auditAct: AuditAct {
        switch what {
        case .change: .deploy
        case .renew: .republish
        case .adopt: .adopt
        }
    }

    var takeover: DeploymentTakeover {
        if case .adopt(let takeover) = what { takeover } else { DeploymentTakeover() }
    }

    /// When the announcement may no longer be appended; nil where nothing is signed.
    func expiry() throws(SwerveError) -> Int64? {
        guard let signing else { return nil }
        guard let issued = Timestamp.milliseconds(of: note.at) else {
            throw SwerveError(.system, act: act, reason: "'\(note.at)' is not a time")
        }
        return issued + signing.validMs
    }
}
