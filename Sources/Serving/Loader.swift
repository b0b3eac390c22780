import Lifecycle
import ModelFormats
import Platform
import Scoring

/// Fetches, verifies, parses and warms scorers, on a thread of its own at lower priority.
///
/// Passing faults are retried with backoff until a newer epoch cancels them. Final ones leave the
/// old scorers serving. A slot that serves nothing yet falls back to its last good deployment.
package struct Loader: Sendable {
    private let mailbox: LoadMailbox
    private let slot: ScorerSlot
    private let cache: ArtifactCache
    private let state: SlotState
    private let trust: TrustKeeper?
    private let inputTopic: String
    private let partitionCount: Int
    private let log: WorkerLog

    package init(
        mailbox: LoadMailbox, slot: ScorerSlot, cache: ArtifactCache, state: SlotState,
        trust: TrustKeeper?, inputTopic: String, partitionCount: Int, log: WorkerLog
    ) {
        self.mailbox = mailbox
        self.slot = slot
        self.cache = cache
        self.state = state
        self.trust = trust
        self.inputTopic = inputTopic
        self.partitionCount = partitionCount
        self.log = log
    }

    /// The thread's body; returns after `mailbox.stop()`.
    package func run() {
        while !mailbox.isStopping {
            guard let request = mailbox.takeRequest() else {
                wait(milliseconds: nil)
                continue
            }
            serve(request)
        }
    }

    private func serve(_ request: LoadRequest) {
        let epoch = request.record.deployment.epoch
        var backoffMs = Self.backoffMinMs
        while mailbox.isWanted(epoch: epoch) {
            do throws(SwerveError) {
                var fetched: [ArtifactCache.Fetched] = []
                guard let set = try build(request, &fetched) else { return }
                slot.replace(with: set)
                mailbox.answer(LoadResult(epoch: epoch, standing: .served))
                remember { () throws(SwerveError) in try noteGood(request.accepted) }
                keep(fetched)
                return
            } catch {
                // Whatever it comes to, no older epoch may follow, also after a restart.
                remember { () throws(SwerveError) in try state.noteSeen(request.accepted) }
                guard error.isRetryable, !request.isFallback else {
                    mailbox.answer(LoadResult(epoch: epoch, standing: .rejected(error.description)))
                    fallBack(from: request)
                    return
                }
                mailbox.answer(LoadResult(epoch: epoch, standing: .retrying(error.description)))
                log.warning("\(error.description); trying again in \(backoffMs) ms")
                fallBack(from: request)
                wait(milliseconds: backoffMs)
                backoffMs = min(backoffMs * 2, Self.backoffMaxMs)
            }
        }
    }

    /// Loads every version of the deployment; nil when it was cancelled meanwhile.
    ///
    /// - Parameter fetched: takes the artifacts that did not come from the cache.
    private func build(
        _ request: LoadRequest, _ fetched: inout [ArtifactCache.Fetched]
    ) throws(SwerveError) -> ServingSet? {
        let deployment = request.record.deployment
        var versions: [LoadedVersion] = []
        for (place, deployed) in deployment.versions.enumerated() {
            guard mailbox.isWanted(epoch: deployment.epoch) else { return nil }
            let isPrevious =
                deployed == deployment.previous && place == deployment.versions.count - 1
            do throws(SwerveError) {
                versions.append(try load(deployed, in: deployment, known: versions, &fetched))
            } catch  where isPrevious {
                // Only the speed of a rollback hangs on it: serve without.
                log.warning("the previous version is not kept loaded: \(error.description)")
            }
        }
        let ms = Double(MonotonicClock.now &- request.heardAt) / 1e6
        return try ServingSet(
            deployment: deployment, loaded: versions, inputTopic: inputTopic,
            partitionCount: partitionCount, loadedMs: ms)
    }

    private func load(
        _ deployed: DeployedVersion, in deployment: Deployment, known: [LoadedVersion],
        _ fetched: inout [ArtifactCache.Fetched]
    ) throws(SwerveError) -> LoadedVersion {
        let present = known + (slot.load()?.loaded ?? [])
        if let same = present.first(where: { $0.deployed.digest == deployed.digest }) {
            return same.deployed == deployed
                ? same : LoadedVersion(deployed: deployed, scorer: same.scorer)
        }
        let act = "loading \(deployment.model)@\(deployed.version)"
        do throws(SwerveError) {
            let result = try cache.load(deployed.digest) { artifact throws(SwerveError) in
                try checkSignatures(artifact, of: deployed, in: deployment)
            } load: { artifact throws(SwerveError) in
                try ScorerLoader.load(
                    artifact, as: ArtifactManifest(parsing: artifact.manifestBytes))
            }
            if let artifact = result.fetched { fetched.append(artifact) }
            return LoadedVersion(deployed: deployed, scorer: result.loaded)
        } catch {
            throw error.during(act)
        }
    }

    /// A revoked key's signatures do not count, whenever they were made: no broker stamps them.
    ///
    /// What this slot served last by artifacts that were signed then is resumed all the same.
    private func checkSignatures(
        _ artifact: Artifact, of deployed: DeployedVersion, in deployment: Deployment
    ) throws(SwerveError) {
        guard let trust, trust.requiresSignedArtifacts else { return }
        if let good = state.current.good, good.hasSignedArtifacts, good.deployment == deployment,
            deployed != deployment.previous
        {
            return
        }
        _ = try trust.judge(artifact.signatures, of: deployed, model: deployment.model)
    }

    private func noteGood(_ accepted: AcceptedRecord) throws(SwerveError) {
        try state.noteGood(accepted, hasSignedArtifacts: trust?.requiresSignedArtifacts ?? false)
    }

    /// A slot that serves nothing takes up what it served last, so that records do not wait for a
    /// deployment that this worker cannot load.
    private func fallBack(from request: LoadRequest) {
        guard slot.load() == nil, !request.isFallback, let good = state.current.good,
            good.deployment.epoch < request.record.deployment.epoch
        else { return }
        do throws(SwerveError) {
            let again = LoadRequest(record: good, heardAt: request.heardAt, isFallback: true)
            var fetched: [ArtifactCache.Fetched] = []
            guard let set = try buildFallback(again, &fetched) else { return }
            slot.replace(with: set)
            keep(fetched)
            log.warning("serving the last good deployment, epoch \(good.deployment.epoch)")
        } catch {
            log.warning("no last good deployment either: \(error.description)")
        }
    }

    private func buildFallback(
        _ request: LoadRequest, _ fetched: inout [ArtifactCache.Fetched]
    ) throws(SwerveError) -> ServingSet? {
        var versions: [LoadedVersion] = []
        for deployed in request.record.deployment.versions
        where deployed != request.record.deployment.previous {
            versions.append(
                try load(deployed, in: request.record.deployment, known: versions, &fetched))
        }
        return try ServingSet(
            deployment: request.record.deployment, loaded: versions, inputTopic: inputTopic,
            partitionCount: partitionCount, loadedMs: 0)
    }

    /// Writes what came from the source into the cache, once the scorers serve.
    private func keep(_ fetched: [ArtifactCache.Fetched]) {
        for artifact in fetched {
            remember { () throws(SwerveError) in try cache.keep(artifact) }
        }
    }

    /// A full disk must not stop the serving of what is loaded; it is said, and tried at the next.
    private func remember(_ write: () throws(SwerveError) -> Void) {
        do throws(SwerveError) {
            try write()
        } catch {
            log.warning("not kept for a restart: \(error.description)")
        }
    }

    private func wait(milliseconds: Int?) {
        do throws(SwerveError) {
            try mailbox.wait(milliseconds: milliseconds)
        } catch {
            log.warning(error.description)
        }
    }

    private static let backoffMinMs = 100
    private static let backoffMaxMs = 10_000
}
