import Lifecycle
import Platform

@testable import Serving

/// An artifact of two files as a bundle.
struct SampleBundle {
    let artifact: Artifact
    let bytes: [UInt8]
    let digest: Digest

    init(modelBytes: Int = 100_000, seed: UInt8 = 0) {
        let model = (0..<modelBytes).map { UInt8(truncatingIfNeeded: $0 &* 31) &+ seed }
        let golden = Array("golden".utf8)
        func file(_ role: ArtifactManifest.File.Role, _ bytes: [UInt8]) -> ArtifactManifest.File {
            ArtifactManifest.File(
                role: role, name: "\(role).txt", bytes: bytes.count,
                sha256: ContentHash.sha256(bytes))
        }
        let manifest = ArtifactManifest(
            format: "liblinear", files: [file(.model, model), file(.golden, golden)], labels: [:],
            threshold: 0, goldenSource: .own)
        artifact = Artifact(
            manifestBytes: manifest.bytes, files: ["model.txt": model, "golden.txt": golden])
        digest = ContentHash.sha256(manifest.bytes)
        bytes = Self.bundle([
            ("manifest.json", manifest.bytes), ("signatures.json", Array("[]".utf8)),
            ("golden", golden), ("model", model),
        ])
    }

    static func bundle(_ entries: [(name: String, bytes: [UInt8])]) -> [UInt8] {
        entries.flatMap { entry in
            ArtifactBundle.header(entry.name, bytes: entry.bytes.count) + entry.bytes
                + [UInt8](repeating: 0, count: ArtifactBundle.padding(entry.bytes.count))
        } + ArtifactBundle.end
    }
}
