import Lifecycle
import Platform

/// Holds a bundle against the digest while its bytes come, so that nothing more is taken of one
/// that is another: a value without I/O.
///
/// The manifest comes first and is covered by the digest; from then on each further size is known
/// before the bytes come. What is remembered is where the files lie in the bundle.
struct BundleCheck {
    /// Where the content of a file lies.
    struct Section: Equatable {
        let name: String
        let start: Int64
        let bytes: Int
    }

    private enum State {
        /// Of an entry or, behind the last one, of the end.
        case header([UInt8])
        case content(Entry)
        case padding(Int)
    }

    private struct Entry {
        let place: Int
        let bytes: Int
        var left: Int
        /// Of manifest and signatures.
        var content: [UInt8] = []
        var hash = ContentHash()
    }

    private let digest: Digest
    private let act: String
    private var state = State.header([])
    /// Bytes taken so far.
    private(set) var taken: Int64 = 0
    /// Entries that were taken whole: manifest, signatures, then files.
    private var entries = 0
    private(set) var manifest: ArtifactManifest?
    private(set) var manifestBytes: [UInt8] = []
    private(set) var signatures: [ArtifactSignature] = []
    private(set) var sections: [Section] = []
    private var trailing = 0

    init(_ digest: Digest, act: String) {
        self.digest = digest
        self.act = act
    }

    /// Whether all files are there and what they should be.
    var isComplete: Bool { manifest.map { entries == 2 + $0.files.count } ?? false }

    /// What is wrong with a bundle that ends here; nil for a complete one.
    var shortness: SwerveError? {
        guard !isComplete else { return nil }
        let what = manifest.map { "with \(max(0, entries - 2)) of \($0.files.count) files" }
        return wrong("it ends at byte \(taken), \(what ?? "before its manifest does")")
    }

    /// - Throws: `.invalid` for what is no bundle, or another one; `.tooLarge` above a limit.
    mutating func take(_ bytes: [UInt8]) throws(SwerveError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            switch state {
            case .header(let begun):
                let piece = rest.prefix(ArtifactBundle.blockBytes - begun.count)
                move(&rest, piece.count)
                let block = begun + piece
                // Released, or the next piece would be a copy.
                state = .header([])
                guard block.count == ArtifactBundle.blockBytes else {
                    state = .header(block)
                    break
                }
                state = try next(block)
            case .content(var entry):
                let piece = rest.prefix(entry.left)
                move(&rest, piece.count)
                state = .padding(0)
                entry.left -= piece.count
                if entry.place < 2 {
                    entry.content += piece
                } else {
                    entry.hash.update(Array(piece))
                }
                guard entry.left == 0 else {
                    state = .content(entry)
                    break
                }
                try finish(entry)
            case .padding(let count):
                let piece = rest.prefix(count)
                guard piece.allSatisfy({ $0 == 0 }) else {
                    throw wrong("what stands between its entries is not empty")
                }
                move(&rest, piece.count)
                state = count == piece.count ? .header([]) : .padding(count - piece.count)
            }
        }
    }

    private mutating func move(_ rest: inout ArraySlice<UInt8>, _ count: Int) {
        rest = rest.dropFirst(count)
        taken += Int64(count)
    }

    private mutating func next(_ block: [UInt8]) throws(SwerveError) -> State {
        if isComplete {
            trailing += block.count
            guard trailing <= Self.trailingBytes, block.allSatisfy({ $0 == 0 }) else {
                throw wrong("there is more behind its last file")
            }
            return .header([])
        }
        guard let (name, bytes) = ArtifactBundle.entry(block) else {
            throw wrong(
                entries == 0
                    ? "it does not begin as a bundle of an artifact does"
                    : "the header of entry \(entries + 1) is damaged")
        }
        let expected = try expected()
        guard name == expected.name else {
            throw wrong("its entry \(entries + 1) is not \(expected.name)")
        }
        guard bytes <= expected.limit else {
            throw SwerveError(
                .tooLarge, act: act,
                reason: "\(name) has \(bytes) bytes, the limit is \(expected.limit)")
        }
        if let exact = expected.exact, exact != bytes {
            throw wrong("\(name) has \(bytes) bytes, the manifest says \(exact)")
        }
        let entry = Entry(place: entries, bytes: bytes, left: bytes)
        guard bytes == 0 else { return .content(entry) }
        try finish(entry)
        return state
    }

    private func expected() throws(SwerveError) -> (name: String, limit: Int, exact: Int?) {
        guard let manifest else { return (ArtifactBundle.manifest, Limits.manifestBytes, nil) }
        guard entries > 1 else {
            return (ArtifactBundle.signatures, Limits.signatureListBytes, nil)
        }
        let file = manifest.files[entries - 2]
        return (file.role.rawValue, Self.limit(file.role), file.bytes)
    }

    private static func limit(_ role: ArtifactManifest.File.Role) -> Int {
        switch role {
        case .model: Limits.modelFileBytes
        case .featurizer: Limits.featurizerSpecBytes
        case .golden: Limits.goldenBytes
        }
    }

    /// The whole content of an entry came.
    private mutating func finish(_ entry: Entry) throws(SwerveError) {
        switch entry.place {
        case 0:
            let found = ContentHash.sha256(entry.content)
            guard found == digest else {
                throw wrong("its manifest has digest \(found.short), not \(digest.short)")
            }
            let manifest = try ArtifactManifest(parsing: entry.content)
            guard manifest.files.count <= Limits.artifactFiles,
                Set(manifest.files.map(\.role)).count == manifest.files.count
            else { throw wrong("its manifest lists two files of one role") }
            manifestBytes = entry.content
            self.manifest = manifest
        case 1: signatures = ArtifactSignature.list(entry.content)
        default:
            guard let file = manifest?.files[entry.place - 2] else { break }
            let found = entry.hash.digest()
            guard found == file.sha256 else {
                throw wrong("its file \(file.role.rawValue) is \(found), not \(file.sha256)")
            }
            sections.append(
                Section(name: file.name, start: taken - Int64(entry.bytes), bytes: entry.bytes))
        }
        entries += 1
        let padding = ArtifactBundle.padding(entry.bytes)
        state = padding == 0 ? .header([]) : .padding(padding)
    }

    private func wrong(_ reason: String) -> SwerveError {
        SwerveError(.invalid, act: act, reason: reason)
    }

    /// Zeros that tar fills its last record with.
    private static let trailingBytes = 1 << 20
}
