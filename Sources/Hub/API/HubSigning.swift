import Lifecycle
import Operations
import Platform
import Registry

/// A change that a person signs whose key is not here.
///
/// Without the signature over the very bytes that the change would announce, the change ends with
/// them, and nothing is changed. Asked again with the signature, at the moment that was prepared,
/// it makes the same bytes, unless somebody changed the registry in between.
final class HubSigning: Sendable {
    private let terms: SigningTerms
    let moment: ChangeMoment
    private let message = Guarded<[UInt8]?>(nil)

    /// Whether nothing is signed yet.
    var isToPrepare: Bool { terms.signatures.isEmpty }

    static let field = HubOperation.Field(
        "signing", .object,
        "to sign it: key and valid_ms; it is answered with prepared: message, at_ms and salt, and "
            + "asked again with these two and signatures")

    /// - Throws: `.usage` for what is none, `.refused` for a moment that is too long ago.
    init(_ document: JSONValue, nowMs: Int64 = WallClock.nowMs) throws(SwerveError) {
        var fields = document.object ?? [:]
        fields["signatures"] = fields["signatures"] ?? []
        terms = try JSONValueDecoder.decode(
            SigningTerms.self, from: .object(fields), act: Self.act)
        guard (1...Self.validMsMax).contains(terms.validMs) else {
            throw SwerveError(
                .usage, act: Self.act,
                reason: "valid_ms is not between 1 and \(Self.validMsMax)")
        }
        let atMs = terms.atMs ?? nowMs
        let distance = atMs.subtractingReportingOverflow(nowMs).partialValue.magnitude
        guard distance <= Self.preparedMs else {
            throw SwerveError(
                .refused, act: Self.act, reason: "it was prepared too long ago",
                remedy: "have it prepared again, and sign that")
        }
        moment = ChangeMoment(atMs: atMs, salt: terms.salt ?? .random(in: .min ... .max))
    }

    /// With the signatures that came.
    func signing(_ topic: String) -> DeploymentSigning {
        DeploymentSigning(
            signer: RecordSigner(keyName: terms.key) { [self] message throws(SwerveError) in
                try signature(over: message)
            }, topic: topic, validMs: terms.validMs)
    }

    /// What is to be signed; nil where all was.
    var prepared: JSONValue? {
        get throws(SwerveError) {
            guard let message = message.withLock({ $0 }) else { return nil }
            let prepared = PreparedChange(
                message: message, digest: ContentHash.sha256(message), atMs: moment.atMs,
                salt: moment.salt)
            return ["prepared": try JSONValueEncoder.encode(prepared)]
        }
    }

    /// The registry holds it against the key of its name.
    private func signature(over bytes: [UInt8]) throws(SwerveError) -> [UInt8] {
        let digest = ContentHash.sha256(bytes)
        if let signed = terms.signatures.first(where: { $0.digest == digest }) {
            return signed.signature.bytes
        }
        message.withLock { $0 = bytes }
        throw SwerveError(
            .invalid, act: Self.act, reason: "the signature over what is announced is not there")
    }

    private static let act = "reading the signature"
    private static let validMsMax: Int64 = 31_536_000_000
    /// So long a person may take to sign.
    private static let preparedMs: UInt64 = 600_000
}
