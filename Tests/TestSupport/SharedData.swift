package import Foundation

/// The reference models, vectors and request data, which live outside the repository.
///
/// `SWERVE_SHARED` names the folder; the default is `../shared` beside the checkout. A test that
/// needs it carries `.enabled(if: SharedData.isPresent, SharedData.absence)`, so that its absence
/// shows as a skip.
package enum SharedData {
    package static let folder: URL = {
        if let named = ProcessInfo.processInfo.environment["SWERVE_SHARED"], !named.isEmpty {
            return URL(fileURLWithPath: named)
        }
        return RepositoryFiles.root.deletingLastPathComponent().appendingPathComponent("shared")
    }()

    package static let isPresent = FileManager.default.fileExists(
        atPath: folder.appendingPathComponent("conformance/manifest.json").path)

    /// Whether the reference of input formats is there.
    package static let hasInputs = FileManager.default.fileExists(
        atPath: folder.appendingPathComponent("inputs/vectors").path)

    /// Whether the reference of the canary judge is there.
    package static let hasJudge = FileManager.default.fileExists(
        atPath: folder.appendingPathComponent("judge/vectors").path)

    package static let absence = "the shared reference data is absent; set SWERVE_SHARED"

    package static func file(_ path: String) -> URL { folder.appendingPathComponent(path) }

    package static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: file(path)))
    }

    /// The JSON documents of a `.jsonl` file, one a line.
    package static func jsonLines(_ path: String) throws -> [[String: Any]] {
        try String(decoding: bytes(path), as: UTF8.self).split(separator: "\n").map { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
            guard let fields = object as? [String: Any] else {
                throw CocoaError(.fileReadCorruptFile)
            }
            return fields
        }
    }
}
