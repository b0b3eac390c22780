import Foundation
import Kafka
import Lifecycle
import Platform
import TestSupport
import Testing

/// Rollouts from the outside: the command line, workers, and a loop that is killed.
@Suite("Rollouts, end to end", .serialized, .blocking)
struct RolloutEndToEndTests {
    private func loop(_ stream: TestStream, _ more: [String] = []) throws -> RunningProcess {
        try RunningProcess(
            ["rollout", "run"] + more + [
                "--registry", stream.registry, "--bootstrap", stream.bootstrap,
                "--control-topic", stream.control, "--status-topic", stream.status, "--json",
            ], folder: stream.folder.url)
    }

    private func standing(_ stream: TestStream) throws -> JSONValue {
        try stream.swerve(
            "rollout", "status", "http-anomaly", "--registry", stream.registry, "--json"
        ).json()
    }

    private func exposure(_ stream: TestStream) throws -> Int {
        try standing(stream)["state"]?["elapsed_ms"]?.int ?? 0
    }

    @Test("exposure grows while a loop runs and goes on behind a kill; abort ends the rollout")
    func killed() throws {
        let scene = try Scene.served(versions: 2)
        let stream = scene.stream
        let started = try stream.control(["rollout", "http-anomaly@2", "--reason", "<try> it"])
        #expect(started.code == 0, "\(started)")
        #expect(try started.json()["margins"]?.array?.isEmpty == false)
        let first = try loop(stream)
        _ = try first.wait(for: "exposure in the registry") {
            try exposure(stream) > 0 ? true : nil
        }
        kill(first.pid, SIGKILL)
        _ = try first.waitForExit()
        let before = try exposure(stream)
        let second = try loop(stream)
        _ = try second.wait(for: "more exposure") { try exposure(stream) > before ? true : nil }
        // Two at once harm nothing.
        let third = try loop(stream)
        let paused = try stream.control(["rollout", "pause", "http-anomaly", "--reason", "lunch"])
        #expect(paused.code == 0, "\(paused)")
        let page = stream.folder.path("page.html")
        let shown = try stream.swerve(
            "rollout", "status", "http-anomaly", "--registry", stream.registry, "--html", page)
        #expect(shown.code == 0 && shown.out.contains("paused (by hand)"), "\(shown)")
        let html = try String(contentsOfFile: page, encoding: .utf8)
        #expect(html.contains("&lt;try&gt; it") && !html.contains("<try>"))
        let aborted = try stream.control(["rollout", "abort", "http-anomaly"])
        #expect(aborted.code == 0, "\(aborted)")
        _ = try scene.service.wait(for: "all slots without a candidate") {
            let status = try scene.status()
            let isServed = status["announced"]?["candidate"] == .null
            return isServed && status["converged"] == true ? true : nil
        }
        #expect(try second.stop() == 0 && third.stop() == 0)
        let events = try standing(stream)["events"]?.array?.compactMap { $0["event"]?.string }
        #expect(events == ["started", "step", "pause", "abort", "aborted"])
        #expect(try stream.control(["rollout", "resume", "http-anomaly"]).code == 1)
        #expect(try scene.service.stop() == 0)
    }

    @Test("a signed plan: the loop's steps are believed, a forged state is not, the way back is")
    func signed() throws {
        let office = try Office()
        let stream = office.stream
        let loop = stream.folder.path("loop.swervekey")
        try office.run("keys", "generate", "loop", "--role", "rollout", "--out", loop)
        try office.trust()
        let trust = ["--trust", stream.folder.path("trust")]
        let byOps = ["--sign-with", office.ops]
        let promoted = try stream.control(["promote", "http-anomaly@1"] + byOps)
        #expect(promoted.code == 0, "\(promoted)")
        try stream.writeConfiguration(
            at: "swerve.yaml", workers: 1, changes: "trust: \(stream.folder.path("trust"))")
        let service = try stream.serve()
        _ = try office.serves(1, service)

        try stream.folder.write("plan.yaml", Array(Self.plan.utf8))
        let start =
            ["rollout", "http-anomaly@2", "--plan", stream.folder.path("plan.yaml")] + trust
        let refused = try stream.control(start)
        #expect(refused.code == 1 && refused.err.contains("--sign-with FILE"), "\(refused)")
        let started = try stream.control(start + byOps + ["--expires", "2h"])
        #expect(started.code == 0, "\(started)")
        #expect(try started.json()["rollout"]?["signature"]?["by"] == "ops")
        #expect(try office.serves(2, service).serving?.signedBy == "ops")
        // With a key that could sign anything no loop runs.
        let run = ["rollout", "run", "http-anomaly"] + trust + ["--sign-with"]
        let unfit = try stream.control(run + [office.ops])
        #expect(unfit.code == 1 && unfit.err.contains("--role rollout"), "\(unfit)")
        let process = try RunningProcess(
            run + [
                loop, "--registry", stream.registry, "--bootstrap", stream.bootstrap,
                "--control-topic", stream.control, "--status-topic", stream.status,
            ], folder: stream.folder.url)
        let second = try office.serves(3, service)
        #expect(second.serving?.signedBy == "loop" && second.serving?.candidate == 2)

        // Whoever has the loop's key cannot widen the canary further than the plan.
        let honest = try #require(try stream.readAll(stream.control, partitions: 1).last)
        try Self.writeWidened(honest, by: loop, on: stream)
        let told = try service.wait(for: "the refusal") {
            let slot = try office.slot()
            return slot?.rejected?.epoch == 4 ? slot : nil
        }
        #expect(told.serving?.epoch == 3)
        #expect(told.rejected?.reason.contains("no step of the plan is a canary at 90%") == true)

        let aborted = try stream.control(
            ["rollout", "abort", "http-anomaly", "--sign-with", loop] + trust)
        #expect(aborted.code == 0, "\(aborted)")
        let back = try office.serves(4, service)
        #expect(back.serving?.stable == 1 && back.serving?.candidate == nil)
        #expect(back.serving?.signedBy == "loop" && back.rejected == nil)
        #expect(try process.waitForExit() == 1)
        let history = try stream.swerve("history", "http-anomaly", "--registry", stream.registry)
        #expect(history.out.contains("ops through loop"), "\(history)")
        let audit = try stream.control(["audit", "verify"] + trust)
        #expect(audit.code == 0, "\(audit)")
        #expect(try service.stop() == 0)
    }

    private static let plan = """
        rollout:
          steps:
            - {mode: canary, share: 5%, min: 1s, min_pairs: 0, require: no-fail}
            - {mode: canary, share: 25%, min: 1s, min_pairs: 0, require: no-fail, gate: manual}
          bake: {share: 10%, for: 0}
        """

    /// Writes the record's deployment under the next epoch, with more for the canary and signed by
    /// a key.
    private static func writeWidened(
        _ honest: TopicRecord, by path: String, on stream: TestStream
    ) throws {
        var fields = try JSONValue(parsing: honest.value ?? [], act: "forging").object ?? [:]
        var candidate = fields["candidate"]?.object ?? [:]
        candidate["share"] = 0.9
        fields["candidate"] = .object(candidate)
        fields["epoch"] = .int(Int64(fields["epoch"]?.int ?? 0) + 1)
        let value = JSONValue.object(fields).bytes
        let message = SignedMessage.controlRecord(
            topic: stream.control, registry: fields["registry"]?.string ?? "", key: honest.key,
            value: value)
        let signature = try SigningKey.read(path).signer.signature(over: message)
        let writer = try TopicWriter(settings: stream.settings) { _, _ in }
        defer { writer.close() }
        try writer.write(
            topic: stream.control, key: honest.key, value: value,
            headers: [(RecordSignature.header, signature.description)])
        try writer.flush(milliseconds: 30_000, act: "writing a control record")
    }

    @Test("where workers ask for signatures, one that observes needs none")
    func observes() throws {
        let office = try Office()
        let stream = office.stream
        for command in [["promote", "http-anomaly@1"], ["promote", "http-anomaly@2", "--shadow"]] {
            let promoted = try stream.control(command + ["--sign-with", office.ops])
            #expect(promoted.code == 0, "\(promoted)")
        }
        let observed = try stream.control([
            "rollout", "http-anomaly@2", "--observe", "--trust", stream.folder.path("trust"),
        ])
        #expect(observed.code == 0, "\(observed)")
    }

    @Test(
        "labels that come while a rollout runs are judged once each, over a restart too",
        arguments: ["--labels", "--labels-topic"])
    func labels(option: String) throws {
        let scene = try Scene.served(versions: 2)
        let stream = scene.stream
        try stream.folder.write(
            "plan.yaml",
            """
            rollout:
              steps: [{mode: shadow, share: 100%, min: 1h, min_pairs: 1, max: 2h}]
              judge: {guards: {false-positives: {required: true}}}

            """)
        try scene.feed(0..<120)
        // One reading: another may have its partitions in another order.
        let predictions = try scene.predictions(120)
        let places = predictions.map { "\($0.partition)@\($0.offset)" }
        let ids = predictions.compactMap(\.id)
        #expect(Set(places).count == 120 && ids.count == 120)
        let topic = "\(stream.prefix).labels"
        if TestStream.realBootstrap != nil {
            let administrator = try TopicAdministrator(settings: stream.settings) { _, _ in }
            defer { administrator.close() }
            _ = try administrator.create(
                [.data(topic, partitions: 1)], replication: nil, timeoutMs: 30_000)
        }
        var written = 0
        func write(_ count: Int) throws {
            var lines = (0..<count).map { number in
                let label = number % 4 == 0 ? "attack" : "normal"
                let subject =
                    number % 2 == 0
                    ? #""source":"\#(places[number])""# : #""id":"\#(ids[number])""#
                return #"{\#(subject),"label":"\#(label)","basis":"random"}"#
            }
            // Said again, said otherwise of another one, and not drawn at random.
            lines.append(lines[0])
            lines += ["attack", "normal"].map {
                #"{"source":"\#(places[119])","label":"\#($0)","basis":"random"}"#
            }
            lines.append(#"{"source":"\#(places[118])","label":"attack","basis":"alerts"}"#)
            guard option == "--labels-topic" else {
                try stream.folder.write("labels.jsonl", lines.joined(separator: "\n"))
                return
            }
            // A topic only grows, and a line of it is a record; the last four are said again.
            try stream.send(
                lines.dropFirst(written).map {
                    TestStream.Sent(partition: 0, key: [], value: Array($0.utf8))
                }, topic: topic)
            written = count
        }
        try write(40)
        let started = try stream.control([
            "rollout", "http-anomaly@2", "--plan", stream.folder.path("plan.yaml"),
        ])
        #expect(started.code == 0 && started.out.contains("waits for labels"), "\(started)")
        let without = try loop(stream, ["http-anomaly"])
        _ = try without.wait(for: "the words that nobody reads labels") {
            without.log.contains("nobody reads any here") ? true : nil
        }
        #expect(try without.stop() == 0)

        func judged() throws -> [Int] {
            let guards = try standing(stream)["report"]?["outcome"]?["guards"]
            return ["false-positives", "missed-attacks"].map { name in
                guards?[name]?["n"]?.array?.compactMap(\.int).reduce(0, +) ?? 0
            }
        }
        let source = option == "--labels-topic" ? topic : stream.folder.path("labels.jsonl")
        let labels = ["http-anomaly", option, source]
        let first = try loop(stream, labels)
        _ = try first.wait(for: "forty labels") { try judged() == [30, 10] ? true : nil }
        #expect(first.log.contains("contradict"), "\(first.log)")
        kill(first.pid, SIGKILL)
        _ = try first.waitForExit()
        try write(60)
        let second = try loop(stream, labels)
        _ = try second.wait(for: "sixty labels") { try judged()[0] >= 45 ? true : nil }
        #expect(try judged() == [45, 15])
        #expect(try second.stop() == 0)
        #expect(try scene.service.stop() == 0)
    }
}
