import Catalogue
import Lifecycle
import TestSupport
import Testing

/// Schemas and records of Avro, and predictions, against what another implementation makes of them.
@Suite("Avro vectors")
struct AvroVectorTests {
    private static func cases(_ file: String) throws -> [JSONValue] {
        try SharedData.bytes("inputs/vectors/\(file).jsonl").split(separator: 0x0A).map {
            try JSONValue(parsing: $0, act: "reading \(file)")
        }
    }

    @Test(
        "what is decoded is what the reference decodes",
        .enabled(if: SharedData.hasInputs, "\(SharedData.absence)"),
        arguments: [
            ("avro_schemas", DecodedCases.Kind.avroSchemas), ("avro_records", .avroRecords),
            ("avro_fuzz", .avroFuzz), ("predictions", .predictions),
        ])
    func vectors(_ file: String, _ kind: DecodedCases.Kind) throws {
        let avro = AvroCases()
        for document in try Self.cases("avro_schemas") { try avro.add(document, act: "reading") }
        let cases = try Self.cases(file)
        #expect(cases.count > 10)
        for document in cases {
            let got = try DecodedCases.got(kind, document, avro: avro, act: "decoding \(file)")
            let want = try #require(document["want"])
            #expect(
                LogVectorTests.plain(got) == LogVectorTests.plain(want),
                "\(document["id"]?.string ?? "")")
        }
    }

    @Test("a case that is none is refused, and a record of no schema is a reason")
    func none() throws {
        let avro = AvroCases()
        let record: JSONValue = ["plan": ["views": ["text"]], "value_b64": "AAAAAAEC"]
        #expect(try avro.record(of: record, act: "reading") == ["reason": "unknown_schema"])
        try avro.add(["schema_id": 1, "schema": "\"bytes\""], act: "reading")
        #expect(
            try avro.record(of: record, act: "reading")
                == ["text": "\u{2}", "parts": .null])
        #expect(throws: SwerveError.self) { try avro.add(["schema_id": 1], act: "reading") }
        for prediction: JSONValue in [[:], ["prediction": ["model": "m"]]] {
            #expect(throws: SwerveError.self) {
                try DecodedCases.got(.predictions, prediction, act: "reading")
            }
        }
    }
}
