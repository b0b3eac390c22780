import Lifecycle
import Testing

@Suite("schemas that types tell of themselves")
struct JSONTypeSchemaTests {
    private struct Part: Codable, Equatable {
        let modelName: ModelName
        let counts: [Int]
        let bytes: [UInt8]
    }

    private enum Kind: String, Codable, CaseIterable { case small, large }

    private enum Outcome: Codable, Equatable, JSONCased {
        case sound(goldenInputs: Int)
        case failed(String)
        case skipped

        static let jsonCases = ["sound", "failed", "skipped"]
    }

    private struct Whole: Codable, Equatable {
        let part: Part?
        let isNew: Bool
        let kind: Kind
        let share: Share
        let byName: [String: Double]
        let slots: ClosedRange<Int>
        let more: JSONValue
        let outcomes: [Outcome]
    }

    private static func told<Value: Decodable>(_ type: Value.Type) throws -> JSONValue {
        var schemas = JSONTypeSchema(definitions: "#/")
        return try schemas.schema(of: type)
    }

    @Test("names, kinds, what may be left away, and lists are those of the documents")
    func whole() throws {
        let schema = try Self.told(Whole.self)
        let fields = schema["properties"]
        #expect(
            schema["required"] == [
                "by_name", "is_new", "kind", "more", "outcomes", "share", "slots",
            ])
        #expect(fields?["is_new"] == ["type": "boolean"])
        #expect(fields?["kind"] == ["type": "string", "enum": ["small", "large"]])
        #expect(fields?["share"]?["type"] == "number")
        #expect(
            fields?["by_name"]
                == ["type": "object", "additionalProperties": ["type": "number"]])
        #expect(fields?["slots"] == ["type": "array", "items": ["type": "integer"]])
        #expect(fields?["more"] == [:])
        let part = fields?["part"]
        #expect(part?["required"] == ["bytes", "counts", "model_name"])
        #expect(part?["properties"]?["model_name"] == ["type": "string"])
        #expect(part?["properties"]?["bytes"]?["contentEncoding"] == "base64")
        #expect(
            part?["properties"]?["counts"] == ["type": "array", "items": ["type": "integer"]])
        let cases = fields?["outcomes"]?["items"]?["oneOf"]?.array ?? []
        #expect(cases.count == 3)
        #expect(
            cases.first?["properties"]?["sound"]?["properties"]?["golden_inputs"]
                == ["type": "integer"])
        #expect(cases.dropFirst().first?["properties"]?["failed"] == ["type": "string"])
        #expect(cases.last?["required"] == ["skipped"])
    }

    @Test("a type that is known elsewhere is told once, and referred to")
    func named() throws {
        var schemas = JSONTypeSchema(definitions: "#/components/schemas/")
        let schema = try schemas.schema(of: [SwerveError].self)
        #expect(schema["items"] == ["$ref": "#/components/schemas/SwerveError"])
        #expect(try schemas.schema(of: SwerveError.self) == schema["items"])
        #expect(schemas.named["SwerveError"]?["properties"]?["reason"] == ["type": "string"])
    }

    @Test("what a type does not tell is an error, and no guess")
    func unknown() throws {
        enum Silent: Codable { case one(Int) }
        struct Endless: Codable { let inner: [Endless] }
        #expect(throws: SwerveError.self) { try Self.told(Silent.self) }
        #expect(throws: SwerveError.self) { try Self.told(Endless.self) }
    }
}
