import Foundation
import Platform
import Testing

@Suite("search in bytes")
struct ByteSearchTests {
    @Test(
        "bytes are found wherever they lie, and nowhere else",
        arguments: [
            ("abcabd", "abd", true), ("abcabd", "abc", true), ("abcabd", "", true),
            ("abcabd", "abe", false), ("", "a", false), ("", "", true), ("ab", "abc", false),
        ])
    func contains(text: String, sought: String, isThere: Bool) {
        #expect(Data(text.utf8).contains(bytes: Array(sought.utf8)) == isThere)
    }

    @Test("the same bytes are equal, others and other lengths are not")
    func equal() {
        let bytes: [UInt8] = [0, 1, 2, 3]
        #expect(Data([1, 2]).isEqual(to: bytes[1...2]))
        #expect(!Data([1, 3]).isEqual(to: bytes[1...2]))
        #expect(!Data([1]).isEqual(to: bytes[1...2]))
        #expect(Data().isEqual(to: bytes[2..<2]))
    }
}
