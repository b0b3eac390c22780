import Foundation
import TestSupport
import Testing

/// What ARCHITECTURE.md sends its readers to.
@Suite("Architecture")
struct ArchitectureTests {
    private static let name = "ARCHITECTURE.md"
    /// Paths begin at the checkout or at its sources.
    private static let roots = ["", "Sources/"]
    private static let endings = ["/", ".swift", ".md", ".sql", ".c", ".cpp", ".h", ".hpp"]

    /// What stands between two backticks of a line and looks like a path.
    private static func paths(in line: Substring) -> [String] {
        let parts = line.split(separator: "`", omittingEmptySubsequences: false)
        return parts.indices.filter { !$0.isMultiple(of: 2) }.map { String(parts[$0]) }
            .filter { isPath($0) }
    }

    private static func isPath(_ text: String) -> Bool {
        guard !text.isEmpty, !text.contains(" "), !text.hasPrefix("/") else { return false }
        if endings.contains(where: { text.hasSuffix($0) }) { return true }
        guard let slash = text.firstIndex(of: "/") else { return false }
        return isThere(String(text[..<slash]))
    }

    private static func isThere(_ path: String) -> Bool {
        roots.contains {
            FileManager.default.fileExists(atPath: RepositoryFiles.file($0 + path).path)
        }
    }

    @Test("every path that it names is there")
    func paths() throws {
        let text = try String(contentsOf: RepositoryFiles.file(Self.name), encoding: .utf8)
        var seen: Set<String> = []
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            for path in Self.paths(in: line) {
                seen.insert(path)
                #expect(Self.isThere(path), "\(Self.name):\(index + 1) names \(path)")
            }
        }
        #expect(seen.count > 100, "the scan sees next to nothing")
    }

    @Test("paths are told from other words")
    func scan() {
        let line = "`Serving/Stream/` and `a.swift`, `group/slot`, `Kafka/None`, `make lint` a/b"
        #expect(Self.paths(in: line[...]) == ["Serving/Stream/", "a.swift", "Kafka/None"])
        #expect(Self.isThere("Serving/Stream/ScoringLoop.swift") && Self.isThere("README.md"))
        #expect(!Self.isThere("Kafka/None") && !Self.isThere("a.swift"))
    }

    @Test("every room stands in its table, and no line is too long for a screen")
    func rooms() throws {
        let text = try String(contentsOf: RepositoryFiles.file(Self.name), encoding: .utf8)
        for room in try SourceFiles.rooms() {
            #expect(text.contains("\n| `\(room)/` |"), "\(room) is not in the table of rooms")
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.hasPrefix("|") {
            #expect(line.count <= 100, "\(Self.name):\(index + 1) has \(line.count) columns")
        }
    }
}
