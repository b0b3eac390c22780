package import Lifecycle

/// A change of what people say of a version; what it does not name stays.
package struct Annotation: Sendable, Equatable, Codable {
    /// Nil leaves the note, an empty one takes it away.
    package var note: String?
    package var tags: [String: String]
    package var metrics: [String: Double]
    package var removedTags: Set<String>
    package var removedMetrics: Set<String>

    package init(
        note: String? = nil, tags: [String: String] = [:], metrics: [String: Double] = [:],
        removedTags: Set<String> = [], removedMetrics: Set<String> = []
    ) {
        self.note = note
        self.tags = tags
        self.metrics = metrics
        self.removedTags = removedTags
        self.removedMetrics = removedMetrics
    }

    /// What is to be removed and is not there is removed already.
    ///
    /// - Throws: `.usage` where it says nothing or contradicts itself, `.unchanged` where it
    ///   changes nothing.
    func applied(to old: VersionMetadata, act: String) throws(SwerveError) -> VersionMetadata {
        guard self != Annotation() else {
            throw SwerveError(
                .usage, act: act, reason: "nothing is said of it",
                problem: Problem(.annotationEmpty))
        }
        var new = old
        new.note = note ?? old.note
        new.tags = try Self.changed(old.tags, tags, removedTags, "tag", act: act)
        new.metrics = try Self.changed(old.metrics, metrics, removedMetrics, "metric", act: act)
        try new.check(act: act)
        guard new != old else {
            let absent =
                removedTags.subtracting(old.tags.keys).sorted().map { ("tag", $0) }
                + removedMetrics.subtracting(old.metrics.keys).sorted().map { ("metric", $0) }
            let reason =
                absent.first.map { "it has no \($0) '\($1.shortened(to: 40))'" }
                ?? "all of it is said of it already"
            throw SwerveError(.unchanged, act: act, reason: reason)
        }
        return new
    }

    private static func changed<Value>(
        _ old: [String: Value], _ given: [String: Value], _ removed: Set<String>, _ what: String,
        act: String
    ) throws(SwerveError) -> [String: Value] {
        var new = old
        for name in removed.sorted() {
            guard given[name] == nil else {
                throw SwerveError(
                    .usage, act: act,
                    reason: "\(what) '\(name.shortened(to: 40))' is both given and removed")
            }
            new[name] = nil
        }
        return new.merging(given) { _, new in new }
    }

    /// What it changed, for the audit chain: each name with its value before or after.
    static func document(of metadata: VersionMetadata, against other: VersionMetadata) -> JSONValue
    {
        var fields: [String: JSONValue] = [:]
        if metadata.note != other.note { fields["note"] = .string(metadata.note) }
        let tags = metadata.tags.filter { other.tags[$0.key] != $0.value }
        let metrics = metadata.metrics.filter { other.metrics[$0.key] != $0.value }
        if !tags.isEmpty { fields["tags"] = .object(tags.mapValues { .string($0) }) }
        if !metrics.isEmpty { fields["metrics"] = .object(metrics.mapValues { .double($0) }) }
        return .object(fields)
    }
}

/// What people say of versions; no digest covers it, the audit chain does.
extension Registry {
    /// - Returns: note, metrics and tags as they are now.
    /// - Throws: `.usage`, `.notFound` and `.refused` for what makes no sense, with the reason.
    @discardableResult
    package func annotate(
        _ reference: VersionReference, _ annotation: Annotation, note: ChangeNote
    ) throws(SwerveError) -> VersionMetadata {
        let act = "annotating \(reference)"
        return try audited(act, note) { transaction, note in
            let old = try transaction.search.version(reference).metadata
            let new = try annotation.applied(to: old, act: act)
            let before = Annotation.document(of: old, against: new)
            let after = Annotation.document(of: new, against: old)
            guard before.bytes.count + after.bytes.count <= RegistryBounds.annotationBytes else {
                throw SwerveError(
                    .tooLarge, act: act,
                    reason: "more than \(RegistryBounds.annotationBytes) bytes change at once",
                    remedy: "say it in several steps")
            }
            try transaction.versions.annotate(reference, new)
            let said = try transaction.versions.saidDigest(
                reference.model.description, reference.version)
            try transaction.audit.append(
                .annotate, model: reference.model, note: note,
                details: [
                    "version": .int(Int64(reference.version)), "before": before, "after": after,
                    "said": said.map { .string($0.description) } ?? .null,
                ])
            return new
        }
    }
}
