import Foundation
import Lifecycle
import Logging
import Platform
import TestSupport
import Testing

@testable import Serving

/// The manager with its loader thread, scorer slot and state file: a worker's control side without
/// Kafka.
@Suite("VersionRunner", .blocking)
struct VersionRunnerTests {
    /// A registry of small models whose artifacts come when the test lets them.
    private final class Source: ArtifactSource {
        private let artifacts: [Digest: Artifact]
        private let held = Guarded<Set<Digest>>([])
        private let missing = Guarded<Set<Digest>>([])
        let asked = Guarded<[Digest]>([])

        init(_ artifacts: [Artifact]) {
            self.artifacts = Dictionary(
                uniqueKeysWithValues: artifacts.map { (ContentHash.sha256($0.manifestBytes), $0) })
        }

        func hold(_ digest: Digest) { held.withLock { _ = $0.insert(digest) } }
        func release(_ digest: Digest) { held.withLock { _ = $0.remove(digest) } }
        func setMissing(_ digest: Digest, _ isMissing: Bool) {
            missing.withLock { if isMissing { $0.insert(digest) } else { $0.remove(digest) } }
        }

        func artifact(_ digest: Digest) throws(SwerveError) -> Artifact {
            asked.withLock { $0.append(digest) }
            while held.withLock({ $0.contains(digest) }) {
                _ = try Poll.waitForAny([], timeoutMs: 1)
            }
            guard let artifact = artifacts[digest], !missing.withLock({ $0.contains(digest) })
            else { throw SwerveError(.unavailable, act: "fetching", reason: "out of reach") }
            return artifact
        }
    }

    private final class Fixture {
        let folder: TemporaryFolder
        let source: Source
        let slot = ScorerSlot()
        let queue: LoadQueue
        let file: SlotMemoryFile
        let runner: VersionRunner
        private let thread: OSThread
        let digests: [Digest]

        let lines: KeptLog

        init(_ folder: TemporaryFolder, specs: [String]) throws {
            self.folder = folder
            let lines = KeptLog()
            self.lines = lines
            let artifacts = try specs.map { try SmallArtifacts.liblinear(spec: $0) }
            digests = artifacts.map { ContentHash.sha256($0.manifestBytes) }
            let source = Source(artifacts)
            self.source = source
            let model = try TrackedRecords.model()
            file = try SlotMemoryFile(
                folder: folder.path("state"), slot: SlotID(group: "g", slot: 0), model: model)
            let queue = try LoadQueue()
            self.queue = queue
            let loader = VersionLoader(
                cache: try ArtifactCache(folder: folder.path("state"), source: source),
                trust: nil, inputTopic: "in", partitionCount: 1
            ) { lines.note($0) }
            runner = VersionRunner(
                manager: VersionManager(
                    model: model, memory: file.read { Issue.record("\($0)") }),
                slot: slot, queue: queue, loader: loader, file: file,
                log: lines.log)
            thread = OSThread(name: "loader") { queue.run(loader) }
        }

        func stop() {
            for digest in digests { source.release(digest) }
            queue.stop()
            thread.join()
        }

        func hear(_ epoch: Int64, stable: Int, candidate: Int? = nil, previous: Int? = nil) throws {
            let deployment = Deployment(
                model: try TrackedRecords.model(), epoch: epoch, stable: deployed(stable),
                candidate: try candidate.map {
                    Candidate(
                        deployed: deployed($0), mode: .canary, share: try Share(fraction: 0.5))
                }, previous: previous.map(deployed), salt: 1)
            let record = ControlRecord(
                registry: "r", deployment: deployment, issuedAt: "", issuedBy: "", reason: "")
            runner.heard(key: TrackedRecords.key, value: record.bytes, trust: nil)
        }

        private func deployed(_ version: Int) -> DeployedVersion {
            DeployedVersion(version: version, digest: digests[version - 1])
        }

        /// Takes turns until `condition` holds.
        func turn(until condition: (VersionManager) -> Bool) throws {
            while !condition(runner.manager) {
                runner.turn()
                _ = try Poll.waitForAny([], timeoutMs: 1)
            }
        }
    }

    private func spec(_ low: Int) -> String {
        #"{"steps":[{"hashed_ngrams":{"analyzer":"byte","ngram_range":[\#(low),3],"n_features":64,"alternate_sign":true,"lowercase":false,"norm":"l2"}}]}"#
    }

    @Test("a canary whose load is slow, rolled back meanwhile, is not what a restart resumes")
    func rolledBackWhileLoading() throws {
        let folder = try TemporaryFolder()
        do {
            let fixture = try Fixture(folder, specs: [spec(1), spec(2)])
            defer { fixture.stop() }
            fixture.runner.replayed()
            try fixture.hear(1, stable: 1)
            try fixture.turn { $0.standing == .served }
            fixture.source.hold(fixture.digests[1])
            try fixture.hear(2, stable: 1, candidate: 2)
            while !fixture.source.asked.withLock({ $0.contains(fixture.digests[1]) }) {
                fixture.runner.turn()
            }
            // Everything is loaded: the rollback is a swap, and overtakes the load.
            try fixture.hear(3, stable: 1)
            #expect(fixture.runner.manager.standing == .served)
            #expect(fixture.slot.load()?.deployment.epoch == 3)
            fixture.source.release(fixture.digests[1])
            try fixture.hear(4, stable: 2)
            // The loader works in order: behind this load the overtaken one has ended.
            try fixture.turn { $0.serving?.deployment.epoch == 4 }
            try fixture.hear(5, stable: 1)
            try fixture.turn { $0.serving?.deployment.epoch == 5 }
        }
        let again = try Fixture(folder, specs: [spec(1), spec(2)])
        defer { again.stop() }
        again.runner.replayed()
        try again.turn { $0.serving != nil }
        #expect(again.slot.load()?.deployment.epoch == 5)
        #expect(again.slot.load()?.candidate == nil)
    }

    @Test("the state file says what is served after each change, whoever's load ends last")
    func fileFollows() throws {
        let folder = try TemporaryFolder()
        let fixture = try Fixture(folder, specs: [spec(1), spec(2), spec(3)])
        defer { fixture.stop() }
        fixture.runner.replayed()
        for epoch in 1...30 {
            // Every third is loaded anew, the others are swaps of what is there.
            try fixture.hear(
                Int64(epoch), stable: epoch % 3 + 1, previous: epoch > 1 ? (epoch - 1) % 3 + 1 : nil
            )
            if epoch % 2 == 0 {
                try fixture.turn { $0.standing == .served }
                let memory = fixture.file.read { Issue.record("\($0)") }
                #expect(memory.good?.deployment.epoch == Int64(epoch))
                #expect(memory.highest?.deployment.epoch == Int64(epoch))
                #expect(fixture.slot.load()?.deployment.epoch == Int64(epoch))
            }
        }
    }

    @Test("what was swapped in right before a stop is kept for the restart, registry or not")
    func keptAtStop() throws {
        let folder = try TemporaryFolder()
        do {
            let fixture = try Fixture(folder, specs: [spec(1)])
            fixture.runner.replayed()
            try fixture.hear(1, stable: 1)
            try fixture.turn { $0.standing == .served }
            fixture.stop()
        }
        let again = try Fixture(folder, specs: [spec(1)])
        defer { again.stop() }
        again.runner.replayed()
        try again.turn { $0.serving != nil }
        #expect(again.source.asked.withLock { $0 } == [])
    }

    @Test("a deployment that cannot be taken up is rejected before the swap; the old one serves on")
    func rejected() throws {
        let folder = try TemporaryFolder()
        let names = (0...Limits.namedFields).map { "\"f\($0)\"" }.joined(separator: ",")
        let fixture = try Fixture(
            folder, specs: [spec(1), #"{"steps":[{"fields":{"names":[\#(names)]}}]}"#])
        defer { fixture.stop() }
        fixture.runner.replayed()
        try fixture.hear(1, stable: 1)
        try fixture.turn { $0.standing == .served }
        try fixture.hear(2, stable: 2)
        try fixture.turn { $0.standing != .pending }
        guard case .rejected = fixture.runner.manager.standing else {
            Issue.record("\(fixture.runner.manager.standing)")
            return
        }
        #expect(fixture.slot.load()?.deployment.epoch == 1)
        #expect(fixture.file.read { Issue.record("\($0)") }.good?.deployment.epoch == 1)
    }

    @Test("while its artifact is out of reach a version is tried again, and then served")
    func retried() throws {
        let folder = try TemporaryFolder()
        let fixture = try Fixture(folder, specs: [spec(1)])
        defer { fixture.stop() }
        fixture.runner.replayed()
        fixture.source.setMissing(fixture.digests[0], true)
        try fixture.hear(1, stable: 1)
        try fixture.turn { if case .retrying = $0.standing { true } else { false } }
        #expect(fixture.runner.manager.isSettled)
        fixture.source.setMissing(fixture.digests[0], false)
        try fixture.turn { $0.standing == .served }
        #expect(fixture.source.asked.withLock { $0.count } >= 2)
    }

    @Test("what is passed over is counted and no news: a stranger's words wait for the heartbeat")
    func strangers() throws {
        let fixture = try Fixture(try TemporaryFolder(), specs: [spec(1)])
        defer { fixture.stop() }
        fixture.runner.replayed()
        try fixture.hear(1, stable: 1)
        try fixture.turn { $0.standing == .served }
        #expect(fixture.runner.takeNews().isNews)
        for number in 0..<50 {
            fixture.runner.heard(
                key: TrackedRecords.key, value: Array("junk \(number)".utf8), trust: nil)
        }
        let (isNews, ignored) = fixture.runner.takeNews()
        #expect(!isNews && ignored.count == 50)
        #expect(ignored.last != nil)
        #expect(fixture.runner.takeNews().ignored.count == 0)
    }

    @Test("the log says once that an epoch is loaded, tried again, and served")
    func told() throws {
        let fixture = try Fixture(try TemporaryFolder(), specs: [spec(1)])
        defer { fixture.stop() }
        fixture.source.setMissing(fixture.digests[0], true)
        try fixture.hear(1, stable: 1)
        fixture.runner.replayed()
        try fixture.turn { _ in fixture.source.asked.withLock { $0.count } >= 3 }
        fixture.source.setMissing(fixture.digests[0], false)
        try fixture.turn { $0.standing == .served }
        #expect(!fixture.lines.all.contains { $0.contains("is served") })
        // The poll thread's part.
        fixture.slot.noteTaken(epoch: 1)
        fixture.runner.turn()
        fixture.runner.turn()
        #expect(
            fixture.lines.all == [
                "info: epoch 1: loading version 1",
                "warning: loading m@1: fetching: out of reach (passing); trying again",
                "info: epoch 1 is served: version 1",
            ])
    }

    @Test(
        "what a full disk kept out of the cache is there once there is room",
        .enabled(if: SmallVolume.isPossible, "needs a file system of its own"))
    func keptAgain() throws {
        let volume = try SmallVolume(kilobytes: 64)
        let ballast = try volume.folder.write("ballast", "")
        do {
            let fixture = try Fixture(volume.folder, specs: [spec(1)])
            defer { fixture.stop() }
            try StateFile.makeFolder(volume.folder.path("state/artifacts"))
            try volume.fill(ballast)
            fixture.runner.replayed()
            try fixture.hear(1, stable: 1)
            try fixture.turn { $0.standing == .served }
            func told(_ words: String) -> Int {
                fixture.lines.all.count { $0.contains(words) }
            }
            try fixture.turn { _ in told("/artifacts/") > 0 }
            for _ in 0..<3 {
                fixture.runner.writeAgain()
                fixture.runner.turn()
            }
            try StateFile.remove(ballast)
            try fixture.turn { _ in
                fixture.runner.writeAgain()
                return told("in the cache again") > 0
            }
            #expect(told("not kept for a restart: ") == 2, "\(fixture.lines.all)")
        }
        let again = try Fixture(volume.folder, specs: [spec(1)])
        defer { again.stop() }
        again.source.setMissing(again.digests[0], true)
        again.runner.replayed()
        try again.turn { $0.serving != nil }
        #expect(again.source.asked.withLock { $0 } == [])
    }
}
