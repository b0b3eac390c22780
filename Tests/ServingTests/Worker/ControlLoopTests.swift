import Foundation
import Kafka
import Lifecycle
import Logging
import Platform
import TestSupport
import Testing

@testable import Serving

/// The control thread and the loader thread of a worker without a poll thread, on a broker.
@Suite("ControlLoop")
struct ControlLoopTests {
    /// Artifacts that come when the test lets them.
    private final class Source: ArtifactSource {
        let artifacts: [Digest: Artifact]
        let held = Guarded<Set<Digest>>([])
        let asked = Guarded<Set<Digest>>([])

        init(_ artifacts: [Digest: Artifact]) { self.artifacts = artifacts }

        func artifact(_ digest: Digest) throws(SwerveError) -> Artifact {
            asked.withLock { _ = $0.insert(digest) }
            while held.withLock({ $0.contains(digest) }) {
                _ = try Poll.waitForAny([], timeoutMs: 1)
            }
            guard let artifact = artifacts[digest] else {
                throw SwerveError(.notFound, act: "fetching", reason: "no such artifact")
            }
            return artifact
        }
    }

    private final class Side {
        let broker: DevelopmentBroker
        let shared: WorkerShared
        let source: Source
        let digests: [Digest]
        private let folder: TemporaryFolder
        private let settings: KafkaSettings
        private let writer: TopicWriter
        private let reader: TopicReader
        private var threads: [OSThread] = []

        private let signing: SigningKey
        private var trust: TrustKeeper?

        init() throws {
            signing = SigningKey.generate(try ModelName("ops"))
            broker = try DevelopmentBroker(topics: [("control", 1), ("status", 1)])
            folder = try TemporaryFolder()
            settings = KafkaSettings([
                "bootstrap.servers": broker.bootstrap, "fetch.wait.max.ms": "10",
            ])
            shared = try WorkerShared(
                partitionCount: 1,
                log: WorkerLog(Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
            let artifacts = try (1...2).map { low in
                try SmallArtifacts.liblinear(
                    spec: SmallArtifacts.spec.replacing("[1,3]", with: "[\(low),3]"))
            }
            digests = artifacts.map { ContentHash.sha256($0.manifestBytes) }
            source = Source(Dictionary(uniqueKeysWithValues: zip(digests, artifacts)))
            writer = try TopicWriter(settings: settings) { _, _ in }
            reader = try TopicReader(
                settings: settings, topics: [("status", 1, .beginning)]
            ) { _, _ in }
        }

        func start() throws {
            var configuration = WorkerConfiguration(
                model: "m", group: "g", slot: 0, total: 2, assignment: .static, start: "earliest",
                artifacts: "", stateFolder: folder.path("state"), kafka: settings.values)
            configuration.topics.control = "control"
            configuration.topics.status = "status"
            configuration.isDevelopment = true
            let memory = try SlotMemoryFile(
                folder: configuration.stateFolder, slot: configuration.slotID,
                model: try TrackedRecords.model())
            let manager = VersionManager(
                model: try TrackedRecords.model(), memory: memory.read { Issue.record("\($0)") })
            let loader = VersionLoader(
                cache: try ArtifactCache(folder: configuration.stateFolder, source: source),
                trust: trust, inputTopic: "in", partitionCount: 1
            ) { _ in }
            let (shared, configured, trust) = (shared, configuration, trust)
            threads = [
                OSThread(name: "loader") { shared.queue.run(loader) },
                OSThread(name: "control") {
                    do throws(SwerveError) {
                        try ControlLoop(
                            configuration: configured, shared: shared,
                            incarnation: .init(id: "own", startedAtMs: 1, host: "h", pid: 7),
                            manager: manager, loader: loader, memory: memory, trust: trust
                        ).run()
                    } catch {
                        shared.fail(error)
                    }
                },
            ]
        }

        /// The poll thread has ended so, as far as the others see.
        func end(_ outcome: WorkerOutcome = .stopped) {
            shared.end(outcome)
            source.held.withLock { $0 = [] }
            threads.last?.join()
            shared.queue.stop()
            threads.first?.join()
        }

        func close() {
            writer.close()
            reader.close()
            broker.stop()
        }

        /// The workers' trust file, as it is from now on; asked for before the start.
        func trust(signer: Bool) throws {
            let trusted = signer ? signing : SigningKey.generate(try ModelName("ops"))
            let key = Data(trusted.publicKey).base64EncodedString()
            try StateFile.write(
                folder.path("trust"), Array("ops promote ed25519:\(key)\n".utf8))
            guard trust == nil else { return }
            trust = try TrustKeeper(
                .init(file: folder.path("trust"), requiresSignedArtifacts: false),
                topic: "control", isDevelopment: true
            ) { Issue.record("\($0)") }
        }

        /// - Parameter isSigned: by the key of `trust`.
        func announce(
            _ epoch: Int64, version: Int, digest: Digest? = nil, isSigned: Bool = false
        ) throws {
            let record = ControlRecord(
                registry: "r",
                deployment: Deployment(
                    model: try TrackedRecords.model(), epoch: epoch,
                    stable: DeployedVersion(
                        version: version, digest: digest ?? digests[version - 1]), salt: 1),
                issuedAt: "", issuedBy: "", reason: "",
                expiresAtMs: isSigned ? WallClock.nowMs + 600_000 : nil)
            let signature = try signing.signer.signature(
                over: SignedMessage.controlRecord(
                    topic: "control", registry: "r", key: Array("m".utf8), value: record.bytes))
            try writer.write(
                topic: "control", key: Array("m".utf8), value: record.bytes,
                headers: isSigned ? [(RecordSignature.header, signature.description)] : [])
            try writer.flush(milliseconds: 30_000, act: "announcing")
        }

        func write(_ topic: String, key: String, _ value: [UInt8]?) throws {
            try writer.write(topic: topic, key: Array(key.utf8), value: value)
            try writer.flush(milliseconds: 30_000, act: "writing")
        }

        /// Waits for the first word of this process, of those not seen yet, of which `isWanted`.
        @discardableResult
        func status(where isWanted: (StatusRecord) -> Bool) throws -> StatusRecord {
            var found: StatusRecord?
            while found == nil {
                try reader.poll(milliseconds: 50) { record in
                    guard found == nil, let value = record.value,
                        let status = StatusRecord(value: value), status.incarnation.id == "own"
                    else { return }
                    if isWanted(status) { found = status }
                }
                if let failure = shared.failure { throw SwerveError(failure) }
            }
            return try #require(found)
        }

        /// The last record of the status topic.
        func lastWord() throws -> TopicRecord {
            let end = try reader.end(of: "status", timeoutMs: 30_000)
            let whole = try TopicReader(
                settings: settings, topics: [("status", 1, .beginning)]
            ) { _, _ in }
            defer { whole.close() }
            _ = try whole.end(of: "status", timeoutMs: 30_000)
            var last: TopicRecord?
            while whole.position(of: "status") < end {
                try whole.poll(milliseconds: 50) { last = $0 }
            }
            return try #require(last)
        }

        func wait(until isTrue: () -> Bool) throws {
            while !isTrue() {
                _ = try Poll.waitForAny([], timeoutMs: 1)
                if let failure = shared.failure { throw SwerveError(failure) }
            }
        }
    }

    @Test("what is announced before the start is served before the group is joined")
    func replays() throws {
        let side = try Side()
        defer { side.close() }
        try side.announce(1, version: 1)
        try side.announce(2, version: 2)
        try side.start()
        try side.wait { side.shared.signals.mayJoin }
        #expect(side.shared.slot.load()?.deployment.epoch == 2)
        side.end()
        // Nobody loaded what was overtaken on the topic already.
        #expect(side.source.asked.withLock { $0 } == [side.digests[1]])
    }

    @Test("without a deployment it waits, says so, and takes up the first that is announced")
    func waits() throws {
        let side = try Side()
        defer { side.close() }
        try side.start()
        let told = try side.status { $0.phase == .waiting }
        #expect(told.group == "g" && told.slot == 0 && told.total == 2 && told.model == "m")
        #expect(!told.ready && !side.shared.signals.mayJoin)
        side.source.held.withLock { $0 = [side.digests[0]] }
        try side.announce(1, version: 1)
        // There is something to serve now, though it is not loaded yet.
        try side.status { $0.phase == .starting && $0.sentAtMs > told.sentAtMs }
        side.source.held.withLock { $0 = [] }
        try side.wait { side.shared.signals.mayJoin }
        side.end()
    }

    @Test("what a key signed before it was trusted is taken up, whatever junk came after it")
    func trustedLater() throws {
        let side = try Side()
        defer { side.close() }
        try side.trust(signer: false)
        try side.announce(2, version: 1, isSigned: true)
        try side.announce(9, version: 2)
        try side.start()
        try side.status { $0.phase == .waiting && $0.rejected?.epoch == 9 }
        try side.trust(signer: true)
        try side.wait { side.shared.slot.load()?.deployment.epoch == 2 }
        try side.announce(3, version: 2, isSigned: true)
        try side.wait { side.shared.slot.load()?.deployment.epoch == 3 }
        try side.status { $0.rejected == nil }
        side.end()
    }

    @Test("what is no record is passed over and counted, and the next one is taken")
    func garbled() throws {
        let side = try Side()
        defer { side.close() }
        try side.announce(1, version: 1)
        try side.start()
        try side.wait { side.shared.slot.load()?.deployment.epoch == 1 }
        try side.write("control", key: "m", Array("{".utf8))
        let told = try side.status { $0.ignored != nil }
        #expect(told.counts.ignoredControlRecords == 1)
        #expect(side.shared.slot.load()?.deployment.epoch == 1)
        try side.announce(2, version: 2)
        try side.wait { side.shared.slot.load()?.deployment.epoch == 2 }
        side.end()
    }

    @Test("a version that is not there is rejected, with the reason, and the old one serves on")
    func rejects() throws {
        let side = try Side()
        defer { side.close() }
        try side.announce(1, version: 1)
        try side.start()
        try side.wait { side.shared.slot.load()?.deployment.epoch == 1 }
        try side.announce(2, version: 2, digest: ContentHash.sha256([1]))
        let told = try side.status { $0.rejected != nil }
        #expect(told.rejected?.epoch == 2)
        #expect(told.rejected?.reason.contains("no such artifact") == true, "\(told)")
        #expect(side.shared.slot.load()?.deployment.epoch == 1)
        side.end()
    }

    @Test("a partition that comes waits until what is on the topic is loaded")
    func catchesUp() throws {
        let side = try Side()
        defer { side.close() }
        try side.announce(1, version: 1)
        try side.start()
        try side.wait { side.shared.slot.load()?.deployment.epoch == 1 }
        side.source.held.withLock { $0 = [side.digests[1]] }
        try side.announce(2, version: 2)
        let ticket = side.shared.gate.ask()
        try side.wait { side.source.asked.withLock { $0.contains(side.digests[1]) } }
        #expect(!side.shared.gate.isOpen(for: ticket))
        side.source.held.withLock { $0 = [] }
        try side.wait { side.shared.gate.isOpen(for: ticket) }
        #expect(side.shared.slot.load()?.deployment.epoch == 2)
        side.end()
    }

    @Test("what the poll thread tells is in the next word, and a gap is told once")
    func reports() throws {
        let side = try Side()
        defer { side.close() }
        side.shared.board.update { board in
            board.records = 12
            board.deadLetters = 2
            board.byVersion = [3: 10]
            board.partitions = [0, 2]
            board.assignments = 3
            board.pollGapNs = 5_000_000
            board.pollGapMaxNs = 7_000_000
        }
        try side.start()
        let told = try side.status { _ in true }
        #expect(told.counts.records == 12 && told.counts.deadLetters == 2)
        #expect(told.counts.byVersion == ["3": 10] && told.partitions == [0, 2])
        #expect(told.counts.rebalances == 2)
        #expect(told.pollGapMs == 5 && told.pollGapMaxMs == 7)
        let next = try side.status { _ in true }
        #expect(next.pollGapMs == 0 && next.pollGapMaxMs == 7 && next.counts.records == 12)
        #expect(next.sentAtMs >= told.sentAtMs)
        side.end()
    }

    @Test("another process in the slot is told, and ends nobody")
    func rival() throws {
        let side = try Side()
        defer { side.close() }
        try side.start()
        try side.status { _ in true }
        let other = StatusRecord(
            group: "g", slot: 0, total: 2, model: "m",
            incarnation: .init(id: "other", startedAtMs: 2, host: "elsewhere", pid: 8),
            phase: .serving)
        // A word now and then, as a process has: of one before this one heard itself nothing is
        // made.
        var told: StatusRecord?
        while told == nil {
            try side.write("status", key: "g/0", other.bytes)
            let word = try side.status { _ in true }
            if word.rival != nil { told = word }
        }
        #expect(told?.rival?.id == "other" && told?.rival?.host == "elsewhere")
        #expect(side.shared.failure == nil)
        side.end()
    }

    @Test("a clean stop takes the slot's word away; another end leaves the last one")
    func lastWords() throws {
        let side = try Side()
        defer { side.close() }
        try side.start()
        try side.status { _ in true }
        side.end(.stopped)
        let word = try side.lastWord()
        #expect(word.key == Array("g/0".utf8) && word.value == nil)

        let failing = try Side()
        defer { failing.close() }
        try failing.start()
        try failing.status { _ in true }
        failing.end(.refused(SwerveError(.refused, act: "scoring", reason: "no right")))
        let last = try #require(try failing.lastWord().value)
        #expect(StatusRecord(value: last)?.incarnation.id == "own")
        #expect(StatusRecord(value: last)?.ended?.kind == "refused")
    }

    @Test("a control topic that is missing ends the worker, once listings bear it out")
    func missingTopic() throws {
        let side = try Side()
        defer { side.close() }
        side.broker.setMissing("control", true)
        try side.start()
        while side.shared.failure == nil { _ = try Poll.waitForAny([], timeoutMs: 10) }
        guard case .refused(let error) = side.shared.failure else {
            Issue.record("another end: \(String(describing: side.shared.failure))")
            return side.end()
        }
        #expect(error.code == .notFound, "\(error)")
        side.end(.refused(error))
    }
}

extension SwerveError {
    /// A worker's end that no test asked for.
    fileprivate init(_ outcome: WorkerOutcome) {
        self.init(.system, act: "running the control thread", reason: "it ended: \(outcome)")
    }
}
