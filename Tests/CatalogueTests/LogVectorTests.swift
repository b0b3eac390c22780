import Catalogue
import Lifecycle
import TestSupport
import Testing

/// Log formats and lines against what another implementation makes of them.
@Suite("Log vectors")
struct LogVectorTests {
    @Test(
        "what is decoded is what the reference decodes",
        .enabled(if: SharedData.hasInputs, "\(SharedData.absence)"),
        arguments: [
            ("log_formats", DecodedCases.Kind.logFormats), ("log_lines", .logLines),
            ("log_real", .logLines),
        ])
    func vectors(_ file: String, _ kind: DecodedCases.Kind) throws {
        let lines = try SharedData.bytes("inputs/vectors/\(file).jsonl").split(separator: 0x0A)
        #expect(lines.count > 10)
        for line in lines {
            let document = try JSONValue(parsing: line, act: "reading \(file)")
            let got = try DecodedCases.got(kind, document, act: "decoding \(file)")
            let want = try #require(document["want"])
            #expect(Self.plain(got) == Self.plain(want), "\(document["id"]?.string ?? "")")
        }
    }

    /// Whole numbers are doubles in one and integers in the other.
    static func plain(_ value: JSONValue) -> JSONValue {
        switch value {
        case .int(let number): .double(Double(number))
        case .array(let values): .array(values.map(plain))
        case .object(let fields): .object(fields.mapValues(plain))
        default: value
        }
    }
}
