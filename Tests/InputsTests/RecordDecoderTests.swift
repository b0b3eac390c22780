import Foundation
import Inputs
import Lifecycle
import Scoring
import Testing

/// What holds for a decoder of every format.
@Suite("RecordDecoder")
struct RecordDecoderTests {
    struct Format: Sendable, CustomTestStringConvertible {
        let name: String
        let format: InputSettings.Format
        /// A record whose text is the same bytes, or that of a request.
        let record: String
        let text: String
        var testDescription: String { name }

        func settings(
            _ limit: Int = 1_024, recordBytes: Int = Limits.recordBytes
        ) -> InputSettings {
            InputSettings(format: format, limitBytes: limit, recordBytes: recordBytes)
        }

        /// A record whose text ends in `tail`.
        func record(tail: String) -> (record: String, text: String) {
            switch format {
            case .json: (#"{"method":"PUT","path":"/","body":"\#(tail)"}"#, "PUT /\n\(tail)")
            // Its records come with schemas: AvroRecordTests.
            case .avro: (tail, tail)
            case .log: (#""GET /\#(tail)""#, "GET /\(tail)\n")
            case .text: (tail, tail)
            }
        }
    }

    static let formats =
        [
            Format(
                name: "json", format: .json(.standard), record: #"{"method":"GET","path":"/a"}"#,
                text: "GET /a\n"),
            Format(name: "text", format: .text, record: "GET /a", text: "GET /a"),
        ] + logs

    private static var logs: [Format] {
        guard let plan = try? LogPlan(.apache(#""%r""#)) else { return [] }
        return [
            Format(
                name: "log", format: .log(LogSettings(plan: plan)), record: #""GET /a""#,
                text: "GET /a\n")
        ]
    }

    @Test("a record without a score has its fault's code, or else its own", arguments: formats)
    func codes(_ format: Format) throws {
        let decoder = try RecordDecoder(format.settings())
        decoder.install(try PreparedWants([InputWant(.dense)], for: format.settings()))
        _ = Parsed(format.record, with: decoder)
        func code(_ score: Double, _ fault: InputFault?) -> DeadLetterCode {
            decoder.code(of: Verdict(score: score, classIndex: 0, fault: fault), at: 0)
        }
        // What the record lacks says more than that the version misses something.
        #expect(code(.nan, .missingView(.dense)) == decoder.refusal(of: 0, .dense).kind)
        #expect(decoder.refusal(of: 0, .dense).kind.isFoundReading)
        #expect(code(.nan, .denseCount(got: 1, wanted: 2)) == .inputUnfit)
        #expect(decoder.refusal(of: 0, .denseCount(got: 1, wanted: 2)) == nil)
        #expect(code(.infinity, nil) == .scoreNotFinite)
    }

    @Test("a record gives its text", arguments: formats)
    func text(_ format: Format) throws {
        let decoder = try RecordDecoder(format.settings())
        let parsed = Parsed(format.record, with: decoder)
        #expect(parsed.reason == nil)
        #expect(parsed.string == format.text)
        #expect(decoder.input.views == .text)
    }

    @Test("no value, an empty one and one above the bound are refused alike", arguments: formats)
    func bounds(_ format: Format) throws {
        let exact = try RecordDecoder(
            format.settings(4, recordBytes: format.record.utf8.count))
        #expect(unsafe exact.decode(nil) == .nullPayload)
        #expect(Parsed("", with: exact).reason == .emptyPayload)
        let nothing: [UInt8] = []
        let emptySpan = exact.decode(nothing.span)
        #expect(emptySpan == .emptyPayload)
        #expect(Parsed(format.record, with: exact).reason == nil)
        #expect(
            Parsed(format.record + " ", with: exact).reason
                == .tooLarge(limitBytes: format.record.utf8.count))
        #expect(exact.input.views.isEmpty)
    }

    @Test(
        "a longer text is cut between code points, and told to be", arguments: formats,
        ["aaaaaaaa", "aaaaaaé", "aaaaa€€", "aaaa😀😀", "éééé", "a\u{7FF}\u{FFFF}b"])
    func cut(_ format: Format, _ tail: String) throws {
        let (record, text) = format.record(tail: tail)
        let whole = Array(text.utf8)
        for limit in 4...whole.count {
            let decoder = try RecordDecoder(format.settings(limit))
            let parsed = Parsed(record, with: decoder)
            #expect(parsed.reason == nil)
            #expect(decoder.marks == (limit < whole.count ? .truncated : []))
            var expected: [UInt8] = []
            for scalar in text.unicodeScalars.map({ Array(String($0).utf8) }) {
                guard expected.count + scalar.count <= limit else { break }
                expected += scalar
            }
            #expect(parsed.text == expected)
            _ = Parsed(format.record, with: decoder)
            #expect(decoder.marks == (limit < format.text.utf8.count ? .truncated : []))
            #expect(unsafe decoder.decode(nil) == .nullPayload)
            #expect(decoder.marks == [])
        }
    }

    @Test("a limit out of its bounds is refused", arguments: formats)
    func limits(_ format: Format) throws {
        for limit in [0, -1, Limits.requestBytesMax + 1] {
            #expect(throws: SwerveError.self) { try RecordDecoder(format.settings(limit)) }
        }
    }

    @Test("a scorer of numbers gets none of a text, and is told why", arguments: formats)
    func numbers(_ format: Format) throws {
        let decoder = try RecordDecoder(format.settings())
        let wants = [InputWant(.dense), InputWant(.text)]
        decoder.install(try PreparedWants(wants, for: format.settings()))
        // The second want's view is there, so the record as a whole is not refused.
        #expect(Parsed(format.record, with: decoder).reason == nil)
        #expect(decoder.input(of: 0).views.isEmpty)
        #expect(decoder.input(of: 1).views == .text)
        let reason = decoder.refusal(of: 0, .dense)
        #expect(["missing_field", "text_not_numbers"].contains(reason.code))
        decoder.install(try PreparedWants([wants[0]], for: format.settings()))
        #expect(Parsed(format.record, with: decoder).reason == reason)
        #expect(!decoder.words(reason).isEmpty)
    }

    @Test("a record's view is gone with the next record, also a refused one", arguments: formats)
    func viewEnds(_ format: Format) throws {
        let decoder = try RecordDecoder(format.settings())
        #expect(Parsed(format.record, with: decoder).reason == nil)
        #expect(unsafe decoder.decode(nil) == .nullPayload)
        #expect(decoder.input.views.isEmpty)
        #expect(unsafe decoder.id == nil)
    }

    @Test("any bytes are a text, and stay as they are")
    func anyBytes() throws {
        let decoder = try RecordDecoder(InputSettings(format: .text))
        let bytes = (0...255).map { UInt8($0) }
        #expect(Parsed(bytes, with: decoder).text == bytes)
        #expect(decoder.input.parts == nil)
        #expect(unsafe decoder.label == nil && decoder.decision == nil)
    }

    @Test("bytes that are no UTF-8 are cut where the limit is, whatever they are")
    func cutBytes() throws {
        for byte in [UInt8(0x80), 0xBF, 0xC3, 0xE2, 0xF0, 0xFF] {
            let bytes = [UInt8](repeating: byte, count: 300)
            let text = try RecordDecoder(InputSettings(format: .text, limitBytes: 200))
            #expect((197...200).contains(Parsed(bytes, with: text).text.count), "\(byte)")
            let json = try RecordDecoder(InputSettings(limitBytes: 200))
            let base64 = Data(bytes).base64EncodedString()
            let parsed = Parsed("{\"text_b64\":\"\(base64)\"}", with: json)
            #expect((197...200).contains(parsed.text.count), "\(byte)")
            #expect(json.marks == .truncated)
        }
    }

    @Test("the parts of a text end where it is cut")
    func cutParts() throws {
        let record = #"{"method":"GET","path":"/ab","query":"q=1","body":"xyz"}"#
        let text = Array("GET /ab?q=1\nxyz".utf8)
        for limit in 1...text.count {
            let decoder = try RecordDecoder(InputSettings(limitBytes: limit))
            try decoder.want([InputWant(.text, wantsParts: true)], limitBytes: limit)
            #expect(Parsed(record, with: decoder).text == Array(text.prefix(limit)))
            let parts = try #require(decoder.input.parts)
            let cut = [parts.method, parts.path, parts.query, parts.body].map { part in
                String(decoding: text[part], as: UTF8.self)
            }
            let all = zip(["GET", "/ab", "q=1", "xyz"], [0, 4, 8, 12])
            #expect(cut == all.map { String($0.prefix(max(0, limit - $1))) }, "\(limit)")
        }
    }

    @Test("numbers that take more than the limit are refused: their beginning is other numbers")
    func longNumbers() throws {
        let settings = InputSettings(limitBytes: 9)
        let decoder = try RecordDecoder(settings)
        for (want, short, long) in [
            (InputWant(.dense), #"{"x":[1,2,3,4]}"#, #"{"x":[1,2,3,4,5]}"#),
            (.init(.sparse), #"{"svm":"1:1 3:333"}"#, #"{"svm":"1:1 3:3333"}"#),
        ] {
            decoder.install(try PreparedWants([want], for: settings))
            #expect(Parsed(short, with: decoder).reason == nil)
            #expect(Parsed(long, with: decoder).reason == .tooLarge(limitBytes: 9))
            #expect(decoder.marks == [])
        }
    }

    @Test("reasons name the fields as the configuration does")
    func words() throws {
        let fields = try InputFields(path: "url.path")
        let decoder = try RecordDecoder(
            InputSettings(format: .json(fields), limitBytes: 64), labelField: "class")
        #expect(decoder.words(.missingField(.path)) == "url.path is missing")
        #expect(decoder.words(.wrongType(.label)) == "class is not a number")
        let wants = [InputWant(.text, fieldNames: ["a.b"])]
        decoder.install(
            try PreparedWants(
                wants, for: InputSettings(format: .json(fields), limitBytes: 64)))
        #expect(decoder.words(.namedWrongType(0)) == "a.b is not a number, true or false")
    }
}
