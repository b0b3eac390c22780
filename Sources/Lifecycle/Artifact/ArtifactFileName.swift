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
