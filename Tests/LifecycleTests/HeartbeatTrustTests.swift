import Lifecycle
import TestSupport
import Testing

/// Whose heartbeats count, and which of a slot's are news.
@Suite("Heartbeats that are believed")
struct HeartbeatTrustTests {
    private static let key = Array("g/0".utf8)
    private static let value = Array("{}".utf8)

    private static func judge(
        by name: String = "worker", topic: String = "status", claimed: [UInt8] = key,
        said: [UInt8] = value, isSigned: Bool = true
    ) throws -> HeartbeatTrust.Belief {
        let trust = try #require(SignedWords.trust())
        let message = SignedMessage.heartbeat(topic: topic, key: claimed, value: said)
        let signature = SignedWords.signature(of: message, by: name)
        return trust.judge(
            key: key, value: value,
            headers: isSigned ? [RecordSignature.header: signature.description] : [:])
    }

    @Test("a heartbeat counts by the very bytes that a key with the role report signed")
    func rule() throws {
        #expect(try Self.judge() == .believed(by: "worker"))
        for (belief, reason) in [
            (try Self.judge(isSigned: false), "it is not signed"),
            (try Self.judge(by: "ops"), "has not the role report"),
            (try Self.judge(by: "nobody"), "is not in the trust file"),
            (try Self.judge(by: "gone"), "is revoked"),
            (try Self.judge(topic: "other"), "is not that key's"),
            (try Self.judge(claimed: Array("g/1".utf8)), "is not that key's"),
            (try Self.judge(said: Array("{ }".utf8)), "is not that key's"),
        ] {
            guard case .refused(let words) = belief else {
                Issue.record("\(belief) where \(reason)")
                continue
            }
            #expect(words.contains(reason), "\(words)")
        }
    }

    @Test("a stop counts by the process that it names, and is no heartbeat")
    func farewell() throws {
        let trust = try #require(SignedWords.trust())
        let signer = HeartbeatSigner(
            SignedWords.signer("worker"), topic: "status", slot: SlotID(group: "g", slot: 0))
        let headers = Dictionary(
            uniqueKeysWithValues: try signer.headers(ofFarewell: "i").map { ($0.name, $0.value) })
        #expect(
            trust.judge(key: Self.key, value: nil, headers: headers)
                == .farewell(by: "worker", incarnation: "i"))
        var other = headers
        other[HeartbeatTrust.farewellHeader] = "j"
        for (value, headers) in [(nil, other), (Self.value, headers), (nil, [:])] {
            guard
                case .refused = trust.judge(
                    key: Self.key, value: value as [UInt8]?, headers: headers)
            else {
                Issue.record("\(headers) counts")
                continue
            }
        }
    }

    @Test("a file without a key of the role asks for nothing; one with a revoked key still asks")
    func asking() {
        #expect(SignedWords.trust(of: ["ops"]) == nil)
        #expect(SignedWords.trust(of: ["ops", "gone"]) != nil)
    }

    @Test("the role report stands alone in a trust file")
    func alone() throws {
        let line = "w report,promote ed25519:\(String(repeating: "A", count: 43))=\n"
        let error = #expect(throws: SwerveError.self) {
            try TrustFile(parsing: Array(line.utf8), isUsable: { _ in true })
        }
        #expect(error?.reason.contains("stands alone") == true)
    }

    private static func word(_ id: String, _ sequence: Int64?, atMs: Int64) -> StatusRecord {
        var record = Heard.record(0)
        record.incarnation.id = id
        record.sequence = sequence
        record.sentAtMs = atMs
        return record
    }

    @Test("old words of a process, and old processes, are no news")
    func order() {
        var order = HeartbeatOrder()
        let steps: [(StatusRecord, Bool)] = [
            (Self.word("a", nil, atMs: 1_000), false), (Self.word("a", 1, atMs: 1_000), true),
            (Self.word("a", 1, atMs: 1_000), false), (Self.word("a", 5, atMs: 5_000), true),
            // A clock that is put back is no replay.
            (Self.word("a", 6, atMs: 2_000), true), (Self.word("a", 4, atMs: 9_000), false),
            (Self.word("b", 1, atMs: 100_000), true), (Self.word("a", 6, atMs: 2_000), false),
            // Said long before what another process said.
            (Self.word("c", 9, atMs: 89_000), false), (Self.word("d", 1, atMs: 91_000), true),
            (Self.word("b", 2, atMs: 101_000), true),
        ]
        for (index, (record, isNews)) in steps.enumerated() {
            let verdict = order.take(record, referenceMs: 200_000)
            #expect((verdict == .news) == isNews, "\(index): \(verdict)")
        }
        order.end("b")
        let after = order.take(Self.word("b", 3, atMs: 102_000), referenceMs: 200_000)
        #expect(after == .refused("its process has stopped"))
    }

    @Test("a clock that was ahead makes no later process of the slot late")
    func ahead() {
        var order = HeartbeatOrder()
        let ahead = order.take(Self.word("a", 1, atMs: 400_000), referenceMs: 100_000)
        let right = order.take(Self.word("b", 1, atMs: 101_000), referenceMs: 101_000)
        #expect(ahead == .news && right == .news)
        let old = order.take(Self.word("c", 1, atMs: 90_000), referenceMs: 102_000)
        #expect(old != .news)
    }

    @Test("a process that stopped before any word of it was heard stays so")
    func unheardEnd() {
        var order = HeartbeatOrder()
        let areNews = [order.end("a"), order.end("a")]
        #expect(areNews == [true, false])
        let stopped = order.take(Self.word("a", 7, atMs: 1_000), referenceMs: 1_000)
        #expect(stopped == .refused("its process has stopped"))
        let next = order.take(Self.word("b", 1, atMs: 1_000), referenceMs: 1_000)
        #expect(next == .news)
    }

    @Test("where the trust file could not be read nothing counts, and that is the reason")
    func unreadable() throws {
        let signer = HeartbeatSigner(
            SignedWords.signer("worker"), topic: "status", slot: SlotID(group: "g", slot: 0))
        let headers = Dictionary(
            uniqueKeysWithValues: try signer.headers(of: Self.value).map { ($0.name, $0.value) })
        let trust = HeartbeatTrust.unreadable("its mode is 0666")
        #expect(
            trust.judge(key: Self.key, value: Self.value, headers: headers)
                == .refused("the trust file could not be read: its mode is 0666"))
    }

    @Test("a signed time far from the reader's clock counts by itself, one to come not at all")
    func times() {
        #expect(HeartbeatOrder.saidAtMs(95_000, reference: 100_000) == 100_000)
        #expect(HeartbeatOrder.saidAtMs(89_999, reference: 100_000) == 89_999)
        #expect(HeartbeatOrder.saidAtMs(110_000, reference: 100_000) == 100_000)
        #expect(HeartbeatOrder.saidAtMs(110_001, reference: 100_000) == nil)
        #expect(HeartbeatOrder.saidAtMs(.max, reference: .max) == .max)
        #expect(HeartbeatOrder.saidAtMs(.min, reference: .min) == .min)
    }
}
