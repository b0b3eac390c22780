package import Foundation

/// Files of the checkout that the tests were built from.
package enum RepositoryFiles {
    package static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    package static func file(_ path: String) -> URL { root.appendingPathComponent(path) }
}
