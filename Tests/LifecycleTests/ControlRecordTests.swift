import Lifecycle
import Testing

@Suite("control records")
struct ControlRecordTests {
    private static func record() throws -> ControlRecord {
        ControlRecord(
            registry: "6b1f2f0e-0c52-4a0e-9a55-7f2f7b9d0f11",
            deployment: try Examples.deployment(
                epoch: 12, stable: 7, candidate: Examples.canary(8, 500), previous: 6,
                salt: .max),
            issuedAt: "2026-11-23T18:52:00.000Z", issuedBy: "ada", reason: "better \u{1F600}")
    }

    @Test("a record survives the round trip, and the same record gives the same bytes")
    func roundTrip() throws {
        let record = try Self.record()
        let read = try ControlRecord(key: Array("http-anomaly".utf8), value: record.bytes)
        #expect(read.deployment == record.deployment)
        #expect(read.registry == record.registry)
        #expect(read.issuedAt == record.issuedAt)
        #expect(read.issuedBy == record.issuedBy)
        #expect(read.reason == record.reason)
        #expect(read.bytes == record.bytes)
    }

    @Test("no candidate and no previous stay away")
    func absent() throws {
        let record = ControlRecord(
            registry: "r", deployment: try Examples.deployment(stable: 1), issuedAt: "",
            issuedBy: "", reason: "")
        let json = try JSONValue(parsing: record.bytes, act: "test")
        #expect(json["candidate"] == nil)
        #expect(json["previous"] == nil)
        let read = try ControlRecord(key: Array("http-anomaly".utf8), value: record.bytes)
        #expect(read.deployment == record.deployment)
    }

    @Test("a label rule that older workers would pass over makes a schema that they refuse")
    func labelRule() throws {
        for (rule, schema) in [(nil, 1), (.votes, 1), (.probability, 2)]
            as [(LabelRule?, JSONValue)]
        {
            let deployment = Deployment(
                model: try Examples.model(), epoch: 5, stable: Examples.version(1), candidate: nil,
                previous: nil, salt: 7,
                settings: DeploymentSettings([1: VersionSettings(threshold: 0, labelRule: rule)]))
            let record = ControlRecord(
                registry: "r", deployment: deployment, issuedAt: "", issuedBy: "", reason: "")
            let json = try JSONValue(parsing: record.bytes, act: "test")
            #expect(json["schema"] == schema)
            let read = try ControlRecord(key: Array("http-anomaly".utf8), value: record.bytes)
            #expect(read.deployment == deployment && read.bytes == record.bytes)
        }
    }

    @Test("unknown fields are kept")
    func unknownFields() throws {
        var json = try JSONValue(parsing: Self.record().bytes, act: "test").object ?? [:]
        json["more"] = "anything"
        json["later"] = ["a": [1, 2.5, .null, true]]
        let bytes = JSONValue.object(json).bytes
        let read = try ControlRecord(key: Array("http-anomaly".utf8), value: bytes)
        #expect(read.bytes == bytes)
        #expect(bytes != (try Self.record().bytes))
    }

    @Test(
        "a field that is missing, malformed or not known is an error that names it",
        arguments: [
            ("schema", nil, "no schema"), ("schema", 3, "schema 3"), ("schema", "1", "no schema"),
            ("registry", nil, "registry"), ("registry", "", "registry"), ("model", nil, "model"),
            ("model", "other", "does not name the model"), ("model", "NOT A NAME", "does not name"),
            ("epoch", nil, "epoch"), ("epoch", 0, "epoch"), ("epoch", -3, "epoch"),
            ("epoch", 1.5, "epoch"), ("salt", -1, "salt"), ("salt", 4_294_967_296, "salt"),
            ("stable", nil, "stable"), ("stable", ["version": 0], "stable needs"),
            ("stable", ["version": 1, "digest": "md5:1"], "digest"), ("previous", [], "previous"),
            ("candidate", "eight", "candidate needs"),
            ("candidate", ["mode": "duel", "share": 0.5], "mode 'duel' is not known"),
            (
                "candidate",
                [
                    "mode": "canary", "share": 2, "version": 8,
                    "digest": .string("sha256:" + String(repeating: "0", count: 64)),
                ], "reading share 2.0"
            ),
        ] as [(String, JSONValue?, String)])
    func malformed(field: String, value: JSONValue?, said: String) throws {
        var json = try JSONValue(parsing: Self.record().bytes, act: "test").object ?? [:]
        json[field] = value
        let bytes = JSONValue.object(json).bytes
        #expect {
            try ControlRecord(key: Array("http-anomaly".utf8), value: bytes)
        } throws: { "\($0)".contains(said) && ($0 as? SwerveError) != nil }
    }

    @Test("garbage is an error, never a trap")
    func garbage() {
        let garbage: [[UInt8]] = [
            [], Array("null".utf8), Array("[]".utf8), Array("{}".utf8), Array("{".utf8),
            [0xFF, 0xFE, 0x00], [UInt8](repeating: 0x5B, count: 100_000),
            [UInt8](repeating: 0x20, count: Limits.controlRecordBytes + 1),
        ]
        for bytes in garbage {
            #expect(throws: SwerveError.self) {
                try ControlRecord(key: Array("http-anomaly".utf8), value: bytes)
            }
        }
    }

    @Test("each prefix of a record is an error")
    func prefixes() throws {
        let bytes = try Self.record().bytes
        for count in 0..<bytes.count {
            #expect(throws: SwerveError.self) {
                try ControlRecord(key: Array("http-anomaly".utf8), value: bytes.prefix(count))
            }
        }
    }
}
