/// What an artifact is: its files, how to read them, and what its classes are called.
///
/// The artifact's digest is the SHA-256 of `bytes`. Notes, tags and metrics are not part of it.
package struct ArtifactManifest: Sendable, Equatable, Codable {
    /// One file of the artifact.
    package struct File: Sendable, Equatable, Codable {
        package enum Role: String, Sendable, Codable, CaseIterable {
            case model, featurizer, golden
        }
        package let role: Role
        /// The file's own name, without folders.
        package let name: String
        package let bytes: Int
        package let sha256: Digest

        package init(role: Role, name: String, bytes: Int, sha256: Digest) {
            self.role = role
            self.name = name
            self.bytes = bytes
            self.sha256 = sha256
        }
    }

    /// Whose the expected scores of the golden inputs are.
    package enum GoldenSource: String, Sendable, Codable, CaseIterable {
        /// Computed by Swerve at registration: proves only that later loads agree with it.
        case own = "self"
        /// Given by the trainer: proves that serving agrees with training.
        case supplied
    }

    /// The schema of a manifest whose model is read as its file says.
    package static let schema = 1
    /// That of one with a `ModelReading`: an older swerve refuses it, and does not score otherwise.
    package static let readingSchema = 2

    /// The format, recognised by content: `liblinear`.
    package let format: String
    package let files: [File]
    /// Name of a label to the model's own class: `attack` to `1`.
    package let labels: [String: String]
    /// A decision above it means the positive class.
    package let threshold: Double
    package let goldenSource: GoldenSource
    /// What is read otherwise than the model file says.
    package let reading: ModelReading

    package init(
        format: String, files: [File], labels: [String: String], threshold: Double,
        goldenSource: GoldenSource, reading: ModelReading = ModelReading()
    ) {
        self.format = format
        self.files = files.sorted { ($0.role.rawValue, $0.name) < ($1.role.rawValue, $1.name) }
        self.labels = labels
        self.threshold = threshold
        self.goldenSource = goldenSource
        self.reading = reading
    }

    /// The first file with `role`; every artifact has one of each.
    package func file(_ role: File.Role) -> File? { files.first { $0.role == role } }

    /// The canonical JSON: sorted keys, no white space.
    package var bytes: [UInt8] {
        let listed = files.map { file -> JSONValue in
            [
                "role": .string(file.role.rawValue), "name": .string(file.name),
                "bytes": .int(Int64(file.bytes)), "sha256": .string(file.sha256.description),
            ]
        }
        var document: [String: JSONValue] = [
            "schema": .int(Int64(reading.isPlain ? Self.schema : Self.readingSchema)),
            "format": .string(format),
            "files": .array(listed), "labels": .object(labels.mapValues { .string($0) }),
            "threshold": .double(threshold), "golden": .string(goldenSource.rawValue),
        ]
        document["positive"] = reading.positive.map { .string($0) }
        document["label_rule"] = reading.labelRule.map { .string($0.rawValue) }
        if reading.isZeroBased { document["zero_based"] = true }
        return JSONValue.object(document).bytes
    }

    /// Reads a manifest; the bytes are hostile until their digest has been checked.
    package init(parsing bytes: some Collection<UInt8>) throws(SwerveError) {
        let act = "reading an artifact's manifest"
        let json = try JSONValue(parsing: bytes, act: act, limit: Limits.manifestBytes)
        func wrong(_ reason: String) -> SwerveError {
            SwerveError(.invalid, act: act, reason: reason)
        }
        guard let schema = json["schema"]?.int else { throw wrong("no schema number") }
        guard schema == Self.schema || schema == Self.readingSchema else {
            throw SwerveError(
                .invalid, act: act,
                reason: "schema \(schema), this swerve knows \(Self.schema) and "
                    + "\(Self.readingSchema)",
                remedy: "use a newer swerve")
        }
        guard let format = json["format"]?.string, let listed = json["files"]?.array,
            let labels = json["labels"]?.object, let threshold = json["threshold"]?.double,
            let golden = (json["golden"]?.string).flatMap(GoldenSource.init(rawValue:))
        else { throw wrong("format, files, labels, threshold or golden is missing or malformed") }
        var files: [File] = []
        for entry in listed {
            guard let role = (entry["role"]?.string).flatMap(File.Role.init(rawValue:)),
                let name = entry["name"]?.string, !name.isEmpty, !name.contains("/"),
                let size = entry["bytes"]?.int, size >= 0, let sha256 = entry["sha256"]?.string
            else { throw wrong("a file entry is malformed") }
            files.append(
                File(role: role, name: name, bytes: size, sha256: try Digest(sha256)))
        }
        var classes: [String: String] = [:]
        for (name, value) in labels {
            guard let value = value.string else { throw wrong("label '\(name)' is not a string") }
            classes[name] = value
        }
        let reading = schema == Self.schema ? ModelReading() : Self.reading(json)
        guard let reading, reading.isPlain == (schema == Self.schema) else {
            throw wrong("positive, label_rule or zero_based is missing or malformed")
        }
        self.init(
            format: format, files: files, labels: classes, threshold: threshold,
            goldenSource: golden, reading: reading)
    }

    /// Nil where a key of it is malformed.
    private static func reading(_ json: JSONValue) -> ModelReading? {
        var reading = ModelReading()
        if let value = json["positive"] {
            guard let name = value.string else { return nil }
            reading.positive = name
        }
        if let value = json["label_rule"] {
            guard let rule = value.string.flatMap(LabelRule.init(rawValue:)) else { return nil }
            reading.labelRule = rule
        }
        if let value = json["zero_based"] {
            guard value == true else { return nil }
            reading.isZeroBased = true
        }
        return reading
    }
}

/// What a file of an artifact may be called, so that an artifact can lie in a folder.
package enum ArtifactFileName {
    /// What stands beside an artifact's files in an exported folder.
    package static let manifest = "manifest.json"
    package static let metadata = "metadata.json"

    /// What is wrong with `name`, nil for a good one.
    ///
    /// A manifest's names are hostile: its registry may have been edited by hand.
    package static func fault(_ name: String) -> String? {
        if name.isEmpty { return "it is empty" }
        if name == "." || name == ".." { return "it is a folder" }
        if name.utf8.contains(UInt8(ascii: "/")) { return "it has a slash" }
        if name.printable != name { return "it has control characters" }
        if name.utf8.count > Limits.fileNameBytes {
            return "it has more than \(Limits.fileNameBytes) bytes"
        }
        if name == manifest || name == metadata { return "an exported folder has its own" }
        return nil
    }
}
