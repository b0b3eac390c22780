import Foundation
import Kafka
import Lifecycle
import Logging
import Platform
import TestSupport
import Testing

@testable import Serving

/// Artifacts that come when the test lets them.
final class HeldSource: ArtifactSource {
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

/// The control thread and the loader thread of a worker without a poll thread, on a broker.
final class ControlSide {
    let broker: DevelopmentBroker
    let shared: WorkerShared
    let lines = KeptLog(.warning)
    let source: HeldSource
    let digests: [Digest]
    let folder: TemporaryFolder
    private let settings: KafkaSettings
    private let writer: TopicWriter
    private let reader: TopicReader
    private var threads: [OSThread] = []

    private let signing: SigningKey
    private var trust: TrustKeeper?

    /// - Parameter statusPartitions: of the status topic; its words are read of all of them.
    init(statusPartitions: Int = 1) throws {
        signing = try SigningKey.generate(ModelName("ops"))
        broker = try DevelopmentBroker(topics: [("control", 1), ("status", statusPartitions)])
        folder = try TemporaryFolder()
        settings = KafkaSettings([
            "bootstrap.servers": broker.bootstrap, "fetch.wait.max.ms": "10",
        ])
        shared = try WorkerShared(
            partitionCount: 1, statusPartitionCount: statusPartitions, log: lines.log)
        let artifacts = try (1...2).map { low in
            try SmallArtifacts.liblinear(
                spec: SmallArtifacts.spec.replacing("[1,3]", with: "[\(low),3]"))
        }
        digests = artifacts.map { ContentHash.sha256($0.manifestBytes) }
        source = HeldSource(Dictionary(uniqueKeysWithValues: zip(digests, artifacts)))
        writer = try TopicWriter(settings: settings) { _, _ in }
        reader = try TopicReader(
            settings: settings, topics: [("status", statusPartitions, .beginning)]
        ) { _, _ in }
    }

    /// - Parameter keepsInput: whether what the slot serves is kept over restarts, as it is on real
    ///   brokers.
    func start(keepsInput: Bool = false) throws {
        var configuration = WorkerConfiguration(
            model: "m", group: "g", slot: 0, total: 2, assignment: .static, start: "earliest",
            artifacts: "", stateFolder: folder.path("state"), kafka: settings.values)
        configuration.topics.control = "control"
        configuration.topics.status = "status"
        configuration.isDevelopment = !keepsInput
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
                        ControlLoop.Parts(
                            incarnation: .init(id: "own", startedAtMs: 1, host: "h", pid: 7),
                            manager: manager, loader: loader, memory: memory, trust: trust)
                    ).run()
                } catch {
                    shared.fail(error)
                }
            },
        ]
    }

    /// The poll thread has ended so, as far as the others see.
    func end(_ outcome: WorkerOutcome = .stopped) {
        shared.controlMayEnd(with: outcome)
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
        let trusted = signer ? signing : try SigningKey.generate(ModelName("ops"))
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

    func write(
        _ topic: String, partition: Int32 = 0, key: String, _ value: [UInt8]?
    ) throws {
        try writer.write(
            topic: topic, partition: partition, key: Array(key.utf8), value: value)
        try writer.flush(milliseconds: 30_000, act: "writing")
    }

    /// Waits for the first word of this process, of those not seen yet, of which `isWanted`.
    @discardableResult
    func status(where isWanted: (StatusRecord) -> Bool) throws -> StatusRecord {
        try statusAndPlace(where: isWanted).record
    }

    /// The same with the partition that it lies in.
    func statusAndPlace(
        where isWanted: (StatusRecord) -> Bool
    ) throws -> (record: StatusRecord, partition: Int32) {
        var found: (record: StatusRecord, partition: Int32)?
        while found == nil {
            try reader.poll(milliseconds: 50) { record in
                guard found == nil, let value = record.value,
                    let status = StatusRecord(value: value), status.incarnation.id == "own"
                else { return }
                if isWanted(status) { found = (status, record.partition) }
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

extension SwerveError {
    /// A worker's end that no test asked for.
    init(_ outcome: WorkerOutcome) {
        self.init(.system, act: "running the control thread", reason: "it ended: \(outcome)")
    }
}
