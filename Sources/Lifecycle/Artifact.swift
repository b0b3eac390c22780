/// An artifact in memory: the manifest's exact bytes and its files, unverified until loaded.
package struct Artifact: Sendable {
    package let manifestBytes: [UInt8]
    /// By name; the manifest says which belong.
    package let files: [String: [UInt8]]

    package init(manifestBytes: [UInt8], files: [String: [UInt8]]) {
        self.manifestBytes = manifestBytes
        self.files = files
    }
}
