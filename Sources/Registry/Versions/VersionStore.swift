import GRDB
import Lifecycle
import Platform

/// The tables `versions`, `version_metadata` and `version_facts`: a row in each for a version.
///
/// What lists and searches show of a version is joined from more tables, see `VersionSearch`.
struct VersionStore {
    let transaction: RegistryTransaction

    /// The number that an artifact has as a version of `model`; nil where it is none.
    func number(of digest: Digest, model: ModelName) throws -> Int? {
        try transaction.row(
            "SELECT number FROM versions WHERE model = ? AND artifact = ?",
            [model.description, digest.description]
        ).map { Int(try $0.integer("number", in: RegistryBounds.versions)) }
    }

    func exists(_ reference: VersionReference) throws -> Bool {
        try transaction.exists(
            "SELECT 1 FROM versions WHERE model = ? AND number = ?",
            [reference.model.description, reference.version])
    }

    /// The highest number that `model` has; 0 where it has none.
    func newest(of model: ModelName) throws -> Int {
        let row = try transaction.row(
            "SELECT coalesce(max(number), 0) AS newest FROM versions WHERE model = ?",
            [model.description])
        return Int(
            try row?.integer("newest", in: 0...RegistryBounds.versions.upperBound) ?? 0)
    }

    /// Adds the next version of `model`.
    ///
    /// - Throws: `.refused` where the numbers are used up.
    func add(
        _ digest: Digest, to model: ModelName, metadata: VersionMetadata,
        manifest: ArtifactManifest, facts: VersionFacts
    ) throws -> VersionReference {
        let last = try newest(of: model)
        guard last < RegistryBounds.versions.upperBound else {
            throw SwerveError(
                .refused, act: transaction.act, reason: "the version numbers are used up")
        }
        let version = VersionReference(model: model, version: last + 1)
        try transaction.execute(
            "INSERT INTO versions (model, number, artifact) VALUES (?, ?, ?)",
            [model.description, version.version, digest.description])
        try addMetadata(version, metadata)
        try addFacts(version, manifest, facts)
        return version
    }

    private func addMetadata(_ version: VersionReference, _ metadata: VersionMetadata) throws {
        try transaction.execute(
            """
            INSERT INTO version_metadata
                (model, number, note, metrics, tags, lineage, registered_at, registered_by)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                version.model.description, version.version, metadata.note,
                Self.text(metadata.metrics), Self.text(metadata.tags), metadata.lineage.json.text,
                metadata.registeredAt, metadata.registeredBy,
            ])
    }

    private func addFacts(
        _ version: VersionReference, _ manifest: ArtifactManifest, _ facts: VersionFacts
    ) throws {
        try transaction.execute(
            """
            INSERT INTO version_facts (model, number, format, bytes, threshold, golden, labels,
                task, input_view, features)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                version.model.description, version.version, manifest.format,
                manifest.files.reduce(0) { $0 + $1.bytes }, manifest.threshold,
                manifest.goldenSource.rawValue,
                facts.labels.map { JSONValue.array($0.map { .string($0) }).text }, facts.task,
                facts.inputView, facts.features,
            ])
    }

    /// Replaces what people say of a version: note, metrics and tags.
    func annotate(_ version: VersionReference, _ metadata: VersionMetadata) throws {
        try transaction.execute(
            """
            UPDATE version_metadata SET note = ?, metrics = ?, tags = ?
            WHERE model = ? AND number = ?
            """,
            [
                metadata.note, Self.text(metadata.metrics), Self.text(metadata.tags),
                version.model.description, version.version,
            ])
    }

    private static func text(_ metrics: [String: Double]) -> String {
        JSONValue.object(metrics.mapValues { .double($0) }).text
    }

    private static func text(_ tags: [String: String]) -> String {
        JSONValue.object(tags.mapValues { .string($0) }).text
    }

    /// What a version reads, does and says; all unknown where there is no row.
    func contract(_ model: ModelName, _ number: Int) throws -> ModelContract {
        let row = try transaction.row(
            """
            SELECT \(CheckedRow.bounded("task", RegistryBounds.wordBytes, as: "task")),
                \(CheckedRow.bounded("input_view", RegistryBounds.wordBytes, as: "input_view")),
                \(CheckedRow.bounded("labels", RegistryBounds.labelsBytes, as: "labels"))
            FROM version_facts WHERE model = ? AND number = ?
            """, [model.description, number])
        guard let row else { return ModelContract(inputView: nil, task: nil, labels: nil) }
        let labels = try row.optionalText("labels").map { text in
            try JSONValue(
                parsing: text.utf8, act: transaction.act, limit: RegistryBounds.labelsBytes)
        }
        return ModelContract(
            inputView: try row.optionalText("input_view"), task: try row.optionalText("task"),
            labels: labels?.array?.compactMap(\.string))
    }
}

/// For the audit chain: where a version came from, and digests of rows that would be too long for
/// an entry, column by column as they are stored.
///
/// The names may be those of an edited entry, so they are texts.
extension VersionStore {
    /// Artifact, lineage and who registered it when, as `artifact`, `lineage`, `at` and `by`; nil
    /// where there is no version.
    func origin(_ model: String, _ number: Int) throws -> CheckedRow? {
        try transaction.row("\(Self.origins) WHERE v.model = ? AND v.number = ?", [model, number])
    }

    /// The same of all versions, and `model` and `number` with it, in order.
    func forEachOrigin(_ body: (CheckedRow) throws -> Void) throws {
        try transaction.forEachRow("\(Self.origins) ORDER BY v.model, v.number", [], body)
    }

    private static let origins = """
        SELECT \(CheckedRow.bounded("v.model", 63, as: "model")), v.number,
            \(CheckedRow.bounded("v.artifact", 71, as: "artifact")),
            \(CheckedRow.bounded("m.lineage", RegistryBounds.metadataBytes, as: "lineage")),
            \(CheckedRow.bounded("m.registered_at", RegistryBounds.timestampBytes, as: "at")),
            \(CheckedRow.bounded("m.registered_by", RegistryBounds.authorBytes, as: "by"))
        FROM versions v LEFT JOIN version_metadata m USING (model, number)
        """

    /// What people say of a version: note, metrics and tags; nil without a row.
    func saidDigest(_ model: String, _ number: Int) throws -> Digest? {
        try transaction.row(
            """
            SELECT \(CheckedRow.bounded("note", Limits.remarkBytes, as: "note")),
                \(CheckedRow.bounded("metrics", RegistryBounds.metadataBytes, as: "metrics")),
                \(CheckedRow.bounded("tags", RegistryBounds.metadataBytes, as: "tags"))
            FROM version_metadata WHERE model = ? AND number = ?
            """, [model, number]
        ).map { row in
            Self.digest([
                "note": .string(try row.text("note")), "metrics": .string(try row.text("metrics")),
                "tags": .string(try row.text("tags")),
            ])
        }
    }

    /// What a version is, as lists and searches know it; nil without a row.
    func factsDigest(_ model: String, _ number: Int) throws -> Digest? {
        try transaction.row(
            """
            SELECT \(CheckedRow.bounded("format", RegistryBounds.wordBytes, as: "format")),
                bytes, threshold, features,
                \(CheckedRow.bounded("golden", RegistryBounds.wordBytes, as: "golden")),
                \(CheckedRow.bounded("task", RegistryBounds.wordBytes, as: "task")),
                \(CheckedRow.bounded("input_view", RegistryBounds.wordBytes, as: "input_view")),
                \(CheckedRow.bounded("labels", RegistryBounds.labelsBytes, as: "labels"))
            FROM version_facts WHERE model = ? AND number = ?
            """, [model, number]
        ).map { row in
            func text(_ column: String) throws -> JSONValue {
                try row.optionalText(column).map { .string($0) } ?? .null
            }
            let features = try row.optionalInteger("features", in: 0...Int64.max)
            return Self.digest([
                "format": try text("format"), "golden": try text("golden"),
                "task": try text("task"), "input_view": try text("input_view"),
                "labels": try text("labels"), "threshold": .double(try row.double("threshold")),
                "bytes": .int(try row.integer("bytes", in: 0...Int64.max)),
                "features": features.map { .int($0) } ?? .null,
            ])
        }
    }

    private static func digest(_ columns: [String: JSONValue]) -> Digest {
        ContentHash.sha256(JSONValue.object(columns).bytes)
    }

    /// Both digests of a version, as its entry has them.
    func auditDigests(of version: VersionReference) throws -> [String: JSONValue] {
        let (model, number) = (version.model.description, version.version)
        var fields: [String: JSONValue] = [:]
        fields["said"] = try saidDigest(model, number).map { .string($0.description) }
        fields["facts"] = try factsDigest(model, number).map { .string($0.description) }
        return fields
    }
}
