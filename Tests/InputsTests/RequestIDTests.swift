import Inputs
import Lifecycle
import Testing

@Suite("The id of a request")
struct RequestIDTests {
    private let decoder: RecordDecoder

    init() throws { decoder = try RecordDecoder() }

    private func parsed(_ id: String) -> Parsed {
        Parsed(#"{"id":\#(id),"method":"GET","path":"/"}"#, with: decoder)
    }

    @Test(
        "stands ready for the inside of a JSON string",
        arguments: [
            (#""csic-1""#, "csic-1"), (#""""#, ""), ("17", "17"), ("-3", "-3"), ("0", "0"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            (#""a\"b\\c\/d""#, #"a\"b\\c/d"#), (#""\u0000\u001f\n""#, #"\u0000\u001f\n"#),
            (#""\u00e9\ud83d\ude00""#, "\u{e9}\u{1F600}"), ("\"\u{e9}\"", "\u{e9}"),
        ])
    func escaped(_ id: String, _ expected: String) {
        let parsed = parsed(id)
        #expect(parsed.reason == nil)
        #expect(parsed.id == expected)
    }

    @Test("is absent where the record has none, or null")
    func absent() {
        #expect(Parsed(#"{"method":"GET","path":"/"}"#, with: decoder).id == nil)
        #expect(parsed("null").reason == nil)
        #expect(parsed("null").id == nil)
    }

    @Test("is a string or an integer", arguments: ["1.0", "1e3", "true", "[]", "{}", "-0.5"])
    func wrongType(_ id: String) {
        #expect(parsed(id).reason == .wrongType(.id))
        #expect(parsed(id).id == nil)
    }

    @Test("with half a surrogate pair is refused")
    func surrogate() {
        #expect(parsed(#""\ud800""#).reason == .notUTF8)
    }

    @Test("is cut between characters at its limit, before escaping")
    func cut() {
        let limit = Limits.requestIDBytes
        let plain = String(repeating: "a", count: limit)
        #expect(parsed("\"\(plain)\"").id == plain)
        #expect(parsed("\"\(plain)b\"").id == plain)
        let digits = String(repeating: "7", count: limit)
        #expect(parsed(digits + "89").id == digits)
        let nearlyPlain = String(plain.dropLast())
        #expect(parsed("\"\(nearlyPlain)\u{e9}\"").id == nearlyPlain)
        #expect(parsed("\"\(nearlyPlain)\\u00e9\"").id == nearlyPlain)
        #expect(parsed("\"\(plain.dropLast(3))\u{1F600}\"").id == String(plain.dropLast(3)))
        #expect(parsed("\"\(plain.dropLast(4))\u{1F600}x\"").id == plain.dropLast(4) + "\u{1F600}")
        let nulls = String(repeating: #"\u0000"#, count: limit)
        #expect(parsed("\"\(nulls)\\u0000\"").id == nulls)
    }

    @Test("is told for a request that is refused for what it says, not for what is no JSON")
    func refusals() {
        #expect(Parsed(#"{"id":"a","method":"GET"}"#, with: decoder).id == "a")
        let twice = #"{"path":"","path":"","id":7}"#
        #expect(Parsed(twice, with: decoder).id == "7")
        #expect(Parsed(#"{"id":"a","method":"GET""#, with: decoder).id == nil)
    }
}
