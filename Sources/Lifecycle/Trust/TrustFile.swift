import FoundationEssentials

/// The public keys that a worker trusts, as operators write them down: one key a line.
///
/// `NAME ROLE[,ROLE] ed25519:BASE64 [revoked:2026-11-23T10:00:00.000Z]`, and `#` begins a comment.
/// A revoked key keeps its line: what it signed before is still known by it.
package struct TrustFile: Sendable, Equatable {
    package let keys: [TrustedKey]

    package init(keys: [TrustedKey]) { self.keys = keys }

    /// Reads the whole file or nothing.
    ///
    /// - Parameter isUsable: whether 32 bytes are a public key that can be trusted at all.
    /// - Throws: `.invalid` or `.tooLarge` with the line: text that is not the above, a name or a
    ///   key twice, no key at all, an end in the middle of a line.
    package init(
        parsing bytes: some Collection<UInt8>, isUsable: (_ publicKey: [UInt8]) -> Bool
    ) throws(SwerveError) {
        guard bytes.count <= Limits.trustFileBytes else {
            throw SwerveError(
                .tooLarge, act: Self.act,
                reason: "\(bytes.count) bytes, the limit is \(Limits.trustFileBytes)")
        }
        var keys: [TrustedKey] = []
        var lineOfName: [String: Int] = [:]
        var lineOfKey: [[UInt8]: Int] = [:]
        let lines = Array(bytes).split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let number = index + 1
            guard let key = try Self.key(line, number, isUsable) else { continue }
            guard number < lines.count else {
                throw Self.wrong(
                    number, "the file ends in the middle of a line, it may have been cut",
                    remedy: "end the last line with a newline")
            }
            guard keys.count < Limits.trustedKeys else {
                throw Self.wrong(number, "more than \(Limits.trustedKeys) keys")
            }
            if let other = lineOfName.updateValue(number, forKey: key.name) {
                throw Self.wrong(number, "key '\(key.name)' stands on line \(other) already")
            }
            if let other = lineOfKey.updateValue(number, forKey: key.publicKey) {
                throw Self.wrong(number, "the same key stands on line \(other) already")
            }
            keys.append(key)
        }
        guard !keys.isEmpty else {
            throw SwerveError(
                .invalid, act: Self.act, reason: "no key is in it", remedy: Self.remedy)
        }
        self.keys = keys
    }

    package subscript(name: String) -> TrustedKey? { keys.first { $0.name == name } }

    /// Nil for a line without a key.
    private static func key(
        _ line: ArraySlice<UInt8>, _ number: Int, _ isUsable: ([UInt8]) -> Bool
    ) throws(SwerveError) -> TrustedKey? {
        guard let text = String(validating: line, as: UTF8.self) else {
            throw wrong(number, "not UTF-8")
        }
        let words = text.unicodeScalars.prefix { $0 != "#" }
            .split { $0 == " " || $0 == "\t" || $0 == "\r" }.map { String($0) }
        guard !words.isEmpty else { return nil }
        guard (3...4).contains(words.count) else {
            throw wrong(number, "\(words.count) words", remedy: remedy)
        }
        guard (try? ModelName(words[0])) != nil else {
            throw wrong(
                number, "'\(words[0].shortened(to: 80))' is not the name of a key",
                remedy: NameProposal.remedy(for: words[0]))
        }
        var roles: Set<KeyRole> = []
        for word in words[1].split(separator: ",", omittingEmptySubsequences: false) {
            guard let role = KeyRole(rawValue: String(word)) else {
                throw wrong(
                    number, "'\(String(word).shortened(to: 80))' is not a role",
                    remedy: "roles are \(KeyRole.names)")
            }
            roles.insert(role)
        }
        if let conflict = KeyRole.conflict(in: roles) { throw wrong(number, conflict) }
        guard words[2].hasPrefix(keyPrefix),
            let data = Data(base64Encoded: String(words[2].dropFirst(keyPrefix.count))),
            data.count == TrustedKey.byteCount, isUsable(Array(data))
        else {
            throw wrong(
                number, "'\(words[2].shortened(to: 80))' is not a public key", remedy: remedy)
        }
        return TrustedKey(
            name: words[0], publicKey: Array(data), roles: roles,
            revokedAtMs: words.count < 4 ? nil : try revocation(words[3], number))
    }

    private static func revocation(_ word: String, _ number: Int) throws(SwerveError) -> Int64 {
        guard word.hasPrefix(revokedPrefix),
            let ms = Timestamp.milliseconds(of: String(word.dropFirst(revokedPrefix.count)))
        else {
            throw wrong(
                number, "'\(word.shortened(to: 80))' is not a revocation",
                remedy: "write it as revoked:2026-11-23T10:00:00.000Z")
        }
        return ms
    }

    private static func wrong(
        _ line: Int, _ reason: String, remedy: String = ""
    ) -> SwerveError {
        SwerveError(.invalid, act: act, reason: "line \(line): \(reason)", remedy: remedy)
    }

    private static let act = "reading the trust file"
    private static let remedy = "a line is NAME ROLE[,ROLE] ed25519:BASE64 [revoked:TIME]"
    private static let keyPrefix = "ed25519:"
    private static let revokedPrefix = "revoked:"
}
