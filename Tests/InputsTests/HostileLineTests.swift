import Inputs
import Lifecycle
import Scoring
import TestSupport
import Testing

/// Lines that nobody's server writes: what must hold of each, whatever is in it.
@Suite("Hostile lines")
struct HostileLineTests {
    private static let formats: [LogFormat] =
        LogFormat.named.map(\.format) + [
            .nginx(
                #"$remote_addr [$time_local] "$request" $status $upstream_addr "$request_id""#,
                escape: .backslash),
            .nginx(#"{"r":"$request","s":$status,"i":"$request_id"}"#, escape: .json),
            .apache("%m\t%U\t%q\t%D"), .apache("%r"),
        ]

    private static let seeds = [
        #"1.2.3.4 - a [02/Jan/2024:00:00:00 +0000] "GET /a?b=\x41\"c HTTP/1.1" 200 5 "-" "x""#,
        #"h:80 1.2.3.4 - - [02/Jan/2024:00:00:00 +0000] "POST http://h/a?b HTTP/2" 404 - "r" "u""#,
        #"h [02/Jan/2024:00:00:00 +0000] "GET / HTTP/1.0" 200 a, b : c "id-1""#,
        #"{"r":"GET /\u00e9\ud83d\ude00\\ HTTP/1.1","s":200,"i":"\n"}"#, "GET\t/a\t?b\t1500",
    ]

    @Test("mutated lines keep what is promised of every line", arguments: formats.indices)
    func mutated(_ index: Int) throws {
        let log = LogSettings(plan: try LogPlan(Self.formats[index]))
        let settings = InputSettings(format: .log(log), limitBytes: 64, recordBytes: 512)
        let decoder = try RecordDecoder(settings)
        let names = ["status", "bytes", "time", "request_time", "upstream_addr"]
        decoder.install(
            try PreparedWants(
                [InputWant(.text, fieldNames: names, wantsParts: true)], for: settings))
        var mutator = ByteMutator(
            seed: UInt64(index),
            pieces: [
                "\"", "\" 200", "\\", "\\x4", "\\u", " HTTP/1.1", "?", " : ", ", ", "] \"", "\n",
            ])
        for round in 0..<20_000 {
            let line = mutator.mutated(Array(Self.seeds[round % Self.seeds.count].utf8))
            let parsed = Parsed(line, with: decoder)
            switch parsed.reason {
            case nil: break
            case .emptyPayload, .tooLarge, .log(.manyLines): continue
            default: Issue.record("\(line): \(parsed)")
            }
            #expect(!parsed.text.isEmpty && parsed.text.count <= 64)
            #expect(decoder.marks.contains(.truncated) || parsed.text.last == 0x0A)
            #expect(parsed.id.map { $0.utf8.count <= Limits.requestIDBytes * 6 } ?? true)
            if let parts = decoder.input.parts {
                #expect(parts.body.isEmpty && parts.query.upperBound <= parsed.text.count)
                #expect(parts.method.upperBound <= parts.path.lowerBound || parts.path.isEmpty)
            }
            let again = Parsed(line, with: decoder)
            #expect(again == parsed, "a line read twice is two lines: \(line)")
        }
    }

    @Test("long lines of what could be looked at again and again take linear time")
    func linear() throws {
        let settings = InputSettings(
            format: .log(LogSettings(plan: try LogPlan(Self.formats[3]))), limitBytes: 4 << 20)
        let decoder = try RecordDecoder(settings)
        let start = #"h [02/Jan/2024:00:00:00 +0000] "GET /"#
        let pieces = [
            #"" x"#, #"\""#, #"\\"#, "\"", " : ", ", ", "\" ", #"\x"#, " HTTP/", "]", "[",
        ]
        for piece in pieces {
            let line = start + String(repeating: piece, count: (4 << 20) / piece.utf8.count - 64)
            #expect(Parsed(line, with: decoder).reason == nil)
        }
    }
}
