import Inputs
import Scoring
import Testing

@Suite("JSON records are refused")
struct JSONRecordRefusalTests {
    private let decoder: RecordDecoder

    init() throws { decoder = try RecordDecoder() }

    @Test(
        "what is not JSON, wherever in the record it stands",
        arguments: [
            " ", "\n", "x", "}", "{", "{]", "{\"a\"}", "{\"a\":}", "{a:1}", "{,}", "nul",
            "\u{feff}{}",
            "\0", "{\"a\":1", "{\"a\":\"b", "\"",
        ])
    func notJSON(_ record: String) {
        let reason = Parsed(record, with: decoder).reason
        #expect(reason == .notJSON || (reason == .notAnObject && !record.contains("{")))
    }

    @Test(
        "what is not JSON, in a field that nobody asks for",
        arguments: [
            "tru", "truee", "True", "nulll", "nan", "NaN", "Infinity", "01", "-", "+1", "1.", ".5",
            "1e",
            "1e+", "0x10", "1_000", "--1", "1 2", "\"a\" \"b\"", "\"a\"b", "\"a\"1", "1\"a\"",
            "'a'", "[1,]",
            "[,1]", "[1 2]", "[1", "[1}", "{\"a\":1,}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{\"a\"}",
            "{1:2}",
            "{]", "[}", "]", "}", ",", ":", "", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"",
            "\"\\U0041\"",
            "\"\u{1}\"", "\"\n\"", "\"\0\"", "1\0", "1\u{c}", "\"a\"\u{c}", "1\u{a0}", "\u{c}1",
            "/**/1",
            "\\\"a\\\"", "\"a\"\\", "1\\", "[\"a\":1]", "\u{1a}1", "true\u{1a}", "\"a", "\"a\\\"",
            "é",
        ])
    func notJSONInside(_ value: String) {
        for record in [
            "{\"method\":\"GET\",\"path\":\"/\",\"other\":\(value)}",
            "{\"other\":\(value),\"method\":\"GET\",\"path\":\"/\"}",
            "{\"other\":[\(value)],\"method\":\"GET\",\"path\":\"/\"}",
        ] where !(value.isEmpty && record.contains("[]")) {
            let parsed = Parsed(record, with: decoder)
            // A stray closing brace ends the object, and the rest follows it.
            let mayTrail = value == "}" || value == "1}"
            #expect(
                parsed.reason == .notJSON || (mayTrail && parsed.reason == .trailingContent),
                "\(record)")
        }
    }

    @Test(
        "what is JSON but no object",
        arguments: ["[]", "[{}]", "\"a\"", "1", "-1", "true", "false", "null", " null "])
    func notAnObject(_ record: String) {
        #expect(Parsed(record, with: decoder).reason == .notAnObject)
    }

    @Test(
        "what follows the object",
        arguments: ["{}", "x", ",", "}", "1", "\"a\"", "[", "\0", "\u{c}", "null", "é"])
    func trailing(_ rest: String) {
        let whole = #"{"method":"GET","path":"/"}"#
        #expect(Parsed(whole + rest, with: decoder).reason == .trailingContent)
        #expect(Parsed(whole + "\n" + rest, with: decoder).reason == .trailingContent)
    }

    @Test(
        "a record that lacks what a request needs",
        arguments: [
            (#"{}"#, RejectReason.missingField(.method)),
            (#"{"path":"/"}"#, .missingField(.method)),
            (#"{"method":"GET"}"#, .missingField(.path)),
            (#"{"method":null,"path":"/"}"#, .missingField(.method)),
            (#"{"method":"GET","path":null}"#, .missingField(.path)),
            (#"{"Method":"GET","path":"/"}"#, .missingField(.method)),
            (#"{"request":{"method":"GET","path":"/"}}"#, .missingField(.method)),
            (#"{"method":1,"path":"/"}"#, .wrongType(.method)),
            (#"{"method":"GET","path":["/"]}"#, .wrongType(.path)),
            (#"{"method":"GET","path":"/","query":{}}"#, .wrongType(.query)),
            (#"{"method":"GET","path":"/","body":false}"#, .wrongType(.body)),
            (#"{"text":1}"#, .wrongType(.text)),
            (#"{"text_b64":[]}"#, .wrongType(.textBase64)),
            (#"{"x":[1,2]}"#, .numbersNotText(.dense)),
            (#"{"svm":"1:0.5"}"#, .numbersNotText(.sparse)),
        ])
    func lacking(_ record: String, _ reason: RejectReason) {
        #expect(Parsed(record, with: decoder).reason == reason)
    }

    @Test(
        "a field that stands twice, also where both say the same",
        arguments: [
            (#"{"method":"GET","path":"/","path":"/"}"#, RequestField.path),
            (#"{"method":"GET","method":null,"path":"/"}"#, .method),
            (#"{"query":1,"method":"GET","path":"/","query":""}"#, .query),
            (#"{"method":"GET","path":"/","body":"","body":""}"#, .body),
            (#"{"id":1,"method":"GET","path":"/","id":2}"#, .id),
            (#"{"text":"a","text":"b"}"#, .text),
            (#"{"text":"a","text_b64":"YQ=="}"#, .textBase64),
        ])
    func duplicates(_ record: String, _ field: RequestField) {
        let parsed = Parsed(record, with: decoder)
        #expect(parsed.reason == .duplicateField(field))
        #expect(parsed.id == nil)
    }

    @Test(
        "base64 that is not exactly RFC 4648 with padding",
        arguments: [
            "Y", "YQ", "YQ=", "YQ===", "=", "==", "====", "YQ==YQ==", "YR==", "YWJ=", "YQ==\\n",
            "Y Q=",
            "YW-_", "YWI*", "Y===", "=YQ=", "Y=Q=", "\\u00e9AA=",
        ])
    func base64(_ text: String) {
        #expect(Parsed("{\"text_b64\":\"\(text)\"}", with: decoder).reason == .badBase64)
    }

    @Test("every base64 length decodes to the bytes it was made of")
    func base64Lengths() {
        for count in 0...40 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 89 &+ 200) }
            let parsed = Parsed("{\"text_b64\":\"\(base64(bytes))\"}", with: decoder)
            #expect(parsed.reason == nil)
            #expect(parsed.text == bytes)
        }
    }

    @Test("no reason has anything of the record in it, whatever is wrong there")
    func reasonsTellNothing() throws {
        let wants = [
            InputWant(.text, fieldNames: ["n"]), InputWant(.dense), InputWant(.sparse),
        ]
        let decoder = try RecordDecoder()
        try decoder.want(wants)
        var codes: Set<String> = []
        for record in [
            "qzj", "[\"qzj\"]", #"{"method":"qzj"}"#, #"{"method":"qzj","path":{"qzj":"qzj"}}"#,
            #"{"method":"qzj","path":"qzj"} qzj"#, #"{"path":"qzj","path":"qzj"}"#,
            #"{"text_b64":"qzj"}"#, #"{"text":"qzj\ud800"}"#, #"{"x":["qzj"]}"#,
            #"{"svm":"1:qzj"}"#, #"{"svm":"7:1 qzj"}"#, #"{"n":"qzj"}"#, "{\"qzj\":qzj}",
        ] {
            let whole = Parsed(record, with: decoder)
            let refusals =
                [whole.reason, whole.fault.map { .json(.malformed($0)) }].compactMap(\.self)
                + [InputViews.text, .dense, .sparse].enumerated().map {
                    decoder.refusal(of: $0, $1)
                } + [decoder.refusal(of: 0, .fields)]
            for reason in refusals {
                codes.insert(reason.code)
                #expect(!decoder.words(reason).contains("qzj"), "\(record)")
            }
        }
        #expect(codes.count >= 10, "\(codes)")
    }

    @Test("each reason has a code of its own, and words of its own")
    func words() {
        let reasons: [RejectReason] = [
            .nullPayload, .emptyPayload, .tooLarge(limitBytes: 1), .notJSON, .notUTF8, .notAnObject,
            .trailingContent, .tooDeep(limit: 1, byte: 1), .duplicateField(.id),
            .missingField(.path),
            .wrongType(.body), .badBase64, .numbersNotText(.dense), .textNotNumbers,
        ]
        #expect(Set(reasons.map(\.code)).count == reasons.count)
        #expect(Set(reasons.map { $0.words() }).count == reasons.count)
        #expect(RejectReason.numbersNotText(.dense).words() == "x: this scorer takes text")
        #expect(RejectReason.tooLarge(limitBytes: 7).words().contains("7 bytes"))
    }

    private func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let value = (0..<3).reduce(0) { sum, i in
                sum << 8 | (i < group.count ? Int(group[start + i]) : 0)
            }
            for digit in 0..<4 {
                let isDigit = digit <= group.count
                text.append(isDigit ? alphabet[value >> (18 - 6 * digit) & 63] : "=")
            }
        }
        return text
    }
}
