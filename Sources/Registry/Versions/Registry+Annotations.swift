import GRDB
package import Lifecycle

/// What people say of versions; no digest covers it, the audit chain does.
extension Registry {
    /// - Returns: note, metrics and tags as they are now.
    /// - Throws: `.usage`, `.notFound` and `.refused` for what makes no sense, with the reason.
    @discardableResult
    package func annotate(
        _ reference: VersionReference, _ annotation: Annotation, note: ChangeNote
    ) throws(SwerveError) -> VersionMetadata {
        let act = "annotating \(reference)"
        return try audited(act, note) { db, note in
            let old = try Self.version(reference, in: db, act: act).metadata
            let new = try annotation.applied(to: old, act: act)
            let before = Annotation.document(of: old, against: new)
            let after = Annotation.document(of: new, against: old)
            guard before.bytes.count + after.bytes.count <= RegistryBounds.annotationBytes else {
                throw SwerveError(
                    .tooLarge, act: act,
                    reason: "more than \(RegistryBounds.annotationBytes) bytes change at once",
                    remedy: "say it in several steps")
            }
            try db.execute(
                sql: """
                    UPDATE version_metadata SET note = ?, metrics = ?, tags = ?
                    WHERE model = ? AND number = ?
                    """,
                arguments: [
                    new.note, JSONValue.object(new.metrics.mapValues { .double($0) }).text,
                    JSONValue.object(new.tags.mapValues { .string($0) }).text,
                    reference.model.description, reference.version,
                ])
            let said = try AuditDigest.said(
                reference.model.description, reference.version, in: db, act: act)
            try AuditLog.append(
                .annotate, model: reference.model, note: note,
                details: [
                    "version": .int(Int64(reference.version)), "before": before, "after": after,
                    "said": said.map { .string($0.description) } ?? .null,
                ], registry: id, in: db, act: act)
            return new
        }
    }
}
