import Lifecycle
import Platform

/// A token that an issuer has signed, before anything of it is believed (RFC 7515, compact).
struct SignedToken: Sendable {
    let algorithm: IssuerKey.Algorithm
    /// Which of the issuer's keys; nil where it does not say.
    let keyID: String?
    /// What is signed.
    let message: [UInt8]
    let signature: [UInt8]
    private let payload: [UInt8]

    /// - Throws: `.invalid` for what is none, and for an algorithm that is not taken: `none`, and
    ///   those where whoever verifies could sign too.
    init(_ text: String) throws(SwerveError) {
        func wrong(_ reason: String) -> SwerveError {
            SwerveError(.invalid, act: Self.act, reason: reason)
        }
        guard text.utf8.count <= Self.textBytes else {
            throw wrong("it has more than \(Self.textBytes) bytes")
        }
        let parts = Array(text.utf8).split(
            separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let head = Base64URL.bytes(parts[0]),
            let payload = Base64URL.bytes(parts[1]), let signature = Base64URL.bytes(parts[2])
        else { throw wrong("it is neither a token of this hub nor a signed one") }
        let header = try Self.object(head)
        guard let name = header["alg"]?.string,
            let algorithm = IssuerKey.Algorithm(rawValue: name)
        else {
            throw wrong("it is signed by none of RS256, ES256 and EdDSA")
        }
        guard header["crit"] == nil else {
            throw wrong("it asks for what this hub does not know")
        }
        if let given = header["kid"] {
            guard let id = given.string, id.utf8.count <= Self.keyIDBytes else {
                throw wrong("the name of its key is none")
            }
            keyID = id
        } else {
            keyID = nil
        }
        self.algorithm = algorithm
        self.payload = payload
        self.signature = signature
        message = Array(text.utf8.prefix(parts[0].count + 1 + parts[1].count))
    }

    /// What it says, for who has verified the signature.
    func claims() throws(SwerveError) -> JSONValue { try Self.object(payload) }

    private static func object(_ bytes: [UInt8]) throws(SwerveError) -> JSONValue {
        let value = try JSONValue(parsing: bytes, act: act, limit: textBytes)
        guard value.object != nil else {
            throw SwerveError(.invalid, act: act, reason: "a part of it is no JSON object")
        }
        return value
    }

    static let act = "reading a token"
    private static let textBytes = 16 << 10
    private static let keyIDBytes = 256
}
