import Lifecycle
import Registry

extension AuditEntry {
    /// One line for people.
    var line: String {
        let why = reason.isEmpty ? "" : "  (\(reason))"
        return "\(sequence)  \(at)  \(act)  \(object)  by \(by)\(why)  \(hash.short)"
    }

    /// What it is about: the model with version or deployment, or the key.
    private var object: String {
        if let key = fields["key"]?.string, model == nil { return "key \(key)" }
        if let webhook = fields["webhook"]?.int { return "webhook \(webhook)" }
        guard let model else { return "registry \(fields["registry"]?.string ?? "")" }
        if let version = fields["version"]?.int { return "\(model)@\(version)" }
        guard let epoch else { return model }
        var parts = ["\(model) epoch \(epoch)"]
        for role in ["stable", "candidate", "previous"] {
            guard let part = fields["deployment"]?[role], let number = part["version"]?.int else {
                continue
            }
            parts.append("\(part["mode"]?.string ?? role) \(number)")
        }
        return parts.joined(separator: ", ")
    }
}
