package import Lifecycle

extension Configuration {
    /// What the names of groups and transactional ids begin with that are not the service's own
    /// group; empty where nobody gave it.
    ///
    /// - Throws: `.usage` for what is too long, or holds control characters.
    package func namePrefix() throws(SwerveError) -> String {
        guard let prefix = text(.namePrefix) else { return "" }
        guard prefix.utf8.count <= Self.prefixBytes, prefix.printable == prefix else {
            throw wrong(
                .namePrefix,
                "is not a text of at most \(Self.prefixBytes) bytes without control characters")
        }
        return prefix
    }

    private static let prefixBytes = 200
}
