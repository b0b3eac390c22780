/// What an entry of the audit chain tells of.
package enum AuditAct: String, Sendable, CaseIterable {
    /// The first entry: which registry this is.
    case begin
    /// What was there before the chain began.
    case imported
    case register, annotate, alias, archive, unarchive, collect
    case deploy, adopt
    /// The same deployment under a new epoch, signed anew.
    case republish
    case signArtifact = "sign-artifact"
    case addKey = "add-key"
    case revokeKey = "revoke-key"
}
