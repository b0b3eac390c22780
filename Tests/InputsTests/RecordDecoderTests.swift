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

        func settings(_ limit: Int = 1_024) -> InputSettings {
            InputSettings(format: format, limitBytes: limit)
        }
    }

    static let formats = [
        Format(
            name: "json", format: .json(.standard), record: #"{"method":"GET","path":"/a"}"#,
            text: "GET /a\n"),
        Format(name: "text", format: .text, record: "GET /a", text: "GET /a"),
    ]

    @Test("a record gives its text", arguments: formats)
    func text(_ format: Format) throws {
        let decoder = try RecordDecoder(format.settings())
        let parsed = Parsed(format.record, with: decoder)
        #expect(parsed.reason == nil)
        #expect(parsed.string == format.text)
        #expect(decoder.input.views == .text)
    }

    @Test("no value, an empty one and one above the limit are refused alike", arguments: formats)
    func bounds(_ format: Format) throws {
        let exact = try RecordDecoder(format.settings(format.record.utf8.count))
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
