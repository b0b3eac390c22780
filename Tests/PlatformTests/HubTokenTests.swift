import Platform
import Testing

@Suite("texts of the hub's tokens")
struct HubTokenTests {
    @Test("one that was made is read again, and tells nothing of itself")
    func made() throws {
        let (first, second) = (try HubToken.generate(), try HubToken.generate())
        #expect(first.text != second.text && first.text.hasPrefix("swerve_"))
        #expect(first.text.utf8.count == 55)
        #expect(HubToken(first.text)?.sha256 == first.sha256)
        #expect(first.sha256 == ContentHash.sha256(Array(first.text.utf8)))
        #expect(!"\(first)".contains(first.text.suffix(10)))
        var dumped = ""
        dump(first, to: &dumped)
        #expect(!dumped.contains(first.text.suffix(10)))
    }

    @Test("a mistyped one is known to be one, wherever the letter is")
    func mistyped() throws {
        let text = Array(try HubToken.generate().text)
        for place in text.indices {
            var other = text
            other[place] = other[place] == "A" ? "B" : "A"
            #expect(HubToken(String(other)) == nil, "at \(place)")
        }
        #expect(HubToken(String(text.dropLast())) == nil)
        #expect(HubToken(String(text) + "A") == nil)
        #expect(HubToken("") == nil && HubToken("swerve_") == nil)
    }

    @Test("base64url has one form for each value")
    func base64URL() {
        #expect(Base64URL.text([]) == "" && Base64URL.bytes("".utf8) == [])
        #expect(Base64URL.text([0xFB, 0xFF]) == "-_8")
        #expect(Base64URL.bytes("-_8".utf8) == [0xFB, 0xFF])
        for text in ["-_9", "+/8", "-_8=", "-_8 ", "A", "-_8\n", "ä", "AA==", "A A"] {
            #expect(Base64URL.bytes(text.utf8) == nil, "\(text)")
        }
    }
}
