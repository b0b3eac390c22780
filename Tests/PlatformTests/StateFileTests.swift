import Foundation
import Lifecycle
import Platform
import TestSupport
import Testing

@Suite("StateFile", .blocking)
struct StateFileTests {
    private func names(in folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
    }

    @Test("what was written is read, and nothing else lies beside it")
    func replaces() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("0.json")
        for content in ["first", "", "a second that is longer"] {
            try StateFile.write(path, Array(content.utf8))
            #expect(try StateFile.read(path, limit: 100) == Array(content.utf8))
        }
        #expect(try names(in: folder) == ["0.json"])
    }

    @Test("a megabyte survives the way there and back")
    func large() throws {
        let folder = try TemporaryFolder()
        let bytes = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try StateFile.write(folder.path("large"), bytes)
        #expect(try StateFile.read(folder.path("large"), limit: 1 << 20) == bytes)
    }

    @Test(
        "a file is read up to its limit and refused above it",
        arguments: [(0, true), (9, true), (10, true), (11, false), (5_000, false)])
    func limit(bytes: Int, isAccepted: Bool) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("file", [UInt8](repeating: 1, count: bytes))
        if isAccepted {
            #expect(try StateFile.read(path, limit: 10).count == bytes)
        } else {
            let error = #expect(throws: SwerveError.self) { try StateFile.read(path, limit: 10) }
            #expect(error?.code == .tooLarge)
            #expect(error?.act == "reading \(path)")
        }
    }

    @Test("a file that hides its size is read whole, and refused above the limit all the same")
    func unknownSize() throws {
        #expect(try StateFile.read("/proc/self/status", limit: 64 << 10).count > 100)
        let error = #expect(throws: SwerveError.self) {
            try StateFile.read("/proc/self/status", limit: 100)
        }
        #expect(error?.code == .tooLarge)
    }

    @Test("a file that is not there is named")
    func missing() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("absent")
        let error = #expect(throws: SwerveError.self) { try StateFile.read(path, limit: 10) }
        #expect(error?.code == .notFound)
        #expect(error?.description.contains("open: No such file or directory (errno 2)") == true)
        #expect(try StateFile.remove(path) == false)
    }

    @Test("a folder and a fifo are refused, the fifo without waiting for a writer")
    func irregular() throws {
        let folder = try TemporaryFolder()
        let fifo = folder.path("fifo")
        try #require(unsafe mkfifo(fifo, 0o600) == 0)
        for path in [folder.url.path, fifo] {
            let error = #expect(throws: SwerveError.self) { try StateFile.read(path, limit: 10) }
            #expect(error?.reason == "not a regular file")
        }
    }

    @Test("folders are made on the way, and a file in their place is named")
    func folders() throws {
        let folder = try TemporaryFolder()
        for _ in 0..<2 { try StateFile.makeFolder(folder.path("a/b//c/")) }
        try StateFile.write(folder.path("a/b/c/file"), [1])
        let error = #expect(throws: SwerveError.self) {
            try StateFile.makeFolder(folder.path("a/b/c/file/d"))
        }
        #expect(error?.remedy.hasSuffix("one of its folders is a file") == true)
        #expect(try StateFile.remove(folder.path("a/b/c/file")))
    }

    @Test("a link to a folder that is not there is named as one")
    func danglingLink() throws {
        let folder = try TemporaryFolder()
        let link = folder.path("state")
        try FileManager.default.createSymbolicLink(
            atPath: link, withDestinationPath: folder.path("gone"))
        let error = #expect(throws: SwerveError.self) { try StateFile.makeFolder(link + "/a") }
        #expect(error?.reason == "\(link) is a symbolic link to what is not there")
        #expect(error?.remedy.isEmpty == false)
        try FileManager.default.createDirectory(
            atPath: folder.path("gone"), withIntermediateDirectories: false)
        try StateFile.makeFolder(link + "/a")
    }

    @Test("a link to a file or to nothing is replaced, and one to a device is refused")
    func links() throws {
        let folder = try TemporaryFolder()
        func link(_ name: String, to target: String) throws -> String {
            let path = folder.path(name)
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
            return path
        }
        try StateFile.write(folder.path("target"), [1])
        let toFile = try link("file", to: folder.path("target"))
        let toNothing = try link("nothing", to: folder.path("gone"))
        for path in [toFile, toNothing] {
            try StateFile.write(path, [2])
            #expect(try StateFile.read(path, limit: 9) == [2])
        }
        #expect(try StateFile.read(folder.path("target"), limit: 9) == [1])
        let toDevice = try link("device", to: "/dev/null")
        let toFolder = try link("folder", to: "/tmp")
        for path in [toDevice, toFolder, "/proc/self/fd/1"] {
            let error = #expect(throws: SwerveError.self) { try StateFile.write(path, [3]) }
            #expect(error?.reason == "it is there, and is no file")
            #expect(
                try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
                    == .typeSymbolicLink)
        }
    }

    @Test("writers of one file do not disturb each other")
    func concurrentWriters() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("shared")
        let failures = try EventFD()
        let threads = (0..<4).map { number in
            OSThread(name: "writer-\(number)") {
                for _ in 0..<20 {
                    let bytes = [UInt8](repeating: UInt8(number), count: 10_000)
                    if (try? StateFile.write(path, bytes)) == nil { failures.signal() }
                }
            }
        }
        for thread in threads { thread.join() }
        let bytes = try StateFile.read(path, limit: 10_000)
        #expect(bytes.count == 10_000 && Set(bytes).count == 1)
        #expect(failures.drain() == 0)
        #expect(try names(in: folder) == ["shared"])
    }

    @Test(
        "a full disk leaves the old content and no rest, and says what to free",
        .enabled(if: SmallVolume.isPossible, "mounting a tmpfs needs a privilege"))
    func fullDisk() throws {
        let volume = try SmallVolume()
        let path = volume.folder.path("0.json")
        try StateFile.write(path, Array("old".utf8))
        let error = #expect(throws: SwerveError.self) {
            try StateFile.write(path, [UInt8](repeating: 1, count: 1 << 20))
        }
        #expect(error?.code == .system)
        #expect(error?.reason == "write: No space left on device (errno 28)")
        #expect(error?.remedy == "free space on the volume of \(path)")
        #expect(try StateFile.read(path, limit: 10) == Array("old".utf8))
        #expect(try names(in: volume.folder) == ["0.json"])
    }

    @Test(
        "a read-only disk is named, with the remedy",
        .enabled(if: SmallVolume.isPossible, "mounting a tmpfs needs a privilege"))
    func readOnlyDisk() throws {
        let volume = try SmallVolume()
        try volume.makeReadOnly()
        let error = #expect(throws: SwerveError.self) {
            try StateFile.write(volume.folder.path("0.json"), [1])
        }
        #expect(error?.reason.hasSuffix("Read-only file system (errno 30)") == true)
        #expect(error?.remedy.hasPrefix("choose a folder that is not read-only") == true)
    }
}
