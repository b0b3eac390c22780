import Inputs
import Lifecycle
import Scoring
import Testing

@Suite("JSON records")
struct JSONRecordTests {
    private let decoder: RecordDecoder

    init() throws { decoder = try RecordDecoder() }

    @Test(
        "a request becomes its text",
        arguments: [
            (#"{"method":"GET","path":"/"}"#, "GET /\n"),
            (#"{"method":"GET","path":"/a","query":"b=c"}"#, "GET /a?b=c\n"),
            (#"{"method":"POST","path":"/a","query":"","body":"x=1"}"#, "POST /a\nx=1"),
            (#"{"body":"B","query":"Q","path":"P","method":"M"}"#, "M P?Q\nB"),
            (#"{"method":"GET","path":"/","query":null,"body":null}"#, "GET /\n"),
            (" \t\r\n{ \"method\" : \"GET\" , \"path\" : \"/\" }\r\n ", "GET /\n"),
            (#"{"method":"GET","path":"/","ts":null,"a":[],"o":{},"t":true,"f":false}"#, "GET /\n"),
            (#"{"a":[1,{"method":"no"},[[]],"s"],"method":"GET","path":"/"}"#, "GET /\n"),
            (
                #"{"n":[0,-0,1.5,-2e10,3E-7,1e999,123456789012345678901234567890],"#
                    + #""method":"GET","path":"/"}"#, "GET /\n"
            ),
            (#"{"method":"GET","path":"/","x":[1],"x":2,"svm":"1:1"}"#, "GET /\n"),
            (#"{"":1,"":2,"other":1,"other":2,"method":"GET","path":"/"}"#, "GET /\n"),
            (
                "{\"method\":\"GET\",\"path\":\"/\u{e9}\u{1F600}\u{7f}\"}",
                "GET /\u{e9}\u{1F600}\u{7f}\n"
            ),
            (#"{"text":"as it is"}"#, "as it is"),
            (#"{"text":""}"#, ""),
            (#"{"text":"t","method":1,"x":[1]}"#, "t"),
            (#"{"text":null,"text_b64":null,"method":"GET","path":"/"}"#, "GET /\n"),
            (#"{"text_b64":"R0U="}"#, "GE"),
            (#"{"text_b64":""}"#, ""),
            (#"{"text_b64":"\u0052\u0030\u0055="}"#, "GE"),
            (#"{"text_b64":"Pz8\/"}"#, "???"),
        ])
    func text(_ record: String, _ expected: String) {
        let parsed = Parsed(record, with: decoder)
        #expect(parsed.reason == nil)
        #expect(parsed.string == expected)
    }

    @Test(
        "escapes mean what JSON says",
        arguments: [
            (#"\u00e9"#, "\u{e9}"), (#"\u00E9"#, "\u{e9}"), (#"\ud83d\ude00"#, "\u{1F600}"),
            (#"\uD83D\uDE00!"#, "\u{1F600}!"), (#"\u0000"#, "\0"), (#"a\u0000b"#, "a\0b"),
            (#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"), (#"\\u0041"#, #"\u0041"#),
            (#"\\"#, #"\"#), (#"\u20ac\ud800\udc00\udbff\udfff"#, "\u{20ac}\u{10000}\u{10FFFF}"),
            (#"\u007f\u0080\u07ff\u0800\uffff"#, "\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}"),
        ])
    func escapes(_ body: String, _ expected: String) {
        let record = #"{"method":"M","path":"\#(body)","query":"\#(body)","body":"\#(body)"}"#
        let parsed = Parsed(record, with: decoder)
        #expect(parsed.string == "M \(expected)?\(expected)\n\(expected)")
        #expect(Parsed(#"{"text":"\#(body)"}"#, with: decoder).string == expected)
    }

    @Test("a key is known through its escapes")
    func escapedKeys() {
        let record = #"{"\u006dethod":"GET","p\u0061th":"/","\ud800":1,"\u0000":2}"#
        #expect(Parsed(record, with: decoder).string == "GET /\n")
        let twice = #"{"method":"GET","\u006dethod":"PUT","path":"/"}"#
        #expect(Parsed(twice, with: decoder).reason == .duplicateField(.method))
    }

    @Test(
        "half a surrogate pair matters only where text is made of it",
        arguments: [#"\ud800"#, #"\udc00"#, #"\ud800\ud800"#, #"\udc00\ud800"#, #"\ud83dx"#])
    func surrogates(_ half: String) {
        let used = #"{"method":"GET","path":"/","body":"\#(half)"}"#
        #expect(Parsed(used, with: decoder).reason == .notUTF8)
        let unused = #"{"method":"GET","path":"/","user_agent":"\#(half)"}"#
        #expect(Parsed(unused, with: decoder).string == "GET /\n")
        let broken = #"{"method":"GET","path":"/","user_agent":"\#(half)\u12"}"#
        #expect(Parsed(broken, with: decoder).reason == .notJSON)
    }

    @Test("a tombstone and an empty record are told apart")
    func nothing() {
        #expect(unsafe decoder.decode(nil) == .nullPayload)
        #expect(decoder.decode([UInt8]().span) == .emptyPayload)
        #expect(decoder.input.views.isEmpty)
        #expect(unsafe decoder.id == nil)
    }

    @Test("the bound holds before anything is looked at")
    func limit() throws {
        let record = #"{"method":"GET","path":"/"}"#
        let exact = try RecordDecoder(
            InputSettings(limitBytes: 8, recordBytes: record.utf8.count))
        #expect(Parsed(record, with: exact).reason == nil)
        let reason = RejectReason.tooLarge(limitBytes: record.utf8.count)
        #expect(Parsed(record + " ", with: exact).reason == reason)
        #expect(Parsed([UInt8](repeating: 0xFF, count: 100), with: exact).reason == reason)
        for limit in [0, -1, Limits.requestBytesMax + 1] {
            #expect(throws: SwerveError.self) {
                try RecordDecoder(InputSettings(limitBytes: limit))
            }
        }
    }

    @Test("nothing of one record is left in the next")
    func succession() {
        let full = #"{"id":"a","method":"GET","path":"/long","query":"q","body":"b"}"#
        #expect(Parsed(full, with: decoder).id == "a")
        let bare = Parsed(#"{"method":"GET","path":"/"}"#, with: decoder)
        #expect(bare.id == nil)
        #expect(bare.string == "GET /\n")
        let rejected = Parsed("{", with: decoder)
        #expect(rejected.text.isEmpty)
        #expect(rejected.id == nil)
    }
}
