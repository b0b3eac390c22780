import Inputs
import Lifecycle
import Scoring
import Testing

@Suite("Named texts of Avro, logs and plain texts")
struct NamedTextFormatTests {
    private typealias A = AvroBytes

    private func strings(_ decoder: RecordDecoder) -> [String?] {
        unsafe decoder.input.texts.map { text in
            text.isAbsent ? nil : unsafe String(decoding: text.bytes, as: UTF8.self)
        }
    }

    private static let schema = A.record([
        ("url", #"["null","string"]"#),
        ("kind", #"{"type":"enum","name":"E","symbols":["x","yz"]}"#),
        (
            "net",
            A.record([("name", #""bytes""#), ("bytes", #""long""#)])
                .replacing(#""R""#, with: #""N""#)
        ),
        ("n", #""int""#),
    ])

    private func avro(
        _ want: InputWant, _ body: [UInt8], _ schema: String = NamedTextFormatTests.schema,
        limit: Int = 1 << 10
    ) throws -> (decoder: RecordDecoder, reason: RejectReason?) {
        let settings = InputSettings(format: .avro(.standard), limitBytes: limit)
        let decoder = try RecordDecoder(settings)
        decoder.install(try PreparedWants([want], for: settings))
        let compiled = try AvroSchema(SchemaText(Array(schema.utf8)))
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: body.count + 1)
        _ = unsafe bytes.initialize(from: [7] + body)
        let reason = unsafe decoder.decode(
            UnsafeBufferPointer(bytes), bodyStart: 1, schema: compiled)
        // What was read is the decoder's own.
        unsafe bytes.update(repeating: 0)
        unsafe bytes.deallocate()
        return (decoder, reason)
    }

    private func body(_ url: String?) -> [UInt8] {
        (url.map { [2] + A.text($0) } ?? [0]) + [2] + A.text("eth0") + A.long(77) + A.long(5)
    }

    @Test("Avro: strings, symbols and bytes are texts, nested ones under dotted names")
    func avroTexts() throws {
        let want = InputWant(
            [], fieldNames: ["net.bytes"], textNames: ["kind", "net.name", "url", "no"])
        let (decoder, reason) = try avro(want, body("/é"))
        #expect(reason == nil && decoder.input.views == [.fields, .texts])
        #expect(strings(decoder) == ["yz", "eth0", "/é", nil])
        #expect(unsafe Array(decoder.input.fields) == [77])
        #expect(try strings(avro(want, body(nil)).decoder) == ["yz", "eth0", nil, nil])
        #expect(try strings(avro(want, body("")).decoder) == ["yz", "eth0", "", nil])
        let cut = try avro(want, body("ab\u{e9}"), limit: 3)
        #expect(strings(cut.decoder)[2] == "ab" && cut.decoder.marks == .truncated)
    }

    @Test("Avro: what is no text is told with its name")
    func avroRefused() throws {
        for name in ["n", "net", "net.bytes", "url.x"] {
            let (decoder, _) = try avro(InputWant([], textNames: [name]), body("u"))
            #expect(!decoder.input.views.contains(.texts))
            #expect(decoder.refusal(of: 0, .texts) == .namedNotText(0))
            #expect(decoder.words(.namedNotText(0)) == "\(name) is not a string")
        }
        let map = #"{"type":"map","values":"string"}"#
        let twice = A.long(2) + A.text("t") + A.text("a") + A.text("t") + A.text("b") + [0]
        let (decoder, _) = try avro(InputWant([], textNames: ["t"]), twice, map)
        #expect(decoder.refusal(of: 0, .texts) == .namedDuplicate(0))
    }

    @Test("a log line gives its fields as texts, out of their escapes; `-` is none")
    func log() throws {
        let log = LogSettings(
            plan: try LogPlan(
                .nginx(
                    #"$remote_addr "$request" $status "$http_user_agent" "$http_referer""#,
                    escape: .backslash)))
        let settings = InputSettings(format: .log(log), limitBytes: 16)
        let decoder = try RecordDecoder(settings)
        let names = ["http_user_agent", "http_referer", "remote_addr", "none", "status"]
        decoder.install(
            try PreparedWants(
                [InputWant([], fieldNames: ["status"], textNames: names)], for: settings))
        let line = #"10.0.0.1 "GET / HTTP/1.1" 200 "a\x22b" "-""#
        #expect(Parsed(line, with: decoder).reason == nil)
        #expect(strings(decoder) == ["a\"b", nil, "10.0.0.1", nil, "200"])
        #expect(unsafe Array(decoder.input.fields) == [200])
        let long = #"10.0.0.1 "GET / HTTP/1.1" 200 "12345678901234567" "x""#
        #expect(Parsed(long, with: decoder).reason == nil)
        #expect(strings(decoder).first == "1234567890123456" && decoder.marks == .truncated)
        #expect(Parsed("no line", with: decoder).reason == nil)
        #expect(strings(decoder) == [nil, nil, nil, nil, nil] && decoder.marks == .malformed)
    }

    @Test("a record that is a text stands for the one named text")
    func wholeText() throws {
        let ngrams = HashedNgrams(
            analyzer: .byte, ngramRange: 1...1, featureCount: 4, alternateSign: false,
            lowercase: false, norm: nil, binary: false)
        let featurizer = try Featurizer(
            FeaturizerSpec(source: .textField("url", .hashedNgrams(ngrams))))
        let settings = InputSettings(format: .text)
        let decoder = try RecordDecoder(settings)
        decoder.install(try PreparedWants([InputWant(featurizer)], for: settings))
        #expect(Parsed("abc", with: decoder).reason == nil)
        let buffer = FeatureBuffer()
        featurizer.features(of: decoder.input, into: buffer)
        #expect(buffer.fault == nil && !buffer.sortedFeatures().isEmpty)
    }
}
