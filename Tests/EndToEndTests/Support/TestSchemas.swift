import Foundation
import Lifecycle
import TestSupport

/// A schema registry of the test's own, and records of its schemas.
final class TestSchemas {
    private let registry: TestRegistry
    let url: String

    static let isPossible = TestRegistry.isPossible

    init() throws {
        registry = try TestRegistry()
        url = registry.url
    }

    /// One that has 7, and is not going to tell 8 before it is told to: numbered records.
    static func withLateEight() throws -> TestSchemas {
        let schemas = try TestSchemas()
        schemas.add(7)
        schemas.add(8, numbered)
        schemas.setBusy(8, true)
        return schemas
    }

    /// What a configuration says to read Avro by it.
    ///
    /// - Parameter more: further keys of `schema_registry`, with their comma.
    func settings(_ more: String = "") -> String {
        "input: {format: avro}\nschema_registry: {url: \"\(url)\"\(more)}\n"
    }

    func add(_ id: Int, _ schema: String = TestSchemas.request) {
        registry.content.ids["\(id)"] = TestRegistry.Content.Answer(schema)
    }

    func add(guid: String, _ schema: String = TestSchemas.request) {
        registry.content.guids[guid] = TestRegistry.Content.Answer(schema)
    }

    /// From now on, calls for one id fail, or no more do.
    func setBusy(_ id: Int, _ isBusy: Bool) {
        registry.content.faults["\(id)"] = isBusy ? ["503*"] : nil
    }

    /// From now on, all calls fail, or no more do.
    func setDown(_ isDown: Bool) { registry.content.faults["*"] = isDown ? ["503*"] : nil }

    /// The texts that were registered, with their subjects' paths.
    func registered() throws -> [(path: String, schema: String)] {
        try registry.requests.filter { $0.method == "POST" && $0.path.hasSuffix("/versions") }
            .map { request in
                let body = Array((request.body ?? "").utf8)
                return (
                    request.path,
                    try JSONValue(parsing: body, act: "reading a request")["schema"]?.string ?? ""
                )
            }
    }

    // MARK: - Records

    /// A request of five texts.
    static let request = record("Request", texts)

    /// The same with a number before the rest: who reads one as the other finds nothing right.
    static let numbered = record("Numbered", #"{"name":"number","type":"long"},"# + texts)

    private static let texts = ["id", "method", "path", "query", "body"].map {
        #"{"name":"\#($0)","type":"string"}"#
    }.joined(separator: ",")

    private static func record(_ name: String, _ fields: String) -> String {
        #"{"type":"record","name":"\#(name)","fields":[\#(fields)]}"#
    }

    /// A JSON request as a body of `request`, or of `numbered`.
    static func body(_ sent: TestStream.Sent, numbered: Bool = false) throws -> [UInt8] {
        let json = try JSONValue(parsing: sent.value ?? [], act: "reading a request")
        return ["id", "method", "path", "query", "body"].reduce(into: numbered ? [84] : []) {
            bytes, name in
            let text = Array((json[name]?.string ?? "").utf8)
            bytes += varint(text.count * 2) + text
        }
    }

    /// The same record, framed with an id.
    static func framed(
        _ sent: TestStream.Sent, _ id: Int, numbered: Bool = false
    ) throws -> TestStream.Sent {
        TestStream.Sent(
            partition: sent.partition, key: sent.key,
            value: frame(id) + (try body(sent, numbered: numbered)))
    }

    static func frame(_ id: Int) -> [UInt8] {
        [0, UInt8(id >> 24 & 255), UInt8(id >> 16 & 255), UInt8(id >> 8 & 255), UInt8(id & 255)]
    }

    private static func varint(_ value: Int) -> [UInt8] {
        var rest = value
        var bytes: [UInt8] = []
        while rest >= 128 {
            bytes.append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    // MARK: - Predictions

    /// What a prediction in Avro says, read by nothing of the service's own.
    struct AvroPrediction {
        var schema = 0
        var model = ""
        var version = 0
        var epoch = 0
        var role = ""
        var score = Double.nan
        var label = ""
        var topic = ""
        var partition = -1
        var offset = -1
        var id: String?
        /// Bytes behind it.
        var left = 0
    }

    static func prediction(_ bytes: [UInt8]) throws -> AvroPrediction {
        var rest = bytes[...]
        func take(_ count: Int) throws -> ArraySlice<UInt8> {
            guard rest.count >= count, count >= 0 else { throw Failure("a cut prediction") }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
        func long() throws -> Int {
            var value: UInt64 = 0
            var shift: UInt64 = 0
            while true {
                let byte = try take(1).first ?? 0
                value |= UInt64(byte & 127) << shift
                shift += 7
                if byte < 128 { break }
            }
            return Int(bitPattern: UInt(value >> 1)) ^ -Int(value & 1)
        }
        func string() throws -> String { String(decoding: try take(try long()), as: UTF8.self) }
        func double() throws -> Double {
            Double(bitPattern: try take(8).reversed().reduce(0) { $0 << 8 | UInt64($1) })
        }
        func optional<Value>(_ read: () throws -> Value) throws -> Value? {
            try long() == 1 ? try read() : nil
        }
        func doubles() throws -> [Double] {
            var all: [Double] = []
            while case let count = try long(), count > 0 {
                for _ in 0..<count { all.append(try double()) }
            }
            return all
        }
        var prediction = AvroPrediction()
        guard try take(1).first == 0 else { throw Failure("no frame") }
        prediction.schema = try take(4).reduce(0) { $0 << 8 | Int($1) }
        prediction.model = try string()
        prediction.version = try long()
        prediction.epoch = try long()
        prediction.role = try string()
        prediction.score = try double()
        prediction.label = try optional(string) ?? ""
        _ = try optional(double)
        _ = try optional(doubles)
        _ = try optional(doubles)
        prediction.topic = try string()
        prediction.partition = try long()
        prediction.offset = try long()
        prediction.id = try optional(string)
        _ = try optional(string)
        _ = try optional {
            while case let count = try long(), count > 0 {
                for _ in 0..<count { _ = try string() }
            }
        }
        prediction.left = rest.count
        return prediction
    }
}
