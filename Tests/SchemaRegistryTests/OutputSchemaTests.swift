import Lifecycle
import Platform
import TestSupport
import Testing

@testable import SchemaRegistry

/// The schema of predictions at a registry that does what it is told.
@Suite("Output schema", .blocking, .enabled(if: TestRegistry.isPossible))
struct OutputSchemaTests {
    private let lines = KeptLog()
    private let never: EventFD

    init() throws { never = try EventFD() }

    private func identity(
        _ registry: TestRegistry, registers: Bool = false, stop: EventFD? = nil
    ) throws -> Int32? {
        try OutputSchema(
            SchemaRegistrySettings(urls: [registry.url]), topic: "out/1", text: "\"int\"",
            registers: registers, log: lines.log
        ).identity(stopDescriptors: [(stop ?? never).descriptor])
    }

    @Test("it is registered where that is wanted, and found by the next start")
    func registers() throws {
        let registry = try TestRegistry()
        let refused = try #require(throws: SwerveError.self) { try identity(registry) }
        #expect(refused.code == .refused && refused.act.contains("out/1-value"))
        #expect(refused.remedy.contains("output.register: true"))
        #expect(try identity(registry, registers: true) == 9001)
        #expect(try identity(registry) == 9001)
        let requests = try registry.requests
        #expect(
            requests.map { "\($0.method) \($0.path)" } == [
                "POST /subjects/out%2F1-value", "POST /subjects/out%2F1-value",
                "POST /subjects/out%2F1-value/versions", "POST /subjects/out%2F1-value",
            ])
        for request in requests {
            #expect(request.contentType == "application/vnd.schemaregistry.v1+json")
            #expect(request.body == #"{"schema":"\"int\""}"#)
        }
    }

    @Test("what the registry does not take is refused with its words", arguments: [409, 422])
    func rejected(status: Int) throws {
        let registry = try TestRegistry()
        try registry.reject(status, code: status == 409 ? 409 : 42_201, "older readers break")
        let error = try #require(throws: SwerveError.self) {
            try identity(registry, registers: true)
        }
        #expect(error.code == .refused && error.reason.contains("older readers break"), "\(error)")
    }

    @Test("what passes is asked again, and told once")
    func passing() throws {
        let registry = try TestRegistry()
        registry.content.faults = ["*": ["503", "html", "reset"]]
        #expect(try identity(registry, registers: true) == 9001)
        #expect(lines.all.count { $0.contains("subject out/1-value") } == 1)
        #expect(try registry.requests.count == 5)
    }

    @Test("a stop ends the wait, for an answer and between two calls")
    func stops() throws {
        let registry = try TestRegistry()
        let stop = try EventFD()
        stop.signal()
        for fault in ["hang*", "503*"] {
            registry.content.faults = ["*": [fault]]
            #expect(try identity(registry, stop: stop) == nil)
        }
    }
}
