import Foundation
import Inputs
import Testing

@Suite("JSONText")
struct JSONTextTests {
    private func escape(_ bytes: [UInt8], room: Int) -> String? {
        let target = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: room)
        defer { unsafe target.deallocate() }
        let count = unsafe bytes.withUnsafeBufferPointer {
            unsafe JSONText.escape($0, into: target)
        }
        return count.map { unsafe String(decoding: target[..<$0], as: UTF8.self) }
    }

    @Test("any text comes back through a JSON decoder")
    func roundTrip() throws {
        let all = (0..<0x300).compactMap(Unicode.Scalar.init).map(String.init).joined()
        for text in ["", "plain", all, "\u{1F600}\u{2028}\u{10FFFF}\"\\/"] {
            let bytes = Array(text.utf8)
            let room = JSONText.escapedBytesMax(bytes.count)
            let escaped = try #require(escape(bytes, room: room))
            let json = Data("[\"\(escaped)\"]".utf8)
            let back = try JSONSerialization.jsonObject(with: json) as? [String]
            #expect(back == [text])
        }
    }

    @Test(
        "what does not fit is refused at every size short of enough",
        arguments: ["abc", "a\"b", "\u{1}", "\n\u{0}x\\", "\u{e9}"])
    func room(_ text: String) throws {
        let bytes = Array(text.utf8)
        let needed = try #require(escape(bytes, room: bytes.count * 6)).utf8.count
        for room in 0..<needed { #expect(escape(bytes, room: room) == nil) }
        #expect(escape(bytes, room: needed) != nil)
    }
}
