import Foundation
import Lifecycle
import TestSupport
import Testing

/// Rollouts to their end, by what real workers count of real requests.
///
/// The three run beside one another: each needs a minute or two of the judge's clock, whose blocks
/// have ten seconds.
@Suite(
    "Rollouts by plan, end to end", .blocking,
    .enabled(if: RealModels.isPresent, Comment(rawValue: SharedData.absence)))
struct RolloutTrialTests {
    @Test("one as good is promoted and baked; false alarms and slowness bring the others back")
    func decided() throws {
        let good = try RolloutTrial("as good") { _ in
            (RealModels.bytes(), RealModels.characters())
        }
        let alarming = try RolloutTrial("three times the false alarms") { stream in
            _ = try RealModels.register(RealModels.bytes(), in: stream)
            let threshold = try RealModels.threshold(forFalseAlarms: 3, in: stream)
            return (nil, RealModels.bytes(threshold: threshold))
        }
        let slow = try RolloutTrial("six times the support vectors") { stream in
            (
                try RealModels.kernel(in: stream.folder),
                try RealModels.kernel(in: stream.folder, times: 6)
            )
        }
        let trials = [good, alarming, slow]
        for trial in trials { try trial.begin() }
        for trial in trials { try trial.finish() }

        #expect(good.exit == 0, "\(good)")
        #expect(good.events.first == "started" && good.events.last == "baked", "\(good)")
        #expect(good.events.contains("promoted") && !good.events.contains("failed"), "\(good)")
        #expect(try good.stable() == 2)
        for (trial, rule) in [(alarming, "alerts-up"), (slow, "latency")] {
            #expect(trial.exit == 1, "\(trial)")
            #expect(trial.events.suffix(2) == ["failed", "rolled-back"], "\(trial)")
            #expect(trial.detail(of: "failed").hasPrefix("\(rule): fail"), "\(trial)")
            #expect(trial.events.filter { $0 == "step" }.count == 1, "\(trial)")
            #expect(try trial.stable() == 1)
        }
        for trial in trials { try trial.stop() }
    }
}

/// A stream with a service of two slots, real requests, and a rollout of version 2 over 1.
private final class RolloutTrial: CustomStringConvertible {
    let name: String
    private let scene: Scene
    private let feed: SteadyFeed
    private var loop: RunningProcess?
    private(set) var exit: Int32?
    /// What `rollout status --json` says at the end.
    private(set) var standing = JSONValue.null

    private var stream: TestStream { scene.stream }

    /// The standard plan with short times; margins that few records can prove.
    private static let plan = """
        rollout:
          steps:
            - {mode: shadow, share: 100%, min: 20s, min_pairs: 4000, max: 10m, require: pass}
            - {mode: canary, share: 25%, min: 10s, min_pairs: 200, max: 10m, require: no-fail}
          bake: {share: 100%, for: 10s, max: 10m}
          judge:
            fail_after: 20s
            pass_after: 20s
            guards:
              alerts-up: {rel: 0.4, abs: 0.005}
              alerts-down: {rel: 0.5, abs: 0.005}
              errors: {abs: 0.001}
              latency: {ratio: 2}

        """

    /// - Parameter models: version 1, nil where it is registered already, and version 2.
    init(
        _ name: String, _ models: (TestStream) throws -> (RealModels.Model?, RealModels.Model)
    ) throws {
        self.name = name
        let stream = try TestStream()
        let (stable, candidate) = try models(stream)
        if let stable { _ = try RealModels.register(stable, in: stream) }
        guard try RealModels.register(candidate, in: stream) == 2 else {
            throw Failure("\(name): not version 2")
        }
        try stream.folder.write("plan.yaml", Self.plan)
        scene = try Scene.serve(stream, promoting: 1)
        feed = SteadyFeed(stream, rate: 400, record: try RealModels.traffic("dev"))
    }

    func begin() throws {
        let started = try stream.control([
            "rollout", "http-anomaly@2", "--plan", stream.folder.path("plan.yaml"),
        ])
        guard started.code == 0 else { throw Failure("\(started)") }
        loop = try RunningProcess(
            [
                "rollout", "run", "http-anomaly", "--registry", stream.registry, "--bootstrap",
                stream.bootstrap, "--control-topic", stream.control, "--status-topic",
                stream.status, "--json",
            ], folder: stream.folder.url)
    }

    /// Waits until the rollout is over: the loop ends with it.
    func finish() throws {
        exit = try loop?.waitForExit(seconds: 600)
        standing = try stream.swerve(
            "rollout", "status", "http-anomaly", "--registry", stream.registry, "--json"
        ).json()
        tell()
        try show()
    }

    func stop() throws {
        try feed.stop()
        guard try scene.service.stop() == 0 else { throw Failure(scene.service.log) }
    }

    /// The stable version, once all slots serve what is announced.
    func stable() throws -> Int? {
        try scene.service.wait(for: "all slots without a candidate") {
            let status = try scene.status()
            guard status["announced"]?["candidate"] == .null, status["converged"] == true else {
                return nil
            }
            return status["announced"]?["stable"]?["version"]?.int
        }
    }

    // MARK: - What came of it

    private var entries: [JSONValue] { standing["events"]?.array ?? [] }
    var events: [String] { entries.compactMap { $0["event"]?.string } }

    func detail(of event: String) -> String {
        entries.last { $0["event"]?.string == event }?["detail"]?.string ?? ""
    }

    var description: String {
        "\(name): exit \(exit ?? -1), "
            + entries.map {
                "\($0["at"] ?? .null) \($0["event"] ?? .null) \($0["detail"] ?? .null)"
            }
            .joined(separator: "; ") + "\n\(loop?.log ?? "")"
    }

    /// Writes the pages of rollout and replay into the folder that is asked for.
    private func show() throws {
        let folder = ProcessInfo.processInfo.environment["SWERVE_ROLLOUT_PAGES"] ?? ""
        guard !folder.isEmpty else { return }
        let place = folder + "/" + name.split(separator: " ").joined(separator: "-")
        let page = try stream.swerve(
            "rollout", "status", "http-anomaly", "--registry", stream.registry, "--html",
            "\(place)-rollout.html")
        let replay = try Executable.run(
            [
                "replay", "http-anomaly@2", "--against", "1", "--config",
                stream.folder.path("swerve.yaml"), "--html", "\(place)-replay.html",
            ], folder: stream.folder.url)
        guard page.code == 0, replay.code == 0 else { throw Failure("\(page)\n\(replay)") }
    }

    /// Adds the seconds until the decision, and what it was made on, to the table that is asked
    /// for.
    private func tell() {
        let path = ProcessInfo.processInfo.environment["SWERVE_ROLLOUT_TABLE"] ?? ""
        guard !path.isEmpty else { return }
        func atMs(_ event: String) -> Int64? {
            let text = entries.first { $0["event"]?.string == event }?["at"]?.string
            return text.flatMap(Timestamp.milliseconds(of:))
        }
        let decision = events.contains("promoted") ? "promoted" : "rolled-back"
        let seconds = ((atMs(decision) ?? 0) - (atMs("started") ?? 0)) / 1_000
        let why = detail(of: decision == "promoted" ? "promoted" : "failed")
        let row = "| \(name) | \(decision) | \(seconds) | \(why) |\n"
        guard let handle = FileHandle(forWritingAtPath: path) else { return }
        handle.seekToEndOfFile()
        handle.write(Data(row.utf8))
        try? handle.close()
    }
}
