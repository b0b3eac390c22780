import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// Records and control records that are not what they should be.
@Suite("Hostile streams, end to end", .serialized, .blocking)
struct HostileStreamTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// JSON that nests 10,000 deep.
    private static let deepStart = #"{"method":"GET","path":"/","a":"#
    private static let deep =
        deepStart + String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
        + "}"

    @Test("what cannot be scored becomes a dead letter, bytes and key untouched, with its reason")
    func deadLetters() throws {
        let scene = try Scene.served(versions: 1, changes: "limits: {request_bytes: 2000}")
        let bad: [(key: String, value: [UInt8]?, code: String)] = [
            ("k0", bytes("garbage"), "not_json"), ("k1", nil, "null_payload"),
            ("k2", [], "empty_payload"), ("k3", bytes("[]"), "not_an_object"),
            ("k4", bytes(#"{"method":"GET"}"#), "missing_field"),
            ("k5", bytes(#"{"method":"GET","path":7}"#), "wrong_type"),
            ("k6", bytes(#"{"method":"GET","path":"/"} x"#), "trailing_content"),
            ("k7", bytes(#"{"method":"GET","path":"/","path":"/b"}"#), "duplicate_field"),
            (
                "k8", bytes("{\"method\":\"GET\",\"path\":\"/\u{0}") + [0xFF, 0x22, 0x7D],
                "not_json"
            ),
            ("k9", bytes(#"{"text_b64":"=="}"#), "bad_base64"),
            ("k10", bytes("{\"secret\":\"hunter2\u{1B}\"}"), "not_json"),
            ("k11", bytes(Self.deep), "too_deep"),
            ("k12", bytes(#"[{"method":"GET","path":"/"}]"#), "not_an_object"),
        ]
        try scene.stream.send(
            bad.map { TestStream.Sent(partition: 1, key: bytes($0.key), value: $0.value) })
        let body = String(repeating: "a", count: 5_000)
        let long = #"{"method":"PUT","path":"/","body":"\#(body)"}"#
        try scene.stream.send([TestStream.Sent(partition: 2, key: [], value: bytes(long))])
        try scene.stream.send(scene.stream.requests(0..<100))
        let letters = try scene.stream.read(scene.stream.deadLetters) { $0.count >= bad.count }
        #expect(letters.count == bad.count)
        for (letter, expected) in zip(letters.sorted { $0.offset < $1.offset }, bad) {
            #expect(letter.partition == 1)
            #expect(letter.key == bytes(expected.key))
            // Kafka keeps null and empty apart; a dead letter must too.
            #expect(letter.value == expected.value)
            if expected.code != "not_json" {
                #expect(letter.headers["swerve.error.code"] == expected.code, "\(expected.key)")
            }
            #expect(letter.headers["swerve.source.topic"] == scene.stream.input)
            #expect(letter.headers["swerve.source.offset"] == "\(letter.key.dropFirst().asNumber)")
            #expect(!(letter.headers["swerve.error.reason"] ?? "").isEmpty)
        }
        // The 513th level opens there: the record's own object, and 511 arrays before it.
        let tooDeep = letters.first { $0.key == bytes("k11") }
        #expect(
            tooDeep?.headers["swerve.error.reason"]
                == "the record nests deeper than 512 at byte \(Self.deepStart.utf8.count + 512)")
        let predictions = try scene.stream.read(scene.stream.output) { $0.count >= 101 }
        #expect(predictions.count == 101)
        // A request above the limit is scored by its beginning.
        let marked = predictions.filter {
            String(decoding: $0.value ?? [], as: UTF8.self).hasSuffix(#","marks":["truncated"]}"#)
        }
        #expect(marked.map(\.partition) == [2])
        try checkCommands(scene, letters)
    }

    /// What the commands on dead letters say of them.
    private func checkCommands(_ scene: Scene, _ letters: [TopicRecord]) throws {
        func look(_ arguments: String...) throws -> Executable.Output {
            try Executable.run(
                ["dead-letters"] + arguments + [
                    "--config", scene.stream.folder.path("swerve.yaml"),
                ])
        }
        let listed = try look("list", "http-anomaly", "--json")
        #expect(listed.code == 0, "\(listed)")
        let list = try listed.json()
        #expect(list["letters"]?.int == letters.count && list["others"] == 0)
        let notJSON = list["reasons"]?.array?.first
        let count = letters.filter { $0.headers["swerve.error.code"] == "not_json" }.count
        #expect(notJSON?["code"] == "not_json" && notJSON?["count"]?.int == count)
        #expect(notJSON?["caused_by"] == "operators")
        let secret = try #require(letters.first { $0.key == bytes("k10") })
        let place = "\(secret.partition):\(secret.offset)"
        let shown = try look("show", "http-anomaly", place)
        #expect(shown.code == 0 && shown.out.contains(#""hunter2\u{1b}""#), "\(shown)")
        let masked = try look("show", "http-anomaly", place, "--set", "mask=secret")
        #expect(masked.code == 0 && !masked.out.contains("hunter2"), "\(masked)")
        #expect(try look("show", "http-anomaly", "1:999").code == 1)
        #expect(try look("show", "another", place).code == 1)
        #expect(try look("show", "http-anomaly", "1").code == 64)
    }

    @Test("at the bound a service that is to hold stays, not ready, reads nothing, and says why")
    func hold() throws {
        let scene = try Scene.served(
            versions: 1, workers: 1, changes: "dead_letters: {at_bound: hold}")
        let garbage = (0..<1_200).map { number in
            TestStream.Sent(partition: 0, key: [], value: bytes("garbage \(number)"))
        }
        try scene.stream.send(garbage)
        let slot = try scene.service.wait(for: "the slot to hold") {
            let slot = try scene.status()["slots"]?.array?.first
            let hasLeft = slot?["partitions"]?.array?.isEmpty ?? false
            return slot?["held"]?.string == nil || !hasLeft ? nil : slot
        }
        #expect(slot["ready"] == false && slot["condition"] == "live")
        #expect(slot["held"]?.string?.contains("dead letters") == true)
        let waited = try scene.stream.control([
            "status", "http-anomaly", "--wait", "--timeout", "1",
        ])
        #expect(waited.code == 2 && waited.err.contains("holds"), "\(waited)")
        #expect(try scene.service.stop() == 0)
        #expect(scene.service.log.contains("reading nothing more"))
    }

    @Test("more dead letters than the bound stop the service with 75, and nothing is lost")
    func deadLetterBound() throws {
        let scene = try Scene.served(versions: 1, workers: 1)
        let garbage = (0..<1_500).map { number in
            TestStream.Sent(partition: 0, key: [], value: bytes("garbage \(number)"))
        }
        try scene.stream.send(garbage)
        #expect(try scene.service.waitForExit() == 75)
        #expect(scene.service.log.contains("dead letters"))
        let stopped = try scene.status()
        let slot = try #require(stopped["slots"]?.array?.first)
        #expect(slot["condition"] == "failed" && slot["ready"] == false)
        #expect(slot["ended"]?["kind"] == "dead_letter_bound")
        let reason = try #require(slot["ended"]?["reason"]?.string)
        #expect(reason.contains("dead letters"))
        #expect(stopped["waiting_for"] == .array([.string("slot 0: failed: \(reason)")]))
        let letters = try scene.stream.readAll(scene.stream.deadLetters)
        #expect(letters.count >= 1_000)
        // Allowed to go on, the service takes up the rest: none is missing.
        try scene.stream.writeConfiguration(
            at: "again.yaml", workers: 1, changes: "limits: {dead_letter_percent: 100}")
        let again = try scene.stream.serve("again.yaml")
        let all = try scene.stream.read(scene.stream.deadLetters) { records in
            Set(records.compactMap { $0.headers["swerve.source.offset"] }).count >= 1_500
        }
        #expect(Set(all.compactMap(\.value)).count == 1_500)
        #expect(try scene.status()["slots"]?.array?.first?["condition"] == "live")
        #expect(try again.stop() == 0)
    }

    @Test("garbage, tombstones, foreign and older records on the control topic change nothing")
    func hostileControl() throws {
        let scene = try Scene.served(versions: 2)
        let stream = scene.stream
        let key = bytes("http-anomaly")
        let genuine = try #require(try stream.readAll(stream.control, partitions: 1).last?.value)
        let json = try JSONValue(parsing: genuine, act: "reading")
        func forged(_ changes: [String: JSONValue]) -> [UInt8] {
            JSONValue.object((json.object ?? [:]).merging(changes) { $1 }).bytes
        }
        try stream.send(
            [
                .init(partition: 0, key: key, value: bytes("not json")),
                .init(partition: 0, key: key, value: nil),
                .init(partition: 0, key: key, value: forged(["schema": 99])),
                .init(partition: 0, key: key, value: forged(["model": "other"])),
                .init(partition: 0, key: key, value: forged(["salt": 1])),
                .init(partition: 0, key: bytes("other"), value: bytes("{}")),
            ], topic: stream.control)
        _ = try scene.service.wait(for: "five ignored records") {
            let slots = try scene.status()["slots"]?.array ?? []
            let counts = slots.compactMap { $0["counts"]?["ignored_control_records"]?.int }
            return counts == [5, 5] ? true : nil
        }
        try stream.send(stream.requests(0..<100))
        let predictions = try scene.predictions(100)
        #expect(predictions.allSatisfy { $0.version == 1 && $0.epoch == 1 })
        // The control plane speaks on: its next epoch is taken up.
        _ = try scene.change("promote", "http-anomaly@2")
        #expect(try scene.service.stop() == 0)
    }

    @Test(
        "a promotion that cannot be loaded is rejected; the old version serves, also after a restart"
    )
    func rejectedPromotion() throws {
        let scene = try Scene.served(versions: 1)
        let stream = scene.stream
        let genuine = try #require(try stream.readAll(stream.control, partitions: 1).last?.value)
        let json = try JSONValue(parsing: genuine, act: "reading")
        let digest = "sha256:" + String(repeating: "ab", count: 32)
        let changes: [String: JSONValue] = [
            "epoch": 2, "stable": ["version": 2, "digest": .string(digest)],
        ]
        let wrong = JSONValue.object((json.object ?? [:]).merging(changes) { $1 }).bytes
        try stream.send(
            [.init(partition: 0, key: bytes("http-anomaly"), value: wrong)], topic: stream.control)
        func expectRejected(_ service: RunningProcess) throws {
            _ = try service.wait(for: "the rejection in the status") {
                let slots = try scene.status()["slots"]?.array ?? []
                let rejected = slots.filter { $0["rejected"]?["epoch"]?.int == 2 }
                let serving = slots.filter { $0["serving"]?["epoch"]?.int == 1 }
                return rejected.count == 2 && serving.count == 2 ? true : nil
            }
        }
        try expectRejected(scene.service)
        try stream.send(stream.requests(0..<100))
        #expect(try scene.predictions(100).allSatisfy { $0.version == 1 && $0.epoch == 1 })
        #expect(try scene.service.stop() == 0)

        let again = try stream.serve()
        try expectRejected(again)
        try stream.send(stream.requests(100..<200))
        let predictions = try scene.predictions(200)
        #expect(predictions.count == 200)
        #expect(predictions.allSatisfy { $0.version == 1 && $0.epoch == 1 })
        #expect(try again.stop() == 0)
    }

    @Test("promote --wait exits 1 with the reason when a worker rejects, 2 when none is there")
    func waiting() throws {
        let stream = try TestStream()
        try TestModels.register(2, in: stream)
        let alone = try stream.control(["promote", "http-anomaly@1", "--wait", "--timeout", "1"])
        #expect(alone.code == 2, "\(alone)")
        #expect(alone.err.contains("no worker"))
        // The workers look for artifacts in another registry, which has version 1 alone.
        let other = try TemporaryFolder()
        let copied = try Executable.run([
            "register", stream.folder.path("v1.model"), "--model", "http-anomaly", "--featurizer",
            stream.folder.path("spec.json"), "--label", "attack=1", "--label", "normal=-1",
            "--registry", other.path("other.db"),
        ])
        try #require(copied.code == 0, "\(copied)")
        try stream.writeConfiguration(
            at: "swerve.yaml", changes: "artifacts: \(other.path("other.db"))")
        let service = try stream.serve()
        let scene = Scene(stream: stream, service: service)
        try scene.waitForSlots(2)
        let rejected = try stream.control(["promote", "http-anomaly@2", "--wait"])
        #expect(rejected.code == 1, "\(rejected)")
        #expect(rejected.err.contains("rejects"), "\(rejected)")
        let back = try stream.control(["rollback", "http-anomaly", "--wait"])
        #expect(back.code == 0, "\(back)")
        #expect(try service.stop() == 0)
    }

    @Test("a registry out of reach at a restart: the cache and the last good deployment serve")
    func registryOutOfReach() throws {
        let scene = try Scene.served(versions: 1)
        let stream = scene.stream
        try stream.send(stream.requests(0..<50))
        _ = try scene.predictions(50)
        #expect(try scene.service.stop() == 0)
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: stream.registry + suffix)
        }
        let again = try stream.serve()
        try stream.send(stream.requests(50..<100))
        #expect(try scene.predictions(100).count == 100)
        #expect(try again.stop() == 0)
    }
}

extension Sequence where Element == UInt8 {
    fileprivate var asNumber: Int { Int(String(decoding: Array(self), as: UTF8.self)) ?? -1 }
}
