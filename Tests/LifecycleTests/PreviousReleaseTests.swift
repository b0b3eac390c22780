import Foundation
import Lifecycle
import TestSupport
import Testing

/// Records that the release before this one wrote; see Tests/Previous.
@Suite("records of the previous release")
struct PreviousReleaseTests {
    private static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: RepositoryFiles.file("Tests/Previous/\(name)")))
    }

    @Test("its control record says what it said, and is written again byte by byte")
    func control() throws {
        let bytes = try Self.bytes("control-record.json")
        let record = try ControlRecord(key: Array("http-anomaly".utf8), value: bytes)
        #expect(record.deployment.epoch == 2 && record.deployment.stable.version == 1)
        #expect(record.deployment.candidate?.deployed.version == 2)
        #expect(record.deployment.candidate?.share == (try Share("20%")))
        // Signatures are over the bytes: the same deployment is the same bytes for both releases.
        #expect(record.bytes == bytes)
    }

    @Test("its status record says what it said, and nothing that it had is missing from ours")
    func status() throws {
        let bytes = try Self.bytes("status-record.json")
        let record = try #require(StatusRecord(value: bytes))
        #expect(record.serving?.epoch == 2 && record.serving?.candidate == 2)
        #expect(record.counts.records == 401 && record.counts.deadLetters == 1)
        #expect(record.partitions == [0, 1] && record.ready)
        let theirs = try JSONValue(parsing: bytes, act: "reading theirs")
        let ours = try JSONValue(parsing: record.bytes, act: "reading ours")
        #expect(Self.missing(of: theirs, in: ours, at: "") == [])
    }

    /// Where fields of `older` are absent from `newer` or are other values.
    private static func missing(
        of older: JSONValue, in newer: JSONValue?, at path: String
    ) -> [String] {
        guard let fields = older.object else { return older == newer ? [] : [path] }
        return fields.flatMap { missing(of: $1, in: newer?[$0], at: "\(path)/\($0)") }
    }
}
