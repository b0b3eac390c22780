package import Lifecycle
import Platform

/// Tokens of the hub: made, listed, revoked, and found by the SHA-256 of their texts.
extension Registry {
    /// All, revoked ones among them, the newest first.
    package func tokens() throws(SwerveError) -> [RegisteredToken] {
        try read("listing the tokens") { try $0.tokens.all() }
    }

    package func token(_ name: ModelName) throws(SwerveError) -> RegisteredToken? {
        try read("reading token \(name)") { try $0.tokens.one(name) }
    }

    /// The token whose text has that SHA-256, revoked and expired ones among them.
    package func token(sha256: Digest) throws(SwerveError) -> RegisteredToken? {
        try read("looking a token up") { try $0.tokens.one(sha256) }
    }

    /// Whether the audit chain bears a token out.
    ///
    /// - Throws: `.refused` where somebody has put it into the file by hand, or changed it there.
    package func requireToken(_ name: ModelName) throws(SwerveError) {
        try read("looking a token up") { try $0.witness.requireToken(name) }
    }

    /// Takes a token in.
    ///
    /// - Throws: `.refused` for a name that is there already, revoked or not.
    package func addToken(_ draft: TokenDraft, note: ChangeNote) throws(SwerveError) {
        let act = "making token \(draft.name)"
        if let expiresAt = draft.expiresAt {
            guard Timestamp.milliseconds(of: expiresAt) != nil else {
                throw SwerveError(.usage, act: act, reason: "its end is no time")
            }
        }
        try audited(act, note) { transaction, note in
            try transaction.tokens.add(draft, note: note)
        }
    }

    /// Ends a token, for good.
    package func revokeToken(_ name: ModelName, note: ChangeNote) throws(SwerveError) {
        try audited("revoking token \(name)", note) { transaction, note in
            try transaction.tokens.revoke(name, note: note)
        }
    }

    /// Keeps when tokens were used last.
    ///
    /// - Parameter uses: times by name, wall clock, ISO 8601 UTC.
    package func noteUses(_ uses: [ModelName: String]) throws(SwerveError) {
        try write("noting the use of tokens") { transaction in
            for (name, time) in uses.sorted(by: { $0.key < $1.key }) {
                try transaction.tokens.note(use: name, at: time)
            }
        }
    }
}
