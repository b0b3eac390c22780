import Inputs
import Lifecycle
import Platform
import TestSupport
import Testing

@testable import SchemaRegistry

/// Schemas on disk, whatever became of them there.
@Suite("Schema folder")
struct SchemaFolderTests {
    private let root: TemporaryFolder
    private let warnings = KeptLog()

    init() throws { root = try TemporaryFolder() }

    private var path: String { root.path("schemas") }

    private func folder(_ bounds: SchemaFolder.Bounds = .init()) -> SchemaFolder {
        SchemaFolder(path, bounds: bounds) { warnings.note($0) }
    }

    private static let text = SchemaText(
        Array("\"a\u{E4}\"".utf8), schemaType: "AVRO",
        references: [SchemaReference(name: "n", subject: "s", version: 3)])
    private static let other = SchemaText(Array("\"int\"".utf8))

    @Test("what was kept comes back, by id and by GUID")
    func keeps() throws {
        let guid = try #require(
            SchemaIdentity(words: "9c1044c6-06cd-46bc-a016-583afdbfd714"))
        folder().keep(.id(17), Self.text, [Self.other, Self.text])
        folder().keep(guid, Self.other, [])
        let found = try #require(folder().read(.id(17)))
        #expect(found.root == Self.text && found.referenced == [Self.other, Self.text])
        #expect(folder().read(guid)?.root == Self.other)
        #expect(folder().read(.id(1)) == nil && warnings.all.isEmpty)
    }

    @Test("a file that is cut, changed, of another schema or no file is told and left out")
    func damaged() throws {
        folder().keep(.id(17), Self.text, [])
        let file = "\(path)/17.schema"
        let whole = try StateFile.read(file, limit: 1 << 20)
        var damages = [[], Array(whole.prefix(10)), Array(whole.dropLast()), whole + [0x20]]
        for place in stride(from: 0, to: whole.count, by: 7) {
            var bytes = whole
            bytes[place] ^= 1
            damages.append(bytes)
        }
        for content in ["[", "{}", #"{"format":1,"schema":"17","texts":[]}"#] {
            damages.append(
                Array("\(ContentHash.sha256(Array(content.utf8)))\n\(content)".utf8))
        }
        for (number, bytes) in damages.enumerated() {
            try StateFile.write(file, bytes)
            #expect(folder().read(.id(17)) == nil)
            #expect(warnings.all.count == number + 1)
        }
        try StateFile.write(file, whole)
        try StateFile.write("\(path)/18.schema", whole)
        #expect(folder().read(.id(17)) != nil && folder().read(.id(18)) == nil)
        // A later keep mends it.
        try StateFile.write(file, [])
        folder().keep(.id(17), Self.text, [])
        #expect(folder().read(.id(17))?.root == Self.text)
    }

    @Test("the oldest go where there are more files or bytes than may be")
    func bounds() throws {
        var bounds = SchemaFolder.Bounds()
        bounds.files = 10
        let folder = folder(bounds)
        for id in Int32(1)...35 { folder.keep(.id(id), Self.other, []) }
        let names = try FolderListing.names(in: path, limit: 100)
        #expect(names.count <= 10 && names.contains("35.schema"), "\(names)")
        bounds.files = 1_000
        bounds.bytes = 2_000
        let small = self.folder(bounds)
        for id in Int32(100)...140 { small.keep(.id(id), Self.other, []) }
        let left = try FolderListing.names(in: path, limit: 100)
        let bytes = try left.reduce(0) { try $0 + (FileStatus.of("\(path)/\($1)")?.bytes ?? 0) }
        #expect(bytes <= 2_000 && left.contains("140.schema"))
        bounds.fileBytes = 50
        self.folder(bounds).keep(.id(200), Self.text, [])
        #expect(self.folder().read(.id(200)) == nil)
    }

    @Test("each service and each registry has a folder of its own")
    func apart() {
        func path(
            _ group: String, _ urls: [String], _ headers: [String: String] = [:],
            model: String = "m"
        ) -> String {
            var settings = SchemaRegistrySettings(urls: urls)
            settings.headers = headers
            settings.user = "u"
            return SchemaFolder.path("s", (model, group), settings)
        }
        let own = path("g", ["http://a", "http://b"])
        #expect(own == path("g", ["http://b", "HTTP://A"]))
        #expect(path("g", ["http://a/x"]) != path("g", ["http://a/X"]))
        let others = [
            path("h", ["http://a", "http://b"]), path("g", ["http://a"]),
            path("g", ["http://a", "http://b"], ["target-sr-cluster": "1"]),
            path("g", ["http://a", "http://b"], ["target-sr-cluster": "2"]),
            path("g", ["http://a", "http://b"], model: "n"),
        ]
        #expect(Set(others + [own]).count == 6)
        #expect(own.hasPrefix("s/schemas/m."))
    }

    @Test("a disk that cannot be written is told once, and nothing else happens")
    func unwritable() throws {
        try root.write("schemas", "a file")
        let folder = folder()
        folder.keep(.id(1), Self.other, [])
        folder.keep(.id(2), Self.other, [])
        #expect(warnings.all.count == 1 && warnings.all[0].contains("not kept"))
        #expect(folder.read(.id(1)) == nil)
    }
}
