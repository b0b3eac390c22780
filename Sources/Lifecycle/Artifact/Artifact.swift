import FoundationEssentials

/// An artifact in memory: the manifest's exact bytes and its files, unverified until loaded.
package struct Artifact: Sendable, Equatable {
    package let manifestBytes: [UInt8]
    /// By name; the manifest says which belong.
    package let files: [String: [UInt8]]
    /// Who stands for it, for any model; no digest covers them.
    package let signatures: [ArtifactSignature]

    package init(
        manifestBytes: [UInt8], files: [String: [UInt8]], signatures: [ArtifactSignature] = []
    ) {
        self.manifestBytes = manifestBytes
        self.files = files
        self.signatures = signatures
    }
}

/// Somebody stands for an artifact as a version of a model; see `SignedMessage.artifact`.
///
/// Unchecked: whoever trusts a key holds the signature against it.
package struct ArtifactSignature: Sendable, Equatable, Codable {
    /// The model that the signer meant; the same files may serve another one unsigned.
    package let model: ModelName
    package let signature: RecordSignature

    package init(model: ModelName, signature: RecordSignature) {
        self.model = model
        self.signature = signature
    }
}

extension ArtifactSignature {
    /// A list of them as JSON, as it lies beside an artifact's files.
    package static func bytes(_ signatures: [ArtifactSignature]) -> [UInt8] {
        JSONValue.array(
            signatures.map { entry in
                [
                    "model": .string(entry.model.description),
                    "signature": .string(entry.signature.description),
                ]
            }
        ).bytes
    }

    /// Reads such a list; what is none in it is left out, and of what is no list at all nothing is
    /// left: signatures that matter and are missing are asked for again.
    package static func list(_ bytes: [UInt8]) -> [ArtifactSignature] {
        guard let listed = try? JSONValue(parsing: bytes, act: "reading signatures").array else {
            return []
        }
        return listed.compactMap { entry in
            guard let model = entry["model"]?.string, let text = entry["signature"]?.string,
                let model = try? ModelName(model), let signature = try? RecordSignature(text)
            else { return nil }
            return ArtifactSignature(model: model, signature: signature)
        }
    }
}

/// Where a worker gets artifacts from; called on its loader thread, may block.
package protocol ArtifactSource: Sendable {
    /// The artifact with `digest`, as stored; the caller verifies it.
    ///
    /// - Throws: `.unavailable` for a passing fault (worth a retry with backoff); anything else is
    ///   final for this digest.
    func artifact(_ digest: Digest) throws(SwerveError) -> Artifact

    /// The same for a source that takes long, and is asked to end it meanwhile.
    ///
    /// - Parameter isCancelled: whether nobody wants the artifact any more.
    func artifact(
        _ digest: Digest, isCancelled: @escaping @Sendable () -> Bool
    ) throws(SwerveError) -> Artifact
}

extension ArtifactSource {
    package func artifact(
        _ digest: Digest, isCancelled: @escaping @Sendable () -> Bool
    ) throws(SwerveError) -> Artifact {
        try artifact(digest)
    }
}

/// As JSON the bytes are base64.
extension Artifact: Codable {
    private enum CodingKeys: String, CodingKey {
        case manifest, files, signatures
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        func bytes(_ text: String, _ key: CodingKeys) throws -> [UInt8] {
            guard let data = Data(base64Encoded: text) else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: fields, debugDescription: "not base64")
            }
            return Array(data)
        }
        self.init(
            manifestBytes: try bytes(fields.decode(String.self, forKey: .manifest), .manifest),
            files: try fields.decode([String: String].self, forKey: .files)
                .mapValues { try bytes($0, .files) },
            signatures: try fields.decode([ArtifactSignature].self, forKey: .signatures))
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(Data(manifestBytes).base64EncodedString(), forKey: .manifest)
        try fields.encode(
            files.mapValues { Data($0).base64EncodedString() }, forKey: .files)
        try fields.encode(signatures, forKey: .signatures)
    }
}
