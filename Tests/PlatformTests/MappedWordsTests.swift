import Foundation
import Lifecycle
import Platform
import TestSupport
import Testing

@Suite("MappedWords", .blocking)
struct MappedWordsTests {
    @Test("what is stored is in the file, in the place of what was there before")
    func stores() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("words", "something older, and longer than the words are")
        let words = try MappedWords(file: path, count: 3)
        #expect((0..<3).map { words[$0] } == [0, 0, 0])
        words[1] = 0x0102
        words[2] = .max
        let expected = [UInt8](repeating: 0, count: 8) + [2, 1, 0, 0, 0, 0, 0, 0]
        #expect(try StateFile.read(path, limit: 24) == expected + [UInt8](repeating: 255, count: 8))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["words"])
    }

    @Test("a file that was mapped before stays with who mapped it")
    func apart() throws {
        let folder = try TemporaryFolder()
        let before = try MappedWords(file: folder.path("words"), count: 1)
        let after = try MappedWords(file: folder.path("words"), count: 1)
        before[0] = 7
        #expect(after[0] == 0)
        after[0] = 9
        #expect(try StateFile.read(folder.path("words"), limit: 8) == [9, 0, 0, 0, 0, 0, 0, 0])
        #expect(before[0] == 7)
    }

    @Test("a folder that is not there is named")
    func noFolder() {
        let error = #expect(throws: SwerveError.self) {
            try MappedWords(file: "/no/such/folder/words", count: 1)
        }
        #expect(error?.act == "mapping /no/such/folder/words")
    }

    @Test(
        "a full disk is told at once, and leaves the file as it was",
        .enabled(if: SmallVolume.isPossible, "no tmpfs can be mounted here"))
    func fullDisk() throws {
        let volume = try SmallVolume()
        let path = try volume.folder.write("words", "before")
        try volume.fill(try volume.folder.write("filler", ""))
        let error = #expect(throws: SwerveError.self) {
            try MappedWords(file: path, count: 4_096)
        }
        #expect(error?.act == "mapping \(path)")
        #expect(try volume.names() == ["filler", "words"])
        #expect(try StateFile.read(path, limit: 100) == Array("before".utf8))
    }
}
