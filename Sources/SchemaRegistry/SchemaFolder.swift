import Inputs
import Lifecycle
import Platform

/// The schemas of one service on its state folder, so that a restart goes on without a registry.
///
/// A file for each, replaced as a whole, its first line the digest of all behind it. What is not
/// as it was written is told and left out. Several workers of the service use the same folder.
/// Registry's thread only.
final class SchemaFolder {
    private let path: String
    private let keeps: Bool
    private let warn: (String) -> Void
    private let bounds: Bounds
    /// Nil until something is kept.
    private var held: (files: Int, bytes: Int64)?
    private var isFailing = false

    struct Bounds: Sendable {
        var files = 10_000
        var bytes: Int64 = 256 << 20
        var fileBytes = 8 << 20
    }

    /// - Parameters:
    ///   - keeps: false for whoever only reads what others keep.
    ///   - warn: gets what is worth a line and ends nothing.
    init(
        _ path: String, bounds: Bounds = Bounds(), keeps: Bool = true,
        warn: @escaping (String) -> Void
    ) {
        self.path = path
        self.keeps = keeps
        self.bounds = bounds
        self.warn = warn
    }

    /// One for each service and each registry: what is schema 17 here may be another there.
    ///
    /// A registry is known by its urls and by the headers, which may choose one of several behind
    /// one url.
    static func path(
        _ state: String, _ service: (model: String, group: String),
        _ settings: SchemaRegistrySettings
    ) -> String {
        let identity: JSONValue = [
            "group": .string(service.group),
            "urls": .array(settings.urls.map { Self.shared($0) }.sorted().map { .string($0) }),
            "headers": .object(settings.headers.mapValues { .string($0) }),
        ]
        let digest = ContentHash.sha256(identity.bytes).hex.prefix(32)
        return "\(state)/schemas/\(service.model).\(digest)"
    }

    /// A url whose scheme and host, which have no case, are in lower case.
    private static func shared(_ url: String) -> String {
        let host = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
            .prefix(3).joined(separator: "/")
        return host.lowercased() + url.dropFirst(host.count)
    }

    /// What was kept; nil for nothing that can be used.
    func read(_ identity: SchemaIdentity) -> (root: SchemaText, referenced: [SchemaText])? {
        let file = file(identity)
        do throws(SwerveError) {
            let bytes = try StateFile.read(file, limit: bounds.fileBytes, followsLinks: false)
            return try Self.content(bytes, of: identity, act: "reading \(file)")
        } catch {
            if error.code != .notFound {
                warn("\(error.description); the schema registry is asked")
            }
            return nil
        }
    }

    /// Keeps what a registry said; what cannot be kept is told once, and asked for again after a
    /// restart.
    func keep(_ identity: SchemaIdentity, _ root: SchemaText, _ referenced: [SchemaText]) {
        guard keeps else { return }
        let bytes = Self.bytes(root, referenced, of: identity)
        guard bytes.count <= bounds.fileBytes else {
            return warn(
                "schema \(identity.words) is too large to be kept for a restart without the "
                    + "schema registry")
        }
        do throws(SwerveError) {
            try makeRoom(for: Int64(bytes.count))
            try StateFile.write(file(identity), bytes)
            held = held.map { (files: $0.files + 1, bytes: $0.bytes + Int64(bytes.count)) }
            isFailing = false
        } catch {
            if !isFailing {
                warn("\(error.description); schemas are not kept for a restart until it is mended")
            }
            isFailing = true
        }
    }

    private func file(_ identity: SchemaIdentity) -> String {
        "\(path)/\(identity.words)\(Self.ending)"
    }

    // MARK: - Bounds

    private func makeRoom(for bytes: Int64) throws(SwerveError) {
        if held == nil {
            try StateFile.makeFolder(path)
            held = try measure(removesOld: false)
        }
        guard let now = held else { return }
        if now.files >= bounds.files || now.bytes + bytes > bounds.bytes {
            held = try measure(removesOld: true)
        }
    }

    /// Looks at all files; of more than nine tenths of the bounds the oldest go.
    private func measure(removesOld: Bool) throws(SwerveError) -> (files: Int, bytes: Int64) {
        var files: [(name: String, bytes: Int64, changedAtMs: Int64)] = []
        for name in try FolderListing.names(in: path, limit: 2 * bounds.files) {
            guard let status = try? FileStatus.of("\(path)/\(name)") else { continue }
            let isOld = WallClock.nowMs - status.changedAtMs > Self.leftOverMs
            if StateFile.isTemporary(name), isOld { _ = try? StateFile.remove("\(path)/\(name)") }
            guard name.hasSuffix(Self.ending) else { continue }
            files.append((name, status.bytes, status.changedAtMs))
        }
        var total = files.reduce(0) { $0 + $1.bytes }
        guard removesOld else { return (files.count, total) }
        files.sort { $0.changedAtMs > $1.changedAtMs }
        while let oldest = files.last,
            files.count > bounds.files * 9 / 10 || total > bounds.bytes * 9 / 10
        {
            try StateFile.remove("\(path)/\(oldest.name)")
            total -= oldest.bytes
            files.removeLast()
        }
        return (files.count, total)
    }

    // MARK: - A file

    private static func bytes(
        _ root: SchemaText, _ referenced: [SchemaText], of identity: SchemaIdentity
    ) -> [UInt8] {
        let document: JSONValue = [
            "format": 1, "schema": .string(identity.words),
            "texts": .array((referenced + [root]).map(Self.entry)),
        ]
        let content = document.bytes
        return Array("\(ContentHash.sha256(content))\n".utf8) + content
    }

    private static func entry(_ text: SchemaText) -> JSONValue {
        var entry: [String: JSONValue] = [
            "text": .string(String(decoding: text.text, as: UTF8.self)),
            "references": .array(
                text.references.map {
                    [
                        "name": .string($0.name), "subject": .string($0.subject),
                        "version": .int(Int64($0.version)),
                    ]
                }),
        ]
        entry["type"] = text.schemaType.map { .string($0) }
        return .object(entry)
    }

    private static func content(
        _ bytes: [UInt8], of identity: SchemaIdentity, act: String
    ) throws(SwerveError) -> (root: SchemaText, referenced: [SchemaText]) {
        func wrong(_ reason: String) -> SwerveError {
            SwerveError(.invalid, act: act, reason: reason)
        }
        guard let end = bytes.firstIndex(of: 0x0A) else { throw wrong("it is cut") }
        let content = Array(bytes[(end + 1)...])
        guard ContentHash.sha256(content).description.utf8.elementsEqual(bytes[..<end]) else {
            throw wrong("it is not as it was written")
        }
        let json = try JSONValue(parsing: content, act: act)
        guard json["format"]?.int == 1, json["schema"]?.string == identity.words,
            let entries = json["texts"]?.array, !entries.isEmpty,
            entries.count <= SchemaText.referencesMax + 1
        else { throw wrong("it is no schema \(identity.words)") }
        var texts: [SchemaText] = []
        for entry in entries {
            guard let text = entry["text"]?.string, let references = entry["references"]?.array
            else { throw wrong("a text is missing in it") }
            texts.append(
                SchemaText(
                    Array(text.utf8), schemaType: entry["type"]?.string,
                    references: references.compactMap(Self.reference)))
        }
        let root = texts.removeLast()
        return (root, texts)
    }

    private static func reference(_ json: JSONValue) -> SchemaReference? {
        guard let name = json["name"]?.string, let subject = json["subject"]?.string,
            let version = json["version"]?.int.flatMap({ Int32(exactly: $0) })
        else { return nil }
        return SchemaReference(name: name, subject: subject, version: version)
    }

    private static let ending = ".schema"
    private static let leftOverMs: Int64 = 3_600_000
}
