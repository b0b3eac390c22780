import Lifecycle

/// Which names a spec may give to fields of a record.
///
/// A name with dots is a key of the record as it stands, or leads into nested objects. One that has
/// an empty part, as `.a` or `a..b`, can be a key alone.
package enum FieldName {
    /// Why no numeric field of a record may be called so; nil where one may.
    package static func fault(ofNumber name: String) -> String? {
        fault(of: name, reserved: ["id", "label", "decision", "text", "text_b64"])
    }

    /// The same of a text.
    ///
    /// `text` itself may be one: the record's own.
    package static func fault(ofText name: String) -> String? {
        fault(of: name, reserved: ["id", "label", "decision", "text_b64"])
    }

    private static func fault(of name: String, reserved: Set<String>) -> String? {
        if name.isEmpty { return "is empty" }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count > Limits.fieldNameParts || name.utf8.count > Limits.fieldNameBytes {
            return "is too long: at most \(Limits.fieldNameParts) parts and "
                + "\(Limits.fieldNameBytes) bytes"
        }
        return reserved.contains(name) ? "is '\(name)', which has another meaning in a record" : nil
    }
}
