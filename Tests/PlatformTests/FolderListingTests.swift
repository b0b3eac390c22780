import Foundation
import Lifecycle
import Platform
import TestSupport
import Testing

@Suite("folders")
struct FolderListingTests {
    @Test("the names of a folder, hidden ones too, and no more than asked for")
    func names() throws {
        let folder = try TemporaryFolder()
        #expect(try FolderListing.names(in: folder.url.path, limit: 10).isEmpty)
        for name in ["a", ".b", "größe"] { try folder.write(name, "") }
        #expect(
            try Set(FolderListing.names(in: folder.url.path, limit: 10)) == ["a", ".b", "größe"])
        #expect(try FolderListing.names(in: folder.url.path, limit: 2).count == 2)
        #expect(try FolderListing.names(in: folder.url.path, limit: 0).isEmpty)
    }

    @Test("a folder is told from a file and from nothing, also through a link")
    func kinds() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("file", "")
        let link = folder.path("link")
        try FileManager.default.createSymbolicLink(
            atPath: link, withDestinationPath: folder.url.path)
        #expect(FolderListing.isFolder(folder.url.path) && FolderListing.isFolder(link))
        #expect(!FolderListing.isFolder(file) && !FolderListing.isFolder(folder.path("none")))
        for path in [file, folder.path("none")] {
            #expect {
                try FolderListing.names(in: path, limit: 1)
            } throws: { ($0 as? SwerveError)?.code == .notFound }
        }
    }

    @Test("an empty folder is removed, one with a file stays")
    func removal() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("sub")
        try StateFile.makeFolder(path)
        try folder.write("sub/file", "")
        #expect(!FolderListing.removeEmpty(path))
        try StateFile.remove("\(path)/file")
        #expect(FolderListing.removeEmpty(path))
        #expect(!FolderListing.isFolder(path))
    }

    @Test("a link is read through unless it is refused; the longest name can be written")
    func stateFiles() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("file", "x")
        let link = folder.path("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
        #expect(try StateFile.read(link, limit: 10) == Array("x".utf8))
        #expect(try StateFile.read(file, limit: 10, followsLinks: false) == Array("x".utf8))
        #expect {
            try StateFile.read(link, limit: 10, followsLinks: false)
        } throws: {
            ($0 as? SwerveError)?.code == .invalid && "\($0)".contains("symbolic link")
        }
        let long = folder.path(String(repeating: "ü", count: 127) + "x")
        try StateFile.write(long, Array("y".utf8))
        #expect(try StateFile.read(long, limit: 10) == Array("y".utf8))
    }
}
