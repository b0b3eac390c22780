import Lifecycle
import Platform

/// The keys of an issuer, as it publishes them (RFC 7517).
struct IssuerKeys: Sendable {
    private let keys: [(id: String?, key: IssuerKey)]

    /// Reads what an issuer serves; keys that are of no use here are passed over.
    ///
    /// - Throws: `.invalid` for what is no set of keys, or has none that is of use.
    init(_ document: JSONValue, act: String) throws(SwerveError) {
        guard let listed = document["keys"]?.array else {
            throw SwerveError(.invalid, act: act, reason: "the issuer's answer is no set of keys")
        }
        keys = listed.prefix(Self.keysMax).compactMap { entry in
            Self.key(entry).map { (id: entry["kid"]?.string, key: $0) }
        }
        guard !keys.isEmpty else {
            throw SwerveError(
                .invalid, act: act, reason: "the issuer has no key for RS256, ES256 or EdDSA")
        }
    }

    /// Those that a token may be signed by: by its key's name, or of its algorithm where it has
    /// none.
    func candidates(id: String?, _ algorithm: IssuerKey.Algorithm) -> [IssuerKey] {
        keys.filter { $0.key.algorithm == algorithm && (id == nil || $0.id == id) }.map { $0.key }
    }

    private static func key(_ entry: JSONValue) -> IssuerKey? {
        if let use = entry["use"]?.string, use != "sig" { return nil }
        func bytes(_ field: String) -> [UInt8]? {
            guard let text = entry[field]?.string, text.utf8.count <= fieldBytes else { return nil }
            return Base64URL.bytes(text.utf8)
        }
        let key: IssuerKey? =
            switch (entry["kty"]?.string, entry["crv"]?.string) {
            case ("RSA", _):
                if let modulus = bytes("n"), let exponent = bytes("e") {
                    IssuerKey(rsaModulus: modulus, exponent: exponent)
                } else {
                    nil
                }
            case ("EC", "P-256"):
                if let x = bytes("x"), let y = bytes("y") { IssuerKey(p256X: x, y: y) } else { nil }
            case ("OKP", "Ed25519"): bytes("x").flatMap { IssuerKey(ed25519: $0) }
            default: nil
            }
        guard let key, entry["alg"].map({ $0.string == key.algorithm.rawValue }) ?? true else {
            return nil
        }
        return key
    }

    private static let keysMax = 64
    private static let fieldBytes = 2_048
}
