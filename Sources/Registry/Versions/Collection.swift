package import Lifecycle

/// What gc would remove: the files of archived versions that nothing else needs.
package struct CollectionPlan: Sendable, Equatable, Codable {
    /// A version whose files go.
    package struct Entry: Sendable, Equatable, Codable {
        package let reference: VersionReference
        package let digest: Digest
        /// All its files together, those shared among several counted for each.
        package let bytes: Int64
        package let archivedAt: String
    }

    /// An archived version whose files stay.
    package struct Kept: Sendable, Equatable, Codable {
        package let reference: VersionReference
        package let reason: String
    }

    package let entries: [Entry]
    package let kept: [Kept]
    /// Stored files that no artifact needs afterwards, and their bytes.
    package let files: Int
    package let bytes: Int64
}

/// Removing the files of archived versions; their rows and numbers stay for ever.
extension Registry {
    /// What `collect` would remove now, of `model` or of all.
    package func collectionPlan(
        of model: ModelName? = nil
    ) throws(SwerveError) -> CollectionPlan {
        try read("looking for files to collect") { try Self.plan(of: model, in: $0) }
    }

    /// Removes the files of archived versions that nothing else needs, in one transaction.
    ///
    /// The space stays the file's until `giveSpaceBack`.
    /// - Returns: what was removed.
    package func collect(
        of model: ModelName? = nil, note: ChangeNote
    ) throws(SwerveError) -> CollectionPlan {
        try audited("collecting files", note) { transaction, note in
            let plan = try Self.plan(of: model, in: transaction)
            guard !plan.entries.isEmpty else { return plan }
            try transaction.artifacts.removeFiles(of: plan.entries.map(\.digest))
            for entry in plan.entries {
                try transaction.archive.markCollected(entry.reference, at: note.at)
                try transaction.audit.append(
                    .collect, model: entry.reference.model, note: note,
                    details: [
                        "version": .int(Int64(entry.reference.version)),
                        "digest": .string(entry.digest.description),
                    ])
            }
            return plan
        }
    }

    private static func plan(
        of model: ModelName?, in transaction: RegistryTransaction
    ) throws -> CollectionPlan {
        if let model { try transaction.models.require(model) }
        let (entries, kept) = try transaction.archive.collectable(of: model)
        let freed = try transaction.artifacts.freed(without: entries.map(\.digest))
        return CollectionPlan(
            entries: entries, kept: kept, files: freed.files, bytes: freed.bytes)
    }
}
