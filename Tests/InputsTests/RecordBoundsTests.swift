import Inputs
import Lifecycle
import Scoring
import Testing

/// One record is one request, bounded in length and in depth, in whatever format it comes.
@Suite("Bounds of a record")
struct RecordBoundsTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func log(_ format: String = #"%h "%r" %s"#) throws -> InputSettings.Format {
        .log(LogSettings(plan: try LogPlan(.apache(format))))
    }

    // MARK: - Depth

    @Test(
        "JSON nested 10,000 deep is refused with the place and the reason, and the next one is read",
        arguments: [("[", "]"), (#"{"a":"#, "}"), (#"[{"a":"#, "}]")])
    func deep(_ open: String, _ close: String) throws {
        let decoder = try RecordDecoder()
        let (before, after) = (#"{"id":"i-1","method":"GET","path":"/","a":"#, "}")
        func nested(_ times: Int, isClosed: Bool) -> String {
            before + String(repeating: open, count: times) + "1"
                + (isClosed ? String(repeating: close, count: times) + after : "")
        }
        let levels = open.hasPrefix("[{") ? 2 : 1
        // The record's own object is the first level, so that this is where the 513th opens.
        let last = bytes(before + String(repeating: open, count: 511 / levels)).count
        let place = levels == 1 ? last + 1 : last + 2
        for isClosed in [true, false] {
            let record = nested(10_000 / levels, isClosed: isClosed)
            let parsed = Parsed(record, with: decoder)
            let reason = try #require(parsed.reason)
            #expect(reason == .tooDeep(limit: Limits.recordDepth, byte: place))
            #expect(["{", "["].contains(Array(record)[place - 1]))
            #expect(reason.code == "too_deep")
            #expect(
                decoder.words(reason) == "the record nests deeper than 512 at byte \(place)")
            #expect(parsed.text.isEmpty && decoder.marks == [])
            let next = Parsed(#"{"method":"GET","path":"/next"}"#, with: decoder)
            #expect(next.reason == nil && next.string == "GET /next\n")
        }
        // Inside a string brackets are nothing special.
        let text = String(repeating: "[{", count: 10_000)
        #expect(Parsed(#"{"text":"\#(text)"}"#, with: decoder).string == text)
    }

    // MARK: - Several requests in one record

    @Test("several requests in one record of JSON are refused, and told that one record is one")
    func severalObjects() throws {
        let decoder = try RecordDecoder()
        let request = #"{"id":"i","method":"GET","path":"/"}"#
        for record in ["[\(request),\(request)]", "[\(request)]"] {
            let reason = try #require(Parsed(record, with: decoder).reason)
            #expect(reason.code == "not_an_object")
            #expect(
                decoder.words(reason)
                    == "the record is not a JSON object: one record is one request and one "
                    + "prediction")
        }
        for separator in ["\n", "\r\n", "", " ", ","] {
            let parsed = Parsed(request + separator + request, with: decoder)
            let reason = try #require(parsed.reason)
            #expect(reason.code == "trailing_content", "\(separator.debugDescription)")
            #expect(
                decoder.words(reason)
                    == "something follows the JSON object: one record is one request and one "
                    + "prediction")
        }
        // White space at the end is none.
        #expect(Parsed(request + "\r\n \t", with: decoder).reason == nil)
    }

    @Test("several lines in one record of a log are refused; of a text they are the text")
    func severalLines() throws {
        let decoder = try RecordDecoder(InputSettings(format: try log()))
        let line = #"h "GET /a HTTP/1.1" 200"#
        for record in ["\(line)\n\(line)", "\(line)\r\n\(line)\n", "\n\(line)", "\(line)\n\n"] {
            let reason = try #require(Parsed(record, with: decoder).reason)
            #expect(reason.code == "many_lines", "\(record.debugDescription)")
            #expect(
                decoder.words(reason)
                    == "the record has several lines: one record is one line and one prediction")
        }
        for end in ["", "\n", "\r\n", "\r"] {
            #expect(Parsed(line + end, with: decoder).string == "GET /a\n")
        }
        let text = try RecordDecoder(InputSettings(format: .text))
        #expect(Parsed("\(line)\n\(line)", with: text).string == "\(line)\n\(line)")
    }

    // MARK: - Length

    /// A text that is longer than its bound, in each format, with bytes that are no UTF-8 around
    /// the place where it is cut.
    @Test(
        "above the bound the beginning is scored and marked, whatever the bytes and the format",
        arguments: [
            [0xFF], [0xC3], [0x80], [0xE2, 0x82], [0xF0, 0x9F, 0x98, 0x61], [0x61, 0xFF],
            [0xC3, 0xA9], [0xE2, 0x82, 0xAC], [0xF0, 0x9F, 0x98, 0x80],
        ] as [[UInt8]])
    func beginning(_ piece: [UInt8]) throws {
        let tail = [UInt8]((0..<20).flatMap { _ in piece })
        let records: [(format: InputSettings.Format, record: [UInt8], text: [UInt8])] = [
            (.text, tail, tail),
            (
                .json(.standard), bytes(#"{"id":"i","text":""#) + tail + bytes(#""}"#), tail
            ),
            (
                .json(.standard),
                bytes(#"{"method":"PUT","path":"/","body":""#) + tail + bytes(#""}"#),
                bytes("PUT /\n") + tail
            ),
            (
                try log(), bytes("h \"GET /") + tail + bytes(" HTTP/1.1\" 200"),
                bytes("GET /") + tail + [0x0A]
            ),
            // No line of the format: the whole line is the text.
            (try log(#"%h "%m" "%U" %s"#), tail, tail + [0x0A]),
        ]
        for (format, record, text) in records {
            // No bound is shorter than one character.
            for limit in 4...(text.count + 1) {
                let decoder = try RecordDecoder(InputSettings(format: format, limitBytes: limit))
                let parsed = Parsed(record, with: decoder)
                #expect(parsed.reason == nil)
                let isCut = limit < text.count
                #expect(decoder.marks.contains(.truncated) == isCut)
                guard isCut else {
                    #expect(parsed.text == text)
                    continue
                }
                #expect(text.starts(with: parsed.text) && parsed.text.count <= limit)
                #expect(parsed.text.count > limit - 4, "\(limit) of \(text.count)")
                guard String(validating: text, as: UTF8.self) != nil else { continue }
                // Between characters, and no shorter than it must be.
                let next = text[parsed.text.count...].prefix { $0 & 0xC0 == 0x80 }
                #expect(next.isEmpty && String(validating: parsed.text, as: UTF8.self) != nil)
                let width = text[parsed.text.count...].dropFirst().prefix { $0 & 0xC0 == 0x80 }
                #expect(parsed.text.count + 1 + width.count > limit)
            }
        }
    }
}
