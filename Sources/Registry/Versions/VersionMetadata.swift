package import Lifecycle

/// What people say of a version, and who registered it; no digest covers it.
package struct VersionMetadata: Sendable, Equatable, Codable {
    package var note: String
    package var metrics: [String: Double]
    package var tags: [String: String]
    package let lineage: Lineage
    /// Wall clock, ISO 8601 UTC.
    package let registeredAt: String
    package let registeredBy: String

    package init(
        note: String = "", metrics: [String: Double] = [:], tags: [String: String] = [:],
        lineage: Lineage = Lineage(), registeredAt: String, registeredBy: String
    ) {
        self.note = note
        self.metrics = metrics
        self.tags = tags
        self.lineage = lineage
        self.registeredAt = registeredAt
        self.registeredBy = registeredBy
    }

    /// The same, with what a file says of the version where nothing else is said, key by key.
    package func completed(
        note: String, metrics: [String: Double], tags: [String: String], lineage: Lineage
    ) -> VersionMetadata {
        VersionMetadata(
            note: self.note.isEmpty ? note : self.note,
            metrics: metrics.merging(self.metrics) { _, said in said },
            tags: tags.merging(self.tags) { _, said in said },
            lineage: Lineage(
                .object(
                    lineage.fields.merging(self.lineage.fields) { _, said in said }
                        .mapValues { .string($0) })),
            registeredAt: registeredAt, registeredBy: registeredBy)
    }

    /// The same, registered by somebody at some time.
    func registered(by author: String, at time: String) -> VersionMetadata {
        VersionMetadata(
            note: note, metrics: metrics, tags: tags, lineage: lineage, registeredAt: time,
            registeredBy: author)
    }

    /// - Throws: `.usage` for what is too long or not a finite number.
    func check(act: String) throws(SwerveError) {
        func wrong(_ reason: String) -> SwerveError {
            SwerveError(.usage, act: act, reason: reason)
        }
        guard note.utf8.count <= Limits.remarkBytes else {
            throw wrong("the note has more than \(Limits.remarkBytes) bytes")
        }
        guard registeredBy.utf8.count <= RegistryBounds.authorBytes else {
            throw wrong("the author's name has more than \(RegistryBounds.authorBytes) bytes")
        }
        guard max(metrics.count, tags.count) <= RegistryBounds.metadataEntries else {
            throw wrong("more than \(RegistryBounds.metadataEntries) metrics or tags")
        }
        for key in Array(metrics.keys) + Array(tags.keys)
        where !(1...RegistryBounds.metadataKeyBytes).contains(key.utf8.count) {
            throw wrong(
                "the name of metric or tag '\(key.shortened(to: 40))' is empty or longer than "
                    + "\(RegistryBounds.metadataKeyBytes) bytes")
        }
        for (key, value) in metrics where !value.isFinite {
            throw wrong("metric '\(key)' is not a finite number")
        }
        for (key, value) in tags where value.utf8.count > RegistryBounds.metadataValueBytes {
            throw wrong("tag '\(key)' has more than \(RegistryBounds.metadataValueBytes) bytes")
        }
        for (key, value) in lineage.fields
        where value.utf8.count > RegistryBounds.metadataValueBytes {
            throw wrong("\(key) has more than \(RegistryBounds.metadataValueBytes) bytes")
        }
    }
}
