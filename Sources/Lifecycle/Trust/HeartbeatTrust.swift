/// Whose heartbeats count, where somebody asks: the one rule for everybody who reads the status
/// topic; pure, tested by a table.
///
/// A trust file with a key that has the role report asks. A heartbeat is believed then when such a
/// key signed its very bytes for this topic and this slot; nothing of it is parsed before. When it
/// was said, and whether it is news, its own signed words tell: see `HeartbeatOrder`. The broker's
/// times tell nothing of that, as anybody may send an old record again.
package struct HeartbeatTrust: Sendable {
    package enum Belief: Sendable, Equatable {
        /// Nobody signs heartbeats, as far as the reader knows: everybody's word counts.
        case notAsked
        /// By this key's word.
        case believed(by: String)
        /// The same of the process that says that it stops.
        case farewell(by: String, incarnation: String)
        /// It does not count, and why.
        case refused(String)

        package var isRefused: Bool {
            if case .refused = self { true } else { false }
        }
    }

    /// Of a record without a value: which process stops.
    package static let farewellHeader = "swerve-farewell"

    private let trusted: TrustFile
    private let topic: String
    private let verify: TrustPolicy.Verify
    /// Why nothing counts; nil where the file was read.
    private let fault: String?

    /// Nil where the file does not ask: no key in it has the role report.
    ///
    /// One that is revoked asks as well, or to revoke the last would open the topic to everybody.
    /// - Parameter topic: the status topic's name, which signatures cover.
    package init?(trusted: TrustFile, topic: String, verify: @escaping TrustPolicy.Verify) {
        guard trusted.keys.contains(where: { $0.roles.contains(.report) }) else { return nil }
        self.trusted = trusted
        self.topic = topic
        self.verify = verify
        fault = nil
    }

    /// Of a trust file that is named and could not be read: no heartbeat counts.
    package static func unreadable(_ reason: String) -> HeartbeatTrust {
        HeartbeatTrust(fault: "the trust file could not be read: \(reason)")
    }

    private init(fault: String) {
        trusted = TrustFile(keys: [])
        topic = ""
        verify = { _, _, _ in false }
        self.fault = fault
    }

    /// - Parameters:
    ///   - key: of the topic's record, as it came; so is `value`, nil for none.
    ///   - headers: by name, the last of each.
    package func judge(key: [UInt8], value: [UInt8]?, headers: [String: String]) -> Belief {
        if let fault { return .refused(fault) }
        guard let header = headers[RecordSignature.header] else {
            return .refused("it is not signed")
        }
        guard let signature = try? RecordSignature(header) else {
            return .refused("its signature is garbled")
        }
        let name = signature.keyName
        guard let known = trusted[name] else {
            return .refused("key '\(name)', which signed it, is not in the trust file")
        }
        guard known.roles.contains(.report) else {
            return .refused("key '\(name)', which signed it, has not the role report")
        }
        // The signed time is the signer's own word, so a thief of the key could choose one before.
        guard known.revokedAtMs == nil else {
            return .refused("key '\(name)', which signed it, is revoked")
        }
        if let value {
            let message = SignedMessage.heartbeat(topic: topic, key: key, value: value)
            guard verify(known.publicKey, message, signature.bytes) else { return Self.other(name) }
            return .believed(by: name)
        }
        guard let incarnation = headers[Self.farewellHeader] else {
            return .refused("it does not say which process stops")
        }
        let message = SignedMessage.farewell(topic: topic, key: key, incarnation: incarnation)
        guard verify(known.publicKey, message, signature.bytes) else { return Self.other(name) }
        return .farewell(by: name, incarnation: incarnation)
    }

    private static func other(_ name: String) -> Belief {
        .refused("it bears the name of key '\(name)', but the signature is not that key's for it")
    }
}

/// Signs the heartbeats of one slot.
package struct HeartbeatSigner: Sendable {
    private let signer: RecordSigner
    private let topic: String
    private let key: [UInt8]

    /// - Parameter topic: the status topic's name.
    package init(_ signer: RecordSigner, topic: String, slot: SlotID) {
        self.signer = signer
        self.topic = topic
        key = Array(slot.description.utf8)
    }

    /// The headers of a heartbeat with this value.
    ///
    /// About 40 us.
    package func headers(
        of value: [UInt8]
    ) throws(SwerveError) -> [(name: String, value: String)] {
        let message = SignedMessage.heartbeat(topic: topic, key: key, value: value)
        return [(RecordSignature.header, try signer.signature(over: message).description)]
    }

    /// The headers of the record without a value that takes the slot off the topic.
    package func headers(
        ofFarewell incarnation: String
    ) throws(SwerveError) -> [(name: String, value: String)] {
        let message = SignedMessage.farewell(topic: topic, key: key, incarnation: incarnation)
        return [
            (RecordSignature.header, try signer.signature(over: message).description),
            (HeartbeatTrust.farewellHeader, incarnation),
        ]
    }
}
