import Foundation
import Inputs
import Lifecycle
import SchemaRegistry
import Scoring
import TestSupport
import Testing

@testable import Verification

/// Schemas for readers that may wait, from a registry that does what it is told.
@Suite("Schemas of records", .blocking, .enabled(if: TestRegistry.isPossible))
struct RecordSchemasTests {
    private static let text =
        #"{"type":"record","name":"R","fields":[{"name":"text","type":"string"}]}"#

    private let state: TemporaryFolder

    init() throws { state = try TemporaryFolder() }

    private func schemas(
        _ change: (inout TestRegistry.Content) -> Void, patienceMs: Int = 60_000
    ) throws -> (RecordSchemas, TestRegistry) {
        var content = TestRegistry.Content()
        content.ids["7"] = .init(Self.text)
        change(&content)
        let registry = try TestRegistry(content)
        return (
            try RecordSchemas(
                SchemaRegistrySettings(urls: [registry.url]), state: state.path("state"),
                of: ("m", "g"), patienceMs: patienceMs), registry
        )
    }

    private func words(_ finding: RecordSchemas.Finding) -> String {
        switch finding {
        case .known: "known"
        case .refused(let reason): "refused \(reason.code)"
        case .missing(let words): "missing \(words)"
        }
    }

    @Test(
        "one that is there is asked for once, and one that is not is refused as workers refuse it")
    func found() throws {
        let (schemas, registry) = try schemas { $0.ids["8"] = .init("\"no such type\"") }
        for _ in 0..<3 { #expect(words(schemas.find(.id(7))) == "known") }
        #expect(words(schemas.find(.id(8))) == "refused bad_schema")
        #expect(words(schemas.find(.id(9))) == "refused unknown_schema")
        #expect(words(schemas.find(.id(0))) == "refused unknown_schema")
        #expect(try registry.requests.count { $0.path == "/schemas/ids/7" } == 1)
        // A command that looks on writes nothing among the workers' files.
        #expect(!FileManager.default.fileExists(atPath: state.path("state")))
    }

    @Test("a registry that is away is waited for once, and what it says is told")
    func away() throws {
        let (schemas, registry) = try schemas({ $0.faults["*"] = ["503*"] }, patienceMs: 300)
        let first = words(schemas.find(.id(7)))
        #expect(first.hasPrefix("missing schema 7: ") && first.contains("503"), "\(first)")
        // Not waited for again, though it would be there now.
        registry.content.faults["*"] = nil
        #expect(words(schemas.find(.id(7))) == first)
    }

    @Test("a record of Avro is scored by the schema that its value or its header names")
    func values() throws {
        let (schemas, registry) = try schemas { _ in }
        defer { withExtendedLifetime(registry) {} }
        let settings = InputSettings(format: .avro(.standard))
        let values = try ValueDecoder(RecordForm(settings, schemas: schemas))
        values.decoder.install(try PreparedWants([InputWant(.text)], for: settings))
        let body: [UInt8] = [4, 0x68, 0x69]
        func read(_ value: [UInt8]?, _ schema: [UInt8]? = nil) -> String {
            switch values.decode(value, schema: schema) {
            case .read:
                String(decoding: OwnedInput(values.decoder.input).text ?? [], as: UTF8.self)
            case .refused(let reason): reason.code
            case .unknown(let words): words
            }
        }
        #expect(read([0, 0, 0, 0, 7] + body) == "hi")
        #expect(read(body, [0, 0, 0, 0, 7]) == "hi")
        #expect(read([0, 0, 0, 0, 7] + body, [9]) == "bad_schema_id")
        #expect(read([0, 0, 0, 0, 7] + body, []) == "bad_schema_id")
        #expect(read(body) == "bad_magic")
        #expect(read([], nil) == "empty_payload" && read(nil) == "null_payload")
        #expect(read([0, 0, 0, 0, 7, 4, 0x68]) == "truncated")
        #expect(read([UInt8](repeating: 0, count: Limits.recordBytes + 1)) == "too_large")
        // What stands at the bound is read, wherever its schema is named.
        #expect(
            read(body + [UInt8](repeating: 0, count: Limits.recordBytes - 3), [0, 0, 0, 0, 7])
                == "hi")
        // A refused record leaves no view of the one before.
        #expect(read(body) == "bad_magic" && values.decoder.input.views.isEmpty)
    }
}
