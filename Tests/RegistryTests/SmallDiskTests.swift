import Foundation
import GRDB
import Lifecycle
import Platform
import Registry
import TestSupport
import Testing

@Suite(
    "a registry on a disk that is full or read-only",
    .enabled(if: SmallVolume.isPossible, "mounting a tmpfs needs a privilege"))
struct SmallDiskTests {
    private let volume: SmallVolume
    private let registry: Registry
    private let model: ModelName
    private var path: String { volume.folder.path("swerve.db") }

    init() throws {
        volume = try SmallVolume(kilobytes: 2_560)
        registry = try Registry.open(
            path: volume.folder.path("swerve.db"), access: .readWrite(create: true))
        model = try ModelName("m")
    }

    private func reference(_ number: Int) -> VersionReference {
        VersionReference(model: model, version: number)
    }

    @discardableResult
    private func register(_ content: String) throws -> Registration {
        let (artifact, digest) = Fixture.artifact(content)
        return try registry.register(
            artifact, digest: digest, as: model, metadata: Fixture.metadata())
    }

    private func count(_ sql: String) throws -> Int {
        try DatabaseQueue(path: path).read { try Int.fetchOne($0, sql: sql) ?? -1 }
    }

    private func isWhole() throws -> Bool {
        try DatabaseQueue(path: path).read {
            try String.fetchOne($0, sql: "PRAGMA integrity_check") == "ok"
                && Row.fetchOne($0, sql: "PRAGMA foreign_key_check") == nil
        }
    }

    /// Takes all of the disk but `kilobytes`.
    private func fill(leaving kilobytes: Int = 0) throws {
        let path = volume.folder.path("ballast")
        try Data().write(to: URL(fileURLWithPath: path))
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        let page = Data(repeating: 1, count: 4_096)
        while (try? file.write(contentsOf: page)) != nil {}
        try file.truncate(
            atOffset: UInt64(max(0, Int(try file.seekToEnd()) - kilobytes * 1_024)))
        try file.close()
    }

    private func empty() throws {
        try FileManager.default.removeItem(atPath: volume.folder.path("ballast"))
    }

    @Test("registering on a full disk stores nothing, and works when there is room")
    func registering() throws {
        try register("small")
        let content = String(repeating: "x", count: 1 << 20)
        try fill(leaving: 256)
        #expect {
            try register(content)
        } throws: {
            code($0) == .system
                && "\($0)".contains("the disk is full; free some space; nothing was changed")
        }
        #expect(try count("SELECT count(*) FROM versions") == 1)
        #expect(try count("SELECT count(*) FROM blobs") == 3)
        #expect(try count("SELECT count(*) FROM artifacts") == 1)
        #expect(try count("SELECT count(*) FROM audit") == 2)
        #expect(try isWhole())
        try empty()
        #expect(try register(String(content.prefix(1 << 18))).version.version == 2)
    }

    @Test("collecting on a full disk either does it or says that nothing was changed")
    func collecting() throws {
        for number in 1...4 { try register(String(repeating: "\(number)", count: 64 << 10)) }
        for number in 1...3 { try registry.archive(reference(number), note: Fixture.note) }
        _ = try registry.giveSpaceBack()
        try fill()
        #expect {
            try registry.collect(note: Fixture.note)
        } throws: { code($0) == .system && "\($0)".contains("the disk is full") }
        #expect(try registry.collectionPlan().entries.count == 3)
        #expect(try registry.artifact(registry.version(reference(1)).digest).files.count == 3)
        // Little is enough, since removing writes little.
        try empty()
        try fill(leaving: 400)
        #expect(try registry.collect(note: Fixture.note).entries.count == 3)
        do {
            _ = try registry.giveSpaceBack()
        } catch {
            #expect(error.code == .system && error.description.contains("the disk is full"))
        }
        #expect(try isWhole())
        try empty()
        _ = try registry.giveSpaceBack()
        let size = try #require(try FileStatus.of(path)).bytes
        #expect(size < 512 << 10, "\(size)")
        #expect(try registry.artifact(registry.version(reference(4)).digest).files.count == 3)
    }

    @Test("a backup onto a full disk leaves nothing there, and the old one as it was")
    func backingUp() throws {
        try register(String(repeating: "1", count: 64 << 10))
        let target = try SmallVolume(kilobytes: 100)
        let path = try target.folder.write("copy.db", "the old one")
        for name in ["copy.db", "new.db"] {
            #expect {
                try registry.backup(to: target.folder.path(name), isForced: true)
            } throws: {
                code($0) == .system
                    && "\($0)".contains("the disk of \(target.folder.path(name)) is full; free")
            }
        }
        #expect(try target.names() == ["copy.db"])
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "the old one")
        try target.resize(kilobytes: 4_096)
        _ = try registry.backup(to: path, isForced: true)
        #expect(try target.names() == ["copy.db"])
        try target.makeReadOnly()
        // One file, which a reader takes from a read-only disk.
        #expect(try Registry.open(path: path, access: .readOnly).models().map(\.name) == [model])
        #expect {
            try registry.backup(to: target.folder.path("other.db"), isForced: false)
        } throws: { code($0) == .system }
    }

    @Test("on a read-only disk no change is made, and each says why")
    func readOnly() throws {
        let volume = try SmallVolume(kilobytes: 2_560)
        let path = volume.folder.path("swerve.db")
        func make() throws {
            let registry = try Registry.open(path: path, access: .readWrite(create: true))
            let (artifact, digest) = Fixture.artifact("1")
            _ = try registry.register(
                artifact, digest: digest, as: model, metadata: Fixture.metadata())
            _ = try registry.backup(to: volume.folder.path("copy.db"), isForced: false)
        }
        try make()
        let before = try volume.names()
        try volume.makeReadOnly()
        for access in [RegistryAccess.readWrite(create: true), .readWrite(create: false)] {
            for name in ["swerve.db", "copy.db", "new.db"] {
                #expect {
                    try Registry.open(path: volume.folder.path(name), access: access)
                } throws: { error in
                    [.system, .notFound].contains(code(error)) && !"\(error)".contains("\n")
                }
            }
        }
        // A backup is one file: it is read where nothing can be written beside it.
        let copy = try Registry.open(path: volume.folder.path("copy.db"), access: .readOnly)
        #expect(try copy.models().map(\.name) == [model])
        #expect {
            try copy.backup(to: volume.folder.path("other.db"), isForced: false)
        } throws: { code($0) == .system && "\($0)".contains("Read-only file system") }
        #expect(try volume.names() == before)
    }
}
