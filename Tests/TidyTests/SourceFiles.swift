import Foundation
import TestSupport

/// The project's own sources, as text.
enum SourceFiles {
    struct File {
        /// Relative to the checkout.
        let path: String
        let text: String
    }

    /// Rooms that hold Swift code; the others hold C.
    static func rooms() throws -> [String] {
        func swiftFiles(in room: String) -> [Any] {
            FileManager.default.enumerator(
                at: RepositoryFiles.file("Sources/\(room)"), includingPropertiesForKeys: nil
            )?.filter { ($0 as? URL)?.pathExtension == "swift" } ?? []
        }
        return try FileManager.default.contentsOfDirectory(
            atPath: RepositoryFiles.file("Sources").path
        ).filter { !swiftFiles(in: $0).isEmpty }.sorted()
    }

    static func swift(under folder: String) throws -> [File] {
        try all(under: folder) { $0.hasSuffix(".swift") }
    }

    static func all(under folder: String, _ isWanted: (String) -> Bool) throws -> [File] {
        let root = RepositoryFiles.file(folder)
        guard let paths = FileManager.default.enumerator(atPath: root.path) else { return [] }
        return try paths.compactMap { $0 as? String }.filter(isWanted).sorted().map { path in
            File(
                path: "\(folder)/\(path)",
                text: try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8))
        }
    }

    /// The modules that a file imports, in order.
    static func imports(in text: String) -> [String] {
        let pattern =
            /(?m)^\s*(?:@\w+(?:\(\w+\))?\s+)*(?:(?:public|package|internal|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|func|var)\s+)?(\w+)/
        return text.matches(of: pattern).map { String($0.1) }
    }
}
