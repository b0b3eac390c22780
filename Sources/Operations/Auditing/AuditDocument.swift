package import Lifecycle
package import Registry

extension AuditEntry {
    /// The document of `swerve audit log --json`: the entry's own fields and its hash.
    package var document: JSONValue {
        var document = fields.object ?? [:]
        document["hash"] = .string(hash.description)
        return .object(document)
    }
}
