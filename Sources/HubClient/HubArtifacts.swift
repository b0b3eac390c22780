package import Lifecycle

/// Artifacts out of a hub, by their digests.
package struct HubArtifacts: ArtifactSource {
    private let address: HubAddress

    package init(_ address: HubAddress) { self.address = address }

    package func artifact(_ digest: Digest) throws(SwerveError) -> Artifact {
        try Self.artifact(digest, over: try HubLink(address))
    }

    /// - Returns: as the bundle has it, not held against its digest: who loads or writes it does
    ///   that.
    static func artifact(
        _ digest: Digest, over link: HubLink
    ) throws(SwerveError) -> Artifact {
        var request = HubLink.Request(method: "GET", path: "/v1/artifacts/\(digest.hex)")
        request.limit = Int(clamping: ArtifactBundle.bytesMax)
        request.timeoutMs = HubLink.usualMs + request.limit / HubUpload.bytesPerMs
        let act = "\(link.act) for artifact \(digest.short)"
        return try artifact(of: try link.ask(request), act: act)
    }

    /// The entries of a bundle, under the names that the manifest has for them.
    static func artifact(of bundle: [UInt8], act: String) throws(SwerveError) -> Artifact {
        func damaged(_ reason: String) -> SwerveError {
            SwerveError(.invalid, act: act, reason: "what came is no bundle: \(reason)")
        }
        var entries: [String: [UInt8]] = [:]
        var place = 0
        var isWhole = false
        while place + ArtifactBundle.blockBytes <= bundle.count {
            let block = Array(bundle[place..<place + ArtifactBundle.blockBytes])
            // The end is zeros.
            isWhole = block.allSatisfy { $0 == 0 }
            if isWhole { break }
            place += ArtifactBundle.blockBytes
            guard let (name, bytes) = ArtifactBundle.entry(block) else {
                throw damaged("an entry cannot be read")
            }
            guard bytes <= bundle.count - place else { throw damaged("it breaks off") }
            guard entries.updateValue(Array(bundle[place..<place + bytes]), forKey: name) == nil
            else { throw damaged("an entry is there twice") }
            place += bytes + ArtifactBundle.padding(bytes)
        }
        guard isWhole else { throw damaged("it breaks off") }
        guard let manifestBytes = entries[ArtifactBundle.manifest] else {
            throw damaged("it has no manifest")
        }
        let manifest = try ArtifactManifest(parsing: manifestBytes)
        var files: [String: [UInt8]] = [:]
        for file in manifest.files {
            guard let bytes = entries[file.role.rawValue] else {
                throw damaged("\(file.role.rawValue) is missing")
            }
            files[file.name] = bytes
        }
        return Artifact(
            manifestBytes: manifestBytes, files: files,
            signatures: entries[ArtifactBundle.signatures].map(ArtifactSignature.list) ?? [])
    }
}
