import Lifecycle
import Registry

/// `metadata.json` of an exported version: what is said of it, which no digest covers.
struct ExportedMetadata: Equatable {
    static let schema = 1

    /// Whose metadata this is; the manifest beside it has that digest.
    let digest: Digest
    let note: String
    let metrics: [String: Double]
    let tags: [String: String]
    let lineage: Lineage
    private var told: [String: JSONValue] = [:]

    init(_ version: RegisteredVersion, _ artifact: Artifact) {
        let said = version.metadata
        digest = version.digest
        note = said.note
        metrics = said.metrics
        tags = said.tags
        lineage = said.lineage
        let signatures = artifact.signatures.filter { $0.model == version.reference.model }
        told = [
            "model": .string(version.reference.model.description),
            "version": .int(Int64(version.reference.version)),
            "registered_at": .string(said.registeredAt),
            "registered_by": .string(said.registeredBy),
            "signatures": .array(signatures.map { .string($0.signature.description) }),
        ]
    }

    var json: JSONValue {
        var fields = told
        fields["schema"] = .int(Int64(Self.schema))
        fields["digest"] = .string(digest.description)
        fields["note"] = .string(note)
        fields["metrics"] = .object(metrics.mapValues { .double($0) })
        fields["tags"] = .object(tags.mapValues { .string($0) })
        fields["lineage"] = lineage.json
        return .object(fields)
    }

    /// Reads a file of which nothing is sure; absent fields are empty.
    ///
    /// Unknown ones are refused: the registry has no place for them, and what they say would be
    /// lost.
    ///
    /// - Throws: `.invalid` that names the field.
    init(parsing bytes: [UInt8], file: String) throws(SwerveError) {
        let act = "reading \(file)"
        let json = try JSONValue(
            parsing: bytes, act: act, limit: Limits.exportedMetadataBytes)
        func wrong(_ reason: String) -> SwerveError {
            SwerveError(.invalid, act: act, reason: reason)
        }
        guard let schema = json["schema"]?.int else { throw wrong("no schema number") }
        guard schema == Self.schema else {
            throw SwerveError(
                .invalid, act: act, reason: "schema \(schema), this swerve knows \(Self.schema)",
                remedy: "use a newer swerve")
        }
        try Self.check(json.object ?? [:], Self.fields, prefix: "", act)
        try Self.check(json["lineage"]?.object ?? [:], Self.lineageFields, prefix: "lineage.", act)
        guard let digest = json["digest"]?.string else { throw wrong("digest is missing") }
        self.digest = try Digest(digest)
        guard let note = (json["note"] ?? "").string else { throw wrong("note is not a string") }
        self.note = note
        metrics = try Self.values(json, "metrics", "a number", act) { $0.double }
        tags = try Self.values(json, "tags", "a string", act) { $0.string }
        lineage = Lineage(
            .object(
                try Self.values(json, "lineage", "a string", act) { $0.string }
                    .mapValues { .string($0) }))
    }

    private static let fields: Set<String> = [
        "schema", "digest", "note", "metrics", "tags", "lineage", "model", "version",
        "registered_at", "registered_by", "signatures",
    ]
    private static let lineageFields: Set<String> = [
        "training_data", "code_revision", "tool", "tool_version", "author",
    ]

    private static func check(
        _ given: [String: JSONValue], _ known: Set<String>, prefix: String, _ act: String
    ) throws(SwerveError) {
        guard let name = given.keys.sorted().first(where: { !known.contains($0) }) else { return }
        throw SwerveError(
            .invalid, act: act,
            reason: "the field \(prefix)\(name.shortened(to: 80)) is not known here, and what it "
                + "says would be lost",
            remedy: "take it out, or use the swerve that wrote it")
    }

    private static func values<Value>(
        _ json: JSONValue, _ field: String, _ kind: String, _ act: String,
        _ read: (JSONValue) -> Value?
    ) throws(SwerveError) -> [String: Value] {
        guard let given = (json[field] ?? [:]).object else {
            throw SwerveError(.invalid, act: act, reason: "\(field) is not an object")
        }
        var values: [String: Value] = [:]
        for (name, value) in given {
            guard let read = read(value) else {
                throw SwerveError(
                    .invalid, act: act,
                    reason: "\(field).\(name.shortened(to: 80)) is not \(kind)")
            }
            values[name] = read
        }
        return values
    }
}
