import CZlib
import Foundation
import Inputs
import Lifecycle
import TestSupport
import Testing

@Suite("FileLineReader")
struct LineReaderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// One gzip member.
    private func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
        let path = folder.path("member.gz")
        let file = unsafe try #require(unsafe gzopen(path, "wb"))
        let written = unsafe bytes.withUnsafeBytes {
            unsafe gzwrite(file, $0.baseAddress, UInt32(bytes.count))
        }
        try #require(written == bytes.count)
        try #require(unsafe gzclose(file) == Z_OK)
        return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    private func lines(_ bytes: [UInt8], limit: Int = 1 << 20) throws -> [String] {
        let path = try folder.write("lines", bytes)
        return try lines(path: path, limit: limit)
    }

    private func lines(path: String, limit: Int = 1 << 20) throws -> [String] {
        let reader = try FileLineReader(path: path, lineBytesMax: limit)
        var lines: [String] = []
        try reader.forEach { number, line in
            unsafe line.withUnsafeBufferPointer { bytes in
                lines.append(unsafe String(decoding: bytes, as: UTF8.self))
            }
            #expect(number == lines.count)
            return true
        }
        return lines
    }

    private func failure(_ bytes: [UInt8], limit: Int = 1 << 20) -> SwerveError? {
        #expect(throws: SwerveError.self) { try lines(bytes, limit: limit) }
    }

    private static let cases: [(String, [String])] = [
        ("", []), ("\n", [""]), ("a", ["a"]), ("a\n", ["a"]), ("a\nb", ["a", "b"]), ("\r", [""]),
        ("a\r\nb\r\n", ["a", "b"]), ("a\rb\n", ["a\rb"]), ("a\r\r\n", ["a\r"]),
        ("\n\na\n\n", ["", "", "a", ""]),
        ("a\0b\n", ["a\0b"]), ("\u{1F}", ["\u{1F}"]),
    ]

    @Test("lines end with LF, CR LF or the file", arguments: cases)
    func plain(_ text: String, _ expected: [String]) throws {
        #expect(try lines(Array(text.utf8)) == expected)
    }

    @Test("gzip is known by its content, and may have several members", arguments: cases)
    func zipped(_ text: String, _ expected: [String]) throws {
        #expect(try lines(gzip(Array(text.utf8))) == expected)
        let halves = [
            text.utf8.prefix(text.utf8.count / 2), text.utf8.dropFirst(text.utf8.count / 2),
        ]
        let members = try halves.map { try gzip(Array($0)) } + [gzip([])]
        #expect(try lines(Array(members.joined())) == expected)
    }

    @Test("long and many lines come whole through the buffer's edges")
    func long() throws {
        let expected = (0..<400).map { String(repeating: "x", count: $0 * 997 % 200_001) + "\($0)" }
        let bytes = Array(expected.joined(separator: "\r\n").utf8)
        #expect(try lines(bytes) == expected)
        #expect(try lines(gzip(bytes)) == expected)
    }

    @Test("gzip that ends early is an error at every length, naming file and line")
    func truncated() throws {
        let whole = try gzip(Array("first\nsecond\nthird".utf8))
        for count in 2..<whole.count {
            let error = failure(Array(whole[..<count]))
            #expect(error?.code == .invalid)
            #expect(error?.act.contains("lines") == true)
            #expect(error?.reason.contains("line") == true)
        }
        let second = failure(whole + whole.dropLast())
        #expect(second?.reason.contains("ends early") == true)
    }

    @Test("gzip that is damaged or followed by something else is an error")
    func damaged() throws {
        let whole = try gzip(Array("first\nsecond\n".utf8))
        #expect(failure(whole + Array("plain\n".utf8))?.code == .invalid)
        for at in [2, whole.count - 1, whole.count - 5] {
            var bytes = whole
            bytes[at] ^= 0x55
            #expect(failure(bytes)?.code == .invalid)
        }
    }

    @Test("who asks for it goes on behind lines that are too long, however long they are")
    func goesOn() throws {
        for length in [6, 7, 8, 9, 5_000, 300_000] {
            let long = String(repeating: "x", count: length)
            for text in [
                "1\n\(long)\n2\n\(long)\r\n3\n\(long)", "1\n\(long)\n2\n\(long)\n3\n\(long)\n",
            ] {
                let path = try folder.write("lines", Array(text.utf8))
                let reader = try FileLineReader(path: path, lineBytesMax: 5)
                var lines: [String] = []
                var passed: [Int] = []
                try reader.forEach(tooLong: { number, error throws(SwerveError) in
                    #expect(error.reason == "line \(number) is longer than 5 bytes")
                    passed.append(number)
                }) { number, line throws(SwerveError) in
                    var bytes: [UInt8] = []
                    for index in line.indices { bytes.append(line[index]) }
                    lines.append("\(number):\(String(decoding: bytes, as: UTF8.self))")
                    return true
                }
                #expect(lines == ["1:1", "3:2", "5:3"], "\(length)")
                #expect(passed == [2, 4, 6], "\(length)")
            }
        }
    }

    @Test("a line has a limit, its end aside, and the one above it is named")
    func limit() throws {
        for end in ["", "\n", "\r\n"] {
            #expect(try lines(Array("1234\r\n12345\(end)".utf8), limit: 5) == ["1234", "12345"])
            let error = failure(Array("1234\n123456\(end)".utf8), limit: 5)
            #expect(error?.code == .tooLarge)
            #expect(error?.reason == "line 2 is longer than 5 bytes")
        }
        let bomb = try gzip([UInt8](repeating: 0x61, count: 4 << 20))
        #expect(failure(bomb)?.code == .tooLarge)
        for limit in [0, -1, Int.max] {
            #expect(throws: SwerveError.self) { try FileLineReader(path: nil, lineBytesMax: limit) }
        }
    }

    @Test("a file that is not there, or a folder, is an error that names it")
    func unreadable() throws {
        let missing = #expect(throws: SwerveError.self) {
            try FileLineReader(path: folder.path("missing"))
        }
        #expect(missing?.code == .notFound)
        #expect(missing?.act.contains("missing") == true)
        let reader = try FileLineReader(path: folder.url.path)
        let error = #expect(throws: SwerveError.self) { unsafe _ = try reader.next() }
        #expect(error?.code == .invalid)
        #expect(error?.act.contains(folder.url.path) == true)
    }

    @Test("reading stops when asked to, and goes on from there")
    func stopping() throws {
        let reader = try FileLineReader(path: folder.write("lines", "a\nb\nc\n"))
        try reader.forEach { number, _ in number < 2 }
        #expect(reader.lineNumber == 2)
        let rest = unsafe try reader.next().map { unsafe String(decoding: $0, as: UTF8.self) }
        #expect(rest == "c")
        #expect(unsafe try reader.next() == nil)
        #expect(unsafe try reader.next() == nil)
    }

    @Test("standard input is what has no name, or a dash")
    func standardInput() throws {
        for path in [nil, "-"] {
            #expect(try FileLineReader(path: path).name == "standard input")
        }
    }
}
