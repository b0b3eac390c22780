/// A mandate as it travels in a control record: the very bytes that a person signed, and the
/// signature.
///
/// Nobody has read it yet: `TrustPolicy` holds the signature against a key first.
package struct SignedMandate: Sendable, Hashable {
    /// A `RolloutMandate`, as its bytes are.
    package let text: String
    /// As `RecordSignature` writes it.
    package let signature: String

    package init(text: String, signature: String) {
        self.text = text
        self.signature = signature
    }

    /// In a control record: `"rollout":{"mandate":"{…}","signature":"ed25519 alice …"}`.
    package var json: JSONValue {
        ["mandate": .string(text), "signature": .string(signature)]
    }

    /// Nil for anything else, or above the bounds.
    package init?(_ json: JSONValue?) {
        guard let text = json?["mandate"]?.string, text.utf8.count <= Limits.mandateBytes,
            let signature = json?["signature"]?.string,
            signature.utf8.count <= RecordSignature.textLimit
        else { return nil }
        self.init(text: text, signature: signature)
    }

    /// The name of the key that the signature bears; nil where it is garbled.
    package var signer: String? { (try? RecordSignature(signature))?.keyName }
}

extension ControlRecord {
    /// Why the mandate in this record is over, behind another record that was believed.
    ///
    /// That is so where somebody has spoken since it was signed. Nil where nobody has, and where
    /// the record has none.
    ///
    /// So nothing that a controller says by an old plan moves a fleet once a person has. A mandate
    /// goes on behind its own records, and begins behind the epoch at which it was signed. Whoever
    /// has heard nothing before cannot tell: a slot that starts without a state, and finds only the
    /// newest record of a compacted topic, believes it by its signatures alone.
    package func endOfMandate(behind last: ControlRecord?) -> String? {
        guard let rollout, let last, last.rollout != rollout else { return nil }
        guard let mandate = try? RolloutMandate(rollout.text.utf8) else { return nil }
        let epoch = last.deployment.epoch
        guard mandate.fromEpoch < epoch else { return nil }
        return "its plan was signed at epoch \(mandate.fromEpoch), and epoch \(epoch) is not of "
            + "that plan: somebody has changed the deployment since"
    }
}
