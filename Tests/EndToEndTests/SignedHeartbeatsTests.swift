import Foundation
import Kafka
import Lifecycle
import Platform
import TestSupport
import Testing

/// What somebody can do who may write to the status topic and has no key.
@Suite("Signed heartbeats, end to end", .serialized, .blocking)
struct SignedHeartbeatsTests {
    /// An office whose workers have a key for their heartbeats.
    private struct Watch {
        let office: Office
        var stream: TestStream { office.stream }
        var worker: String { stream.folder.path("worker.swervekey") }
        var signer: HeartbeatSigner {
            get throws {
                HeartbeatSigner(
                    try SigningKey.read(worker).signer, topic: stream.status,
                    slot: SlotID(group: stream.prefix, slot: 0))
            }
        }

        init() throws {
            office = try Office()
            try office.run("keys", "generate", "worker", "--role", "report", "--out", worker)
            try office.trust()
            try configure("status.sign_with: \(worker)")
        }

        func configure(_ changes: String) throws {
            try stream.writeConfiguration(
                at: "swerve.yaml", workers: 1,
                changes: "trust: \(stream.folder.path("trust"))\n\(changes)")
        }

        /// What a worker in slot 0 would say.
        func word(
            _ epoch: Int64, ageMs: Int64 = 0, rejects: Bool = false, group: String? = nil
        ) -> StatusRecord {
            var record = StatusRecord(
                group: group ?? stream.prefix, slot: 0, total: 1, model: "http-anomaly",
                incarnation: .init(
                    id: "forged", startedAtMs: WallClock.nowMs - 100_000, host: "h", pid: 1),
                phase: .serving)
            record.ready = true
            record.serving = .init(
                epoch: rejects ? epoch - 1 : epoch, stable: 1, candidate: nil, loadedMs: 1,
                firstPollAtMs: WallClock.nowMs, boundaries: [:])
            if rejects { record.rejected = .init(epoch: epoch, reason: "roll back at once") }
            record.sentAtMs = WallClock.nowMs - ageMs
            record.sequence = 1 + record.sentAtMs
            return record
        }

        /// Runs `body` while heartbeats are written all the time.
        func during<Result>(
            _ words:
                @escaping @Sendable () throws -> [(
                    key: [UInt8], value: [UInt8], headers: [(name: String, value: String)]
                )], _ body: () throws -> Result
        ) throws -> Result {
            let isOver = Guarded(false)
            let (settings, topic) = (stream.settings, stream.status)
            let thread = OSThread(name: "forger") {
                guard let writer = try? TopicWriter(settings: settings, log: { _, _ in }) else {
                    return
                }
                while !isOver.withLock({ $0 }) {
                    for word in (try? words()) ?? [] {
                        try? writer.write(
                            topic: topic, key: word.key, value: word.value, headers: word.headers)
                    }
                    let pause = Deadline(afterMs: 100)
                    while !pause.hasPassed { writer.serve(milliseconds: 20) }
                }
                writer.close()
            }
            defer {
                isOver.withLock { $0 = true }
                thread.join()
            }
            return try body()
        }
    }

    @Test("forged heartbeats neither make a wait succeed nor make it give up")
    func forgeries() throws {
        let watch = try Watch()
        let key = Array("\(watch.stream.prefix)/0".utf8)
        let sign = ["--sign-with", watch.office.ops, "--wait", "--timeout", "4"]
        for rejects in [false, true] {
            let value = watch.word(rejects ? 2 : 1, rejects: rejects).bytes
            let promoted = try watch.during({ [(key, value, [])] }) {
                try watch.stream.control(
                    ["promote", "http-anomaly@\(rejects ? 2 : 1)"] + sign)
            }
            #expect(promoted.code == 2, "\(promoted)")
            #expect(promoted.err.contains("whose heartbeats are believed"), "\(promoted)")
            #expect(!promoted.err.contains("roll back at once"), "\(promoted)")
        }
        // Without the workers' trust file the same forgery counts, and that is said.
        let value = watch.word(2).bytes
        let status = try watch.during({ [(key, value, [])] }) {
            try watch.stream.controlElsewhere(["status", "http-anomaly", "--wait"])
        }
        #expect(status.code == 0, "\(status)")
        #expect(try status.json()["heartbeats"]?["signed"] == false)
        let told = try Executable.run(
            [
                "status", "http-anomaly", "--registry", watch.stream.registry, "--bootstrap",
                watch.stream.bootstrap, "--control-topic", watch.stream.control,
                "--status-topic", watch.stream.status,
            ], folder: nil)
        #expect(told.out.contains("heartbeats are not signed"), "\(told)")
    }

    @Test("a service that signs converges, beside 3,000 forged groups, and its old words do not")
    func signed() throws {
        let watch = try Watch()
        let stream = watch.stream
        let service = try stream.serve()
        let forged = (0..<3_000).map { watch.word(9, group: "f\($0)") }
        try stream.send(
            forged.map {
                TestStream.Sent(partition: 0, key: Array("\($0.group)/0".utf8), value: $0.bytes)
            }, topic: stream.status)
        let promoted = try stream.control(
            ["promote", "http-anomaly@1", "--sign-with", watch.office.ops, "--wait"])
        #expect(promoted.code == 0, "\(promoted)")
        #expect(try promoted.json()["heartbeats"]?["signed"] == true)
        let status = try stream.control(["status", "http-anomaly"])
        #expect(status.code == 0, "\(status)")
        let report = try status.json()
        #expect(report["slots"]?.array?.count == 1)
        #expect(report["slots"]?.array?.first?["heartbeat_signed_by"] == "worker")
        #expect(report["heartbeats"]?["refused"]?.int ?? 0 >= 3_000)

        // Whoever has not the trust file sees some of them, and how many more there are.
        let elsewhere = try stream.controlElsewhere(["status", "http-anomaly"]).json()
        #expect(elsewhere["groups_left_out"]?.int ?? 0 > 2_900)
        #expect(elsewhere["slots"]?.array?.count ?? 0 <= 33)
        let named = try stream.controlElsewhere(
            ["status", "http-anomaly", "--group", stream.prefix])
        #expect(named.code == 0, "\(named)")

        // It stops; what it said before is said again, as it was.
        let words = try stream.readAll(stream.status, partitions: 1).filter {
            $0.value != nil && $0.headers[RecordSignature.header] != nil
        }
        #expect(!words.isEmpty)
        #expect(try service.stop() == 0)
        let last = words.suffix(5).map { word in
            (
                key: word.key, value: word.value ?? [],
                headers: word.headers.map { (name: $0.key, value: $0.value) }
            )
        }
        let replayed = try watch.during({ last }) {
            try stream.control(["status", "http-anomaly", "--wait", "--timeout", "4"])
        }
        #expect(replayed.code == 2, "\(replayed)")
        // Of another process, recorded a minute ago: nothing else of it stands on the topic.
        let (signer, slot) = (try watch.signer, Array("\(stream.prefix)/0".utf8))
        let old = watch.word(1, ageMs: 60_000).bytes
        let headers = try signer.headers(of: old)
        let recorded = try watch.during({ [(slot, old, headers)] }) {
            try stream.control(["status", "http-anomaly", "--wait", "--timeout", "4"])
        }
        #expect(recorded.code == 2, "\(recorded)")
        // The test's own words count where they are news.
        let template = watch.word(1)
        let fresh = try watch.during({
            var record = template
            record.sentAtMs = WallClock.nowMs
            record.sequence = record.sentAtMs
            return [(slot, record.bytes, try signer.headers(of: record.bytes))]
        }) {
            try stream.control(["status", "http-anomaly", "--wait"])
        }
        #expect(fresh.code == 0, "\(fresh)")
    }

    @Test("a key of another role, and one that cannot be read, are refused at the start")
    func wrongKeys() throws {
        let watch = try Watch()
        func check() throws -> Executable.Output {
            try watch.stream.swerve(
                "serve", "--check", "--config", watch.stream.folder.path("swerve.yaml"))
        }
        #expect(try check().code == 0)
        try watch.configure("status.sign_with: \(watch.office.ops)")
        let role = try check()
        #expect(role.code == 64, "\(role)")
        #expect(role.err.contains("key 'ops' has the role promote, not report"), "\(role)")
        try watch.configure("status.sign_with: \(watch.stream.folder.path("absent"))")
        let absent = try check()
        #expect(absent.code == 64 && absent.err.contains("status.sign_with"), "\(absent)")
        // The reverse: a worker's key promotes nothing, and gets no other role beside its own.
        let promoted = try watch.stream.control(
            ["promote", "http-anomaly@1", "--sign-with", watch.worker])
        #expect(promoted.code == 1, "\(promoted)")
        #expect(promoted.err.contains("not promote"), "\(promoted)")
        let both = try watch.stream.swerve(
            "keys", "generate", "both", "--role", "report,promote", "--registry",
            watch.stream.registry)
        #expect(both.code == 64 && both.err.contains("stands alone"), "\(both)")
    }

    @Test("groups that are expected are waited for by name")
    func groups() throws {
        let watch = try Watch()
        let stream = watch.stream
        try watch.configure("status.sign_with: \(watch.worker)\ngroups: [\(stream.prefix), other]")
        let service = try stream.serve()
        let promote = ["promote", "http-anomaly@1", "--sign-with", watch.office.ops, "--wait"]
        let promoted = try stream.control(promote + ["--group", stream.prefix])
        #expect(promoted.code == 0, "\(promoted)")
        let status = try stream.control(["status", "http-anomaly"])
        #expect(status.code == 2 && status.out.contains("was heard in group other"), "\(status)")
        #expect(try service.stop() == 0)
    }
}
