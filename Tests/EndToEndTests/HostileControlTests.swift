import Foundation
import Kafka
import Lifecycle
import Platform
import TestSupport
import Testing

/// A control topic that anybody can write to, and workers that believe signed words only.
@Suite("Hostile control topic, end to end", .serialized, .blocking)
struct HostileControlTests {
    /// A service under `trust:` that serves the honest epoch 5.
    struct Guardhouse {
        let scene: Scene
        let forge: Forge

        init(changes: String = "", base: Forge.Draft = Forge.Draft(epoch: 5, version: 1)) throws {
            let stream = try TestStream(partitions: 2)
            try TestModels.register(2, in: stream)
            forge = try Forge(stream)
            try stream.writeConfiguration(
                at: "swerve.yaml", workers: 1, changes: "trust: \(forge.trustFile)\n\(changes)")
            try forge.announce(base)
            scene = Scene(stream: stream, service: try stream.serve())
            _ = try status(of: scene.service, "epoch \(base.epoch)") {
                $0["serving"]?["epoch"]?.int == Int(base.epoch) && $0["ready"] == true
            }
        }

        var stream: TestStream { scene.stream }

        /// The slot's status once it is as wanted.
        func status(
            of service: RunningProcess, _ what: String, _ isWanted: (JSONValue) -> Bool
        ) throws -> JSONValue {
            try service.wait(for: what) {
                // By somebody without the trust file: one that cannot be read hides the fleet.
                let slot = try stream.controlElsewhere(["status", "http-anomaly"])
                    .json()["slots"]?.array?.first
                return slot.flatMap { isWanted($0) ? $0 : nil }
            }
        }

        func serves(_ epoch: Int, _ service: RunningProcess? = nil) throws -> JSONValue {
            try status(of: service ?? scene.service, "epoch \(epoch)") {
                $0["serving"]?["epoch"]?.int == epoch && $0["ready"] == true
            }
        }

        /// Sends requests and gives the epochs of their predictions.
        func score(_ range: Range<Int>) throws -> Set<Int> {
            try stream.send(stream.requests(range))
            let predictions = try scene.predictions(range.upperBound)
            return Set(
                predictions.filter { prediction in
                    range.contains(Int(prediction.id?.dropFirst(2) ?? "") ?? -1)
                }.map(\.epoch))
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let what: String
        /// Words of the line that says why it is ignored.
        let words: String
        /// The epoch that the status says is rejected; nil where it names none.
        var rejected: Int?
        let write: @Sendable (Forge) throws -> Void
        var testDescription: String { what }
    }

    static let rows = [
        Row(what: "another registry's record", words: "not signed", rejected: 6) { forge in
            let draft = Forge.Draft(epoch: 6, registry: "another")
            try forge.write(try forge.value(draft))
        },
        Row(what: "garbled bytes", words: "it is not signed") { forge in
            try forge.write([0xFF, 0xFE, 0x00, 0x7B, 0x1B, 0x5B, 0x33, 0x31, 0x6D])
        },
        Row(what: "truncated JSON", words: "not JSON") { forge in
            let draft = Forge.Draft(epoch: 6)
            let value = try forge.value(draft)
            try forge.write(
                Array(value.prefix(value.count / 2)), signatures: [try forge.signature(draft)])
        },
        Row(what: "a record of 300 kB", words: "the limit is 262144") { forge in
            let filler = JSONValue.string(String(repeating: "x", count: 300_000))
            try forge.announce(Forge.Draft(epoch: 6, changes: ["filler": filler]))
        },
        Row(what: "an older epoch, signed", words: "below 5") { forge in
            try forge.announce(Forge.Draft(epoch: 4))
        },
        Row(what: "the same epoch with other content, signed", words: "conflict") { forge in
            try forge.announce(Forge.Draft(epoch: 5, version: 2))
        },
        Row(what: "a future schema", words: "schema 99") { forge in
            try forge.announce(Forge.Draft(epoch: 6, changes: ["schema": 99]))
        },
        Row(what: "a candidate mode that nobody knows", words: "mode 'mirror'") { forge in
            let stable = try JSONValue(parsing: try forge.value(.init(epoch: 6)), act: "drafting")
            var candidate = stable["stable"]?.object ?? [:]
            candidate["mode"] = "mirror"
            candidate["share"] = 0.5
            try forge.announce(Forge.Draft(epoch: 6, changes: ["candidate": .object(candidate)]))
        },
        Row(what: "unsigned", words: "epoch 6 of http-anomaly: it is not signed", rejected: 6) {
            try $0.write(try $0.value(Forge.Draft(epoch: 6)))
        },
        Row(what: "a signature that is garbage", words: "garbled", rejected: 6) { forge in
            try forge.write(
                try forge.value(Forge.Draft(epoch: 6)), signatures: ["ed25519 ops \u{1B}[31m"])
        },
        Row(what: "a signature of 100 kB", words: "garbled", rejected: 6) { forge in
            try forge.write(
                try forge.value(Forge.Draft(epoch: 6)),
                signatures: [String(repeating: "s", count: 100_000)])
        },
        Row(what: "signed by an unknown key", words: "key 'mallory'", rejected: 6) { forge in
            try forge.announce(Forge.Draft(epoch: 6, signer: "mallory"))
        },
        Row(
            what: "signed by an unknown key under a trusted name", words: "not that key's",
            rejected: 6
        ) { forge in
            try forge.announce(Forge.Draft(epoch: 6, signer: "mallory", claimedSigner: "ops"))
        },
        Row(what: "signed without the role", words: "has not the role promote", rejected: 6) {
            try $0.announce(Forge.Draft(epoch: 6, signer: "ci"))
        },
        Row(what: "signed for another topic", words: "not that key's", rejected: 6) { forge in
            try forge.announce(Forge.Draft(epoch: 6, signedTopic: "swerve.control"))
        },
        Row(what: "signed for another registry", words: "not that key's", rejected: 6) { forge in
            try forge.announce(Forge.Draft(epoch: 6, signedRegistry: "another"))
        },
        Row(what: "signed for another model", words: "not that key's", rejected: 6) { forge in
            try forge.announce(Forge.Draft(epoch: 6, signedModel: "other"))
        },
        Row(what: "the signature of an earlier epoch", words: "not that key's", rejected: 6) {
            try $0.write(
                try $0.value(Forge.Draft(epoch: 6)),
                signatures: [try $0.signature(Forge.Draft(epoch: 5, version: 1))])
        },
        Row(what: "other white space than was signed", words: "not that key's", rejected: 6) {
            let draft = Forge.Draft(epoch: 6)
            try $0.write(try $0.value(draft) + [0x20], signatures: [try $0.signature(draft)])
        },
        Row(what: "an honest signature and then a forged one", words: "'mallory'", rejected: 6) {
            let draft = Forge.Draft(epoch: 6)
            var forged = draft
            forged.signer = "mallory"
            try $0.write(
                try $0.value(draft),
                signatures: [try $0.signature(draft), try $0.signature(forged)])
        },
        Row(what: "expired", words: "to expire at 2020-01-01", rejected: 6) { forge in
            try forge.announce(Forge.Draft(epoch: 6, expiresAtMs: 1_577_836_800_000))
        },
        Row(what: "signed to hold for ever", words: "without a time", rejected: 6) { forge in
            try forge.announce(Forge.Draft(epoch: 6, expiresAtMs: nil))
        },
        Row(
            what: "signed by a key that was revoked", words: "was revoked at 2020-01-01",
            rejected: 6
        ) { forge in
            try forge.announce(Forge.Draft(epoch: 6, signer: "gone"))
        },
        Row(what: "a tombstone", words: "tombstone") { try $0.write(nil) },
        Row(
            what: "a forged record of the highest epoch there is", words: "not signed",
            rejected: Limits.epoch
        ) { forge in
            try forge.write(try forge.value(Forge.Draft(epoch: Int64(Limits.epoch))))
        },
    ]

    @Test(
        "what was served is served on, the reason is said once, and honest word is followed",
        arguments: rows)
    func row(_ row: Row) throws {
        let house = try Guardhouse()
        try row.write(house.forge)
        let told = try house.status(of: house.scene.service, "the ignored record") {
            $0["counts"]?["ignored_control_records"]?.int ?? 0 > 0
        }
        let reason = try #require(told["ignored"]?.string)
        #expect(reason.contains(row.words), "\(reason)")
        #expect(reason.printable == reason && !reason.contains("\n"))
        #expect(told["counts"]?["ignored_control_records"]?.int == 1)
        #expect(told["rejected"]?["epoch"]?.int == row.rejected, "\(told["rejected"] as Any)")
        if row.rejected != nil { #expect(told["rejected"]?["reason"]?.string == reason) }
        #expect(told["ready"] == true && told["phase"] == "serving")
        #expect(told["serving"]?["epoch"]?.int == 5 && told["serving"]?["stable"]?.int == 1)
        #expect(try house.score(0..<40) == [5])

        // Honest word of a key that will be revoked one day: it still holds.
        try house.forge.announce(Forge.Draft(epoch: 6, version: 2, signer: "later"))
        let next = try house.serves(6)
        #expect(next["serving"]?["stable"]?.int == 2)
        #expect(next["rejected"] == .null)
        #expect(try house.score(40..<80) == [6])
        #expect(try house.scene.service.stop() == 0)
        let lines = house.scene.service.log.split(separator: "\n")
            .filter { $0.contains("a control record is ignored") }
        #expect(lines.count == 1 && lines.allSatisfy { $0.contains(row.words) }, "\(lines)")
    }

    @Test("promote --wait of an unsigned deployment fails at once with the worker's reason")
    func promoteUnsigned() throws {
        let house = try Guardhouse(base: Forge.Draft(epoch: 1, version: 1))
        // Another registry's record would be refused by the control plane before any worker is.
        try house.forge.write(nil)
        // By somebody who does not know whom the workers trust: they refuse it, not the command.
        for _ in 0..<2 { _ = try house.stream.controlElsewhere(["promote", "http-anomaly@1"]) }
        let output = try house.stream.controlElsewhere(
            ["promote", "http-anomaly@2", "--wait", "--timeout", "60"])
        #expect(output.code == 1, "\(output)")
        #expect(output.err.contains("not signed"), "\(output)")
        #expect(try house.score(0..<20) == [1])
        #expect(try house.scene.service.stop() == 0)
    }

    @Test("a revocation written into the file stops the next promotion, not a restart")
    func revocation() throws {
        let house = try Guardhouse()
        try house.forge.trust(ops: "revoked:2020-01-01T00:00:00Z")
        try house.forge.announce(Forge.Draft(epoch: 6))
        let told = try house.status(of: house.scene.service, "the refusal") {
            $0["rejected"]?["epoch"]?.int == 6
        }
        #expect(told["rejected"]?["reason"]?.string?.contains("'ops'") == true)
        #expect(told["serving"]?["epoch"]?.int == 5)
        #expect(try house.scene.service.stop() == 0)

        let again = try house.stream.serve()
        let resumed = try house.serves(5, again)
        #expect(resumed["rejected"]?["epoch"]?.int == 6)
        #expect(try house.score(0..<20) == [5])
        // The same key once more in the file: what it signed meanwhile is taken up as it is.
        try house.forge.trust()
        _ = try house.serves(6, again)
        #expect(try again.stop() == 0)
    }

    @Test("a trust file garbled while the service runs is said, and the last good one goes on")
    func garbledTrust() throws {
        let house = try Guardhouse()
        try house.stream.folder.write("trust", Array("ops everything\n".utf8))
        let told = try house.status(of: house.scene.service, "the fault") {
            $0["retrying"]?.string != nil
        }
        #expect(told["retrying"]?.string?.contains("line 1") == true, "\(told)")
        #expect(told["serving"]?["epoch"]?.int == 5)
        let hidden = try house.scene.status()["heartbeats"]
        #expect(
            hidden?["last_refused"]?.string?.contains("the trust file could not be read") == true,
            "\(hidden as Any)")
        try house.forge.announce(Forge.Draft(epoch: 6))
        _ = try house.serves(6)
        try house.forge.trust()
        _ = try house.status(of: house.scene.service, "the file mended") { $0["retrying"] == .null }
        #expect(try house.scene.service.stop() == 0)
    }

    @Test("a worker that joins late and finds a forgery alone waits, scores nothing, and says so")
    func lateJoiner() throws {
        let stream = try TestStream(partitions: 2)
        try TestModels.register(2, in: stream)
        let forge = try Forge(stream)
        try stream.writeConfiguration(
            at: "swerve.yaml", workers: 1, changes: "trust: \(forge.trustFile)")
        try forge.write(try forge.value(Forge.Draft(epoch: Int64(Limits.epoch))))
        try stream.send(stream.requests(0..<20))
        let scene = Scene(stream: stream, service: try stream.serve())
        let slot = try scene.service.wait(for: "the slot that waits") {
            let slot = try scene.status()["slots"]?.array?.first
            return slot?["phase"] == "waiting" ? slot : nil
        }
        #expect(slot["rejected"]?["epoch"]?.int == Limits.epoch)
        #expect(slot["rejected"]?["reason"]?.string?.contains("not signed") == true)
        #expect(slot["serving"] == .null && slot["counts"]?["records"]?.int == 0)
        try forge.announce(Forge.Draft(epoch: 1, version: 1))
        let predictions = try scene.predictions(20)
        #expect(predictions.allSatisfy { $0.epoch == 1 })
        #expect(try scene.service.stop() == 0)
    }

    @Test("a restart that finds a forgery alone resumes what the slot served last, and says so")
    func restartOnForgery() throws {
        let house = try Guardhouse()
        #expect(try house.scene.service.stop() == 0)
        // Another broker with the forgery alone: what compaction leaves of honest and forged.
        let other = try TestStream(partitions: 2)
        let forge = house.forge
        try other.writeConfiguration(
            at: "swerve.yaml", workers: 1,
            changes: "trust: \(forge.trustFile)\nartifacts: \(house.stream.registry)",
            group: house.stream.prefix)
        try other.send(
            [
                .init(
                    partition: 0, key: Array(Forge.model.utf8),
                    value: try forge.value(Forge.Draft(epoch: 9)))
            ], topic: other.control)
        try FileManager.default.copyItem(
            atPath: house.stream.folder.path("state"), toPath: other.folder.path("state"))
        let scene = Scene(stream: other, service: try other.serve())
        let slot = try scene.service.wait(for: "the last good deployment") {
            let slot = try scene.status()["slots"]?.array?.first
            return slot?["serving"]?["epoch"]?.int == 5 ? slot : nil
        }
        #expect(slot["ready"] == false && slot["rejected"]?["epoch"]?.int == 9)
        #expect(scene.service.log.contains("resuming epoch 5"))
        try other.send(other.requests(0..<20))
        #expect(try scene.predictions(20).allSatisfy { $0.epoch == 5 })
        #expect(try scene.service.stop() == 0)
    }

    @Test(
        "a trust file that cannot be read is named before anything is started",
        arguments: [
            ("ops promote\n", "line 1"), ("# none\n", "no key"), (nil, "trust"),
        ])
    func refusedAtStart(text: String?, words: String) throws {
        let folder = try TemporaryFolder()
        if let text { try folder.write("trust", Array(text.utf8)) }
        try folder.write(
            "swerve.yaml",
            Array("model: m\nstart: earliest\nkafka: {bootstrap.servers: x}\ntrust: trust\n".utf8))
        let output = try Executable.run(["serve"], folder: folder.url)
        // No restart mends it.
        #expect(output.code == 64 && output.out.isEmpty, "\(output)")
        #expect(output.err.split(separator: "\n").count == 1, "\(output)")
        #expect(output.err.contains(words), "\(output)")
    }

    @Test(
        "the keys of trust can be given in every way, and nonsense is refused",
        arguments: [
            (["--set", "trust.artifacts=required"], [:], "trust is missing"),
            (["--set", "trust.artifacts=maybe"], ["SWERVE_TRUST": "t"], "'maybe'"),
        ] as [([String], [String: String], String)])
    func keys(arguments: [String], environment: [String: String], words: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "swerve.yaml",
            Array("model: m\nstart: earliest\nkafka: {bootstrap.servers: x}\n".utf8))
        let output = try Executable.run(
            ["serve", "--check"] + arguments, environment: environment, folder: folder.url)
        #expect(output.code == 64, "\(output)")
        #expect(output.err.contains(words), "\(output)")
    }
}
