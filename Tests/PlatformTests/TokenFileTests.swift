import Foundation
import Lifecycle
import Platform
import TestSupport
import Testing

@Suite("files with a token")
struct TokenFileTests {
    private let folder: TemporaryFolder
    private let file: TokenFile

    init() throws {
        folder = try TemporaryFolder()
        file = TokenFile(folder.path("a/b/x.token"))
    }

    @Test("what was kept is read, by its owner alone, until it is forgotten")
    func kept() throws {
        #expect(try file.read() == nil)
        try file.write("first")
        try file.write("second")
        #expect(try file.read() == "second")
        #expect(try FileStatus.of(file.path)?.permissions == 0o600)
        let mode = try FileManager.default.attributesOfItem(atPath: folder.path("a/b"))
        #expect(mode[.posixPermissions] as? Int == 0o700)
        #expect(try file.remove() && !file.remove())
        #expect(try file.read() == nil)
    }

    @Test("a file that others may read is refused, with how to mend it", arguments: [0o640, 0o604])
    func open(mode: Int) throws {
        try file.write("secret-text")
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
        #expect { try file.read() } throws: { error in
            "\(error)".contains("chmod 600") && "\(error)".contains("revoke the token")
                && !"\(error)".contains("secret-text")
        }
    }

    @Test(
        "what is not one line of text is refused, and not shown",
        arguments: ["", "\n", "a b", "a\nb", "a\u{0}", "ä", "a\r\nHost: x"])
    func nonsense(text: String) throws {
        try file.write("x")
        try Data(text.utf8).write(to: URL(fileURLWithPath: file.path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        #expect { try file.read() } throws: { (($0 as? SwerveError)?.code) == .invalid }
        #expect(TokenFile.line(Array(text.utf8)) == nil)
    }

    @Test("the end of a line is none of the token's")
    func ends() {
        #expect(TokenFile.line(Array("a-b_c.d\r\n".utf8)) == "a-b_c.d")
        #expect(TokenFile.line(Array("x\n".utf8)) == "x")
        let long = Array(repeating: UInt8(ascii: "x"), count: TokenFile.bytesMax + 1)
        #expect(TokenFile.line(long) == nil)
    }
}
