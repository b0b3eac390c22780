import Foundation
import Lifecycle
import Platform
import Registry
import TestSupport
import Testing

@testable import Catalogue

@Suite("exported folders")
struct ExportTests {
    private let models: SmallModels

    init() throws { models = try SmallModels() }

    private func registered() throws -> RegisteredVersion {
        var request = try models.request()
        request.note = "first"
        request.metrics = ["auc": 0.75]
        request.tags = ["data": "csic", "fold": "1"]
        request.labels = ["attack": "1", "normal": "-1"]
        request.threshold = 0.125
        try models.register(request)
        return try models.version(1)
    }

    private func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    private func write(_ path: String, _ bytes: some Sequence<UInt8>) throws {
        try Data(Array(bytes)).write(to: URL(fileURLWithPath: path))
    }

    private func refused(
        _ request: FilesToRegister, _ code: SwerveError.Code, _ words: String,
        _ location: SourceLocation = #_sourceLocation
    ) {
        let error = #expect(throws: SwerveError.self, sourceLocation: location) {
            try models.register(request)
        }
        #expect(error?.code == code, "\(String(describing: error))", sourceLocation: location)
        #expect(
            error?.description.contains(words) == true, "\(String(describing: error))",
            sourceLocation: location)
    }

    private func request(_ folder: String, as name: String = "other") throws -> FilesToRegister {
        FilesToRegister(model: try ModelName(name), file: folder)
    }

    @Test("a folder has the files, the very bytes of the manifest, and what is said of the version")
    func exports() throws {
        let version = try registered()
        let folder = try models.export(1)
        let names = try FolderListing.names(in: folder, limit: 100)
        #expect(
            Set(names) == [
                "model.txt", "spec.json", "golden.jsonl", "manifest.json", "metadata.json",
            ])
        let artifact = try models.registry.artifact(version.digest)
        for (name, content) in artifact.files { #expect(try bytes("\(folder)/\(name)") == content) }
        #expect(try ContentHash.sha256(bytes("\(folder)/manifest.json")) == version.digest)
        let metadata = try JSONValue(parsing: bytes("\(folder)/metadata.json"), act: "test")
        #expect(metadata["digest"]?.string == version.digest.description)
        #expect(metadata["note"] == "first" && metadata["metrics"] == ["auc": 0.75])
        #expect(metadata["model"] == "http-anomaly" && metadata["version"] == 1)
        #expect(metadata["registered_by"] == "ada")
    }

    @Test("registered from its folder, a version has the same digest, manifest and metadata")
    func roundTrip() throws {
        let version = try registered()
        let elsewhere = try SmallModels()
        let outcome = try elsewhere.register(try request(try models.export(1)))
        #expect(outcome.registration.digest == version.digest)
        #expect(outcome.registration.isNew && outcome.leftOut.isEmpty)
        #expect(outcome.goldenInputs == Limits.goldenInputsMade)
        let copy = try elsewhere.version(1, of: "other")
        #expect(copy.metadata == version.metadata)
        let (one, other) = (
            try models.registry.artifact(version.digest),
            try elsewhere.registry.artifact(copy.digest)
        )
        #expect(one.manifestBytes == other.manifestBytes && one.files == other.files)
        // And into the registry it came from, it is the version that it was.
        let again = try models.register(try request(try models.export(1), as: "http-anomaly"))
        #expect(!again.registration.isNew && again.registration.version.version == 1)
        // A second generation is the same again.
        let place = elsewhere.folder.path("again")
        try VersionExporter.export(copy, other, to: place)
        #expect(try bytes("\(place)/manifest.json") == one.manifestBytes)
    }

    @Test("what is said at registration goes over what the folder says, key by key")
    func overrides() throws {
        _ = try registered()
        var request = try request(try models.export(1))
        request.note = "mine"
        request.tags = ["fold": "2"]
        request.metrics = ["f1": 0.5]
        try models.register(request)
        let said = try models.version(1, of: "other").metadata
        #expect(said.note == "mine")
        #expect(said.tags == ["data": "csic", "fold": "2"])
        #expect(said.metrics == ["auc": 0.75, "f1": 0.5])
    }

    @Test("lineage travels with the folder")
    func lineage() throws {
        _ = try registered()
        let folder = try models.export(1)
        var fields =
            try JSONValue(parsing: bytes("\(folder)/metadata.json"), act: "t").object ?? [:]
        fields["lineage"] = ["author": "ada", "tool": "liblinear"]
        try write("\(folder)/metadata.json", JSONValue.object(fields).bytes)
        try models.register(try request(folder))
        let said = try models.version(1, of: "other").metadata
        #expect(said.lineage == Lineage(tool: "liblinear", author: "ada"))
    }

    @Test("a folder without metadata registers all the same, and what is not listed is left out")
    func withoutMetadata() throws {
        let version = try registered()
        let folder = try models.export(1)
        try FileManager.default.removeItem(atPath: "\(folder)/metadata.json")
        try write("\(folder)/README.md", "hello".utf8)
        try FileManager.default.createDirectory(
            atPath: "\(folder)/.git", withIntermediateDirectories: false)
        let outcome = try models.register(try request(folder))
        #expect(outcome.registration.digest == version.digest)
        #expect(outcome.leftOut == [".git", "README.md"])
        #expect(try models.version(1, of: "other").metadata.note == "")
    }

    @Test("what the manifest says already cannot be said again")
    func contradictions() throws {
        _ = try registered()
        let folder = try models.export(1)
        let changes: [(String, (inout FilesToRegister) -> Void)] = [
            ("featurizer is given", { $0.featurizer = "spec.json" }),
            ("golden is given", { $0.golden = "golden.jsonl" }),
            ("threshold is given", { $0.threshold = 0.125 }),
            ("label is given", { $0.labels = ["attack": "1"] }),
        ]
        for (words, change) in changes {
            var request = try request(folder)
            change(&request)
            refused(request, .usage, words)
        }
        #expect(throws: SwerveError.self) { try models.version(1, of: "other") }
    }

    @Test(
        "a file that is not what the manifest says refuses the folder and is named",
        arguments: ["model.txt", "spec.json", "golden.jsonl"])
    func changedFiles(name: String) throws {
        _ = try registered()
        let changes: [(String, (String) throws -> Void)] = [
            ("bytes, the manifest says", { try write($0, Array(try bytes($0).dropLast())) }),
            ("more bytes than", { try write($0, try bytes($0) + Array("x".utf8)) }),
            ("the manifest says sha256", { try write($0, try bytes($0).map { $0 ^ 1 }) }),
            ("No such file", { try FileManager.default.removeItem(atPath: $0) }),
            (
                "a symbolic link",
                { path in
                    try FileManager.default.moveItem(atPath: path, toPath: path + ".real")
                    try FileManager.default.createSymbolicLink(
                        atPath: path, withDestinationPath: path + ".real")
                }
            ),
            (
                "not a regular file",
                { path in
                    try FileManager.default.removeItem(atPath: path)
                    #expect(unsafe mkfifo(path, 0o600) == 0)
                }
            ),
            (
                "not a regular file",
                { path in
                    try FileManager.default.removeItem(atPath: path)
                    try FileManager.default.createDirectory(
                        atPath: path, withIntermediateDirectories: false)
                }
            ),
            (
                "more bytes than",
                { path in
                    // Sparse: a terabyte that nobody may try to read.
                    #expect(unsafe truncate(path, 1 << 40) == 0)
                }
            ),
        ]
        for (words, change) in changes {
            let folder = try models.export(1)
            try change("\(folder)/\(name)")
            let error = #expect(throws: SwerveError.self) {
                try models.register(try request(folder))
            }
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
            #expect(error?.description.contains(name) == true, "\(String(describing: error))")
        }
        #expect(throws: SwerveError.self) { try models.version(1, of: "other") }
    }

    @Test("manifests that list what must not be read are refused before anything is read")
    func hostileManifests() throws {
        _ = try registered()
        let digest = String(repeating: "0", count: 64)
        func entry(_ name: String, bytes: String = "1") -> String {
            #"{"role":"model","name":"\#(name)","bytes":\#(bytes),"sha256":"sha256:\#(digest)"}"#
        }
        func manifest(_ files: [String]) -> String {
            #"{"schema":1,"format":"liblinear","labels":{},"threshold":0,"golden":"self","files":["#
                + files.joined(separator: ",") + "]}"
        }
        let cases: [(String, SwerveError.Code, String)] = [
            ("", .invalid, "not JSON"), ("{}", .invalid, "schema"), ("[1", .invalid, "not JSON"),
            (manifest([entry("../../etc/passwd")]), .invalid, "malformed"),
            (manifest([entry("/etc/passwd")]), .invalid, "malformed"),
            (manifest([entry("..")]), .invalid, "it is a folder"),
            (manifest([entry("manifest.json")]), .invalid, "has its own"),
            (manifest([entry("metadata.json")]), .invalid, "has its own"),
            (manifest([entry("a\\u0000b")]), .invalid, "control characters"),
            (manifest([entry("a", bytes: "9007199254740991")]), .tooLarge, "above"),
            (manifest([entry("a", bytes: "-1")]), .invalid, "malformed"),
            (manifest((0..<17).map { entry("f\($0)") }), .tooLarge, "lists 17 files"),
            (manifest((0..<20_000).map { entry("f\($0)") }), .tooLarge, "lists 20000 files"),
            (
                manifest((0..<1_000_000).map { entry("f\($0)") }), .tooLarge, "4194304"
            ),
        ]
        for (text, code, words) in cases {
            let folder = try models.export(1)
            try write("\(folder)/manifest.json", text.utf8)
            refused(try request(folder), code, words)
        }
    }

    @Test("a file listed twice, one of a missing role, a manifest that was reformatted are refused")
    func inconsistentManifests() throws {
        _ = try registered()
        let folder = try models.export(1)
        let manifest = try ArtifactManifest(parsing: bytes("\(folder)/manifest.json"))
        func changed(_ files: [ArtifactManifest.File]) throws {
            try write(
                "\(folder)/manifest.json",
                ArtifactManifest(
                    format: manifest.format, files: files, labels: manifest.labels,
                    threshold: manifest.threshold, goldenSource: manifest.goldenSource
                ).bytes)
        }
        try changed(manifest.files)
        let pretty = try JSONValue(parsing: bytes("\(folder)/manifest.json"), act: "t").prettyText
        try write("\(folder)/manifest.json", pretty.utf8)
        refused(try request(folder), .invalid, "metadata.json says sha256")
        try FileManager.default.removeItem(atPath: "\(folder)/metadata.json")
        try changed(manifest.files + manifest.files.filter { $0.role == .model })
        refused(try request(folder), .invalid, "'model.txt' twice")
        try changed(manifest.files.filter { $0.role != .golden })
        refused(try request(folder), .invalid, "role golden")
    }

    @Test(
        "metadata that is none is refused with the field",
        arguments: [
            ("{", "not JSON"), ("{}", "schema"), (#"{"schema":2}"#, "schema 2"),
            (#"{"schema":1}"#, "digest"), (#"{"schema":1,"digest":"md5:1"}"#, "digest"),
        ])
    func badMetadata(text: String, words: String) throws {
        _ = try registered()
        let folder = try models.export(1)
        try write("\(folder)/metadata.json", text.utf8)
        refused(try request(folder), .invalid, words)
    }

    @Test(
        "fields of metadata of a wrong kind are refused by name",
        arguments: [
            ("note", "7", "note is not a string"), ("tags", "[]", "tags is not an object"),
            ("tags", #"{"a":1}"#, "tags.a is not a string"),
            ("metrics", #"{"a":"high"}"#, "metrics.a is not a number"),
            ("lineage", #"{"tool":[]}"#, "lineage.tool is not a string"),
            ("tag", "{}", "the field tag is not known"),
            ("lineage", #"{"commit":"f00"}"#, "the field lineage.commit is not known"),
        ])
    func badFields(field: String, value: String, words: String) throws {
        let version = try registered()
        let folder = try models.export(1)
        try write(
            "\(folder)/metadata.json",
            #"{"schema":1,"digest":"\#(version.digest)","\#(field)":\#(value)}"#.utf8)
        refused(try request(folder), .invalid, words)
    }

    @Test("a folder that is no exported version is refused, and says what would be one")
    func noManifest() throws {
        let folder = models.folder.path("empty")
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false)
        refused(try request(folder), .invalid, "there is no manifest.json in it")
    }

    @Test("an export goes into a new or empty folder, and leaves what is in another alone")
    func places() throws {
        let version = try registered()
        let artifact = try models.registry.artifact(version.digest)
        let empty = models.folder.path("empty")
        try FileManager.default.createDirectory(
            atPath: empty, withIntermediateDirectories: false)
        try VersionExporter.export(version, artifact, to: empty)
        #expect {
            try VersionExporter.export(version, artifact, to: empty)
        } throws: { code($0) == .refused && "\($0)".contains("not empty") }
        let file = try models.folder.write("file", "x")
        for path in [file, file + "/below", ""] {
            #expect(throws: SwerveError.self) {
                try VersionExporter.export(version, artifact, to: path)
            }
        }
        #expect(try bytes(file) == Array("x".utf8))
        try VersionExporter.export(version, artifact, to: models.folder.path("a/b/c"))
    }

    @Test("names of a hand-edited registry never leave the folder, and nothing is written")
    func hostileNames() throws {
        let content = Array("x".utf8)
        for (name, words) in [
            ("..", "it is a folder"), ("manifest.json", "has its own"), ("a\u{1B}b", "control"),
            ("metadata.json", "has its own"),
        ] {
            let manifest = ArtifactManifest(
                format: "liblinear",
                files: [
                    .init(role: .model, name: name, bytes: 1, sha256: ContentHash.sha256(content))
                ], labels: [:], threshold: 0, goldenSource: .own)
            let bytes = manifest.bytes
            let artifact = Artifact(manifestBytes: bytes, files: [name: content])
            // The registry itself stores them: it makes no folders.
            let stored = try models.registry.register(
                artifact, digest: ContentHash.sha256(bytes), as: models.model,
                metadata: VersionMetadata(registeredAt: "now", registeredBy: "ada"))
            let edited = try models.registry.version(stored.version)
            let place = models.folder.path("hostile")
            #expect {
                try VersionExporter.export(edited, artifact, to: place)
            } throws: { code($0) == .invalid && "\($0)".contains(words) }
            #expect(!FolderListing.isFolder(place))
        }
    }

    @Test("an artifact that does not fit its digest is not exported")
    func damaged() throws {
        let version = try registered()
        let whole = try models.registry.artifact(version.digest)
        var files = whole.files
        files["model.txt"]?[0] ^= 1
        let place = models.folder.path("damaged")
        for (artifact, words) in [
            (Artifact(manifestBytes: whole.manifestBytes, files: files), "'model.txt' is not"),
            (Artifact(manifestBytes: whole.manifestBytes, files: [:]), "is missing"),
            (Artifact(manifestBytes: whole.manifestBytes + [0x20], files: whole.files), "digest"),
        ] {
            #expect {
                try VersionExporter.export(version, artifact, to: place)
            } throws: { code($0) == .invalid && "\($0)".contains(words) }
        }
        #expect(!FolderListing.isFolder(place))
    }

    @Test("files whose names an exported folder could not hold are not registered")
    func reservedNames() throws {
        var request = try models.request()
        request.featurizer = try models.folder.write("manifest.json", SmallModels.spec())
        refused(request, .usage, "'manifest.json': an exported folder has its own")
    }

    @Test("a file of the longest name goes through an export")
    func longName() throws {
        var request = try models.request()
        let name = String(repeating: "ü", count: 127) + "x"
        request.file = try models.folder.write(name, SmallModels.text())
        let digest = try models.register(request).registration.digest
        let copy = try models.register(try self.request(try models.export(1)))
        #expect(copy.registration.digest == digest)
    }
}
