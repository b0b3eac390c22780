import Foundation
import Lifecycle
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

    @Test("where workers ask for signatures a rollout is refused, and one that observes is not")
    func signed() throws {
        let office = try Office()
        let stream = office.stream
        for command in [["promote", "http-anomaly@1"], ["promote", "http-anomaly@2", "--shadow"]] {
            let promoted = try stream.control(command + ["--sign-with", office.ops])
            #expect(promoted.code == 0, "\(promoted)")
        }
        let trust = ["--trust", stream.folder.path("trust")]
        let refused = try stream.control(["rollout", "http-anomaly@2"] + trust)
        #expect(refused.code == 1 && refused.err.contains("--observe"), "\(refused)")
        let observed = try stream.control(["rollout", "http-anomaly@2", "--observe"] + trust)
        #expect(observed.code == 0, "\(observed)")
    }

    @Test("labels that come while a rollout runs are judged once each, over a restart too")
    func labels() throws {
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
        let places = try scene.predictions(120).map { "\($0.partition)@\($0.offset)" }
        let ids = try scene.predictions(120).compactMap(\.id)
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
            try stream.folder.write("labels.jsonl", lines.joined(separator: "\n"))
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
        let labels = ["http-anomaly", "--labels", stream.folder.path("labels.jsonl")]
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
