import Lifecycle
import Registry

extension AuditEntry {
    /// One line for people.
    var line: String {
        let why = reason.isEmpty ? "" : "  (\(reason))"
        return "\(sequence)  \(at)  \(act)  \(object)  by \(by)\(why)  \(hash.short)"
    }
}
