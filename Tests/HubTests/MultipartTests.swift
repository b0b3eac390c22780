import Lifecycle
import Testing

@testable import Hub

@Suite("multipart bodies")
struct MultipartTests {
    /// What the parts of a body are, handed over in pieces of so many bytes.
    private static func parts(
        _ body: String, type: String = "multipart/form-data; boundary=X", pieces: Int
    ) throws -> [String] {
        var reader = try MultipartReader(contentType: type)
        var parts: [String] = []
        let bytes = Array(body.utf8)
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            try reader.take(Array(bytes[start..<min(start + pieces, bytes.count)])) { event in
                switch event {
                case .begin(let part): parts.append("\(part.name)/\(part.fileName)=")
                case .bytes(let bytes):
                    parts[parts.count - 1] += String(decoding: bytes, as: UTF8.self)
                case .end: parts[parts.count - 1] += ";"
                }
            }
        }
        return reader.isWhole ? parts : parts + ["broken off"]
    }

    private static let body =
        "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n-\r\n--\r\n"
        + "--X\r\ncontent-disposition: form-data; name=b; filename=\"f;1.txt\"\r\n"
        + "Content-Type: text/plain\r\n\r\n\r\n--X\r\n"
        + "Content-Disposition: form-data; name=\"c\"\r\n\r\n\r\n\r\n--X--\r\nbehind it"

    @Test("the parts are the same however the bytes come", arguments: [1, 2, 3, 7, 1_000])
    func pieces(_ pieces: Int) throws {
        #expect(
            try Self.parts(Self.body, pieces: pieces) == [
                "a/=one\r\n-\r\n--;", "b/f;1.txt=;", "c/=\r\n;",
            ])
    }

    @Test("what breaks off is not whole, wherever it does")
    func brokenOff() throws {
        let whole = Self.body.utf8.count - "\r\nbehind it".utf8.count
        for count in 0..<whole {
            let cut = String(decoding: Self.body.utf8.prefix(count), as: UTF8.self)
            #expect(try Self.parts(cut, pieces: 5).last == "broken off", "\(count)")
        }
    }

    @Test(
        "what is no such body is refused",
        arguments: [
            "X", "--Y\r\n\r\n", "--X\r\n\r\nno head\r\n--X--", "--XY\r\n",
            "--X\r\nContent-Disposition: form-data\r\n\r\na\r\n--X--",
            "--X\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\na\r\n--X--",
            "--X\r\n" + String(repeating: "a", count: 10_000),
            String(
                repeating: "--X\r\nContent-Disposition: form-data; name=a\r\n\r\na\r\n", count: 70),
        ])
    func refused(_ body: String) {
        #expect(throws: SwerveError.self) {
            let parts = try Self.parts(body, pieces: 11)
            // Too short to tell.
            if parts == ["broken off"] { throw SwerveError(.usage, act: "", reason: "") }
        }
    }

    @Test(
        "a type that has no boundary is refused",
        arguments: [
            "application/json", "multipart/form-data", "multipart/form-data; boundary=",
            "multipart/form-data; boundary=a b", "multipart/mixed; boundary=X", "",
        ])
    func types(_ type: String) {
        #expect(throws: SwerveError.self) { try MultipartReader(contentType: type) }
    }
}
