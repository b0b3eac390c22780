import Lifecycle
import Testing

@testable import Inputs

@Suite("Plans of one decoder")
struct AvroPlanCacheTests {
    /// A record of so many fields as a schema's text has room for: a megabyte and more.
    private func schema(_ number: Int) throws -> AvroSchema {
        let fields = (0..<20_000).map { #"{"name":"n\#(number)_\#($0)","type":"int"}"# }
        let text =
            #"{"type":"record","name":"R\#(number)","fields":["# + fields.joined(separator: ",")
            + "]}"
        return try AvroSchema(SchemaText(Array(text.utf8)), referenced: [])
    }

    @Test("those of many large schemas stay within the bound, and what went is made again")
    func bounded() throws {
        let tables = AvroNameTables([])
        var plans = AvroPlanCache()
        #expect(AvroPlanCache.memoryBytesMax <= 64 << 20)
        let first = try schema(0)
        let count = AvroPlanCache.memoryBytesMax / first.memoryBytes + 2
        let schemas = [first] + (try (1..<count).map(schema))
        for _ in 0..<2 {
            for schema in schemas {
                #expect(plans.plan(for: schema, tables).schema === schema)
                #expect(plans.memoryBytes <= AvroPlanCache.memoryBytesMax)
                #expect(plans.count >= 1)
            }
        }
        #expect(plans.count < schemas.count)
        // The one at hand is kept.
        let last = try #require(schemas.last)
        #expect(plans.plan(for: last, tables) === plans.plan(for: last, tables))
    }
}
