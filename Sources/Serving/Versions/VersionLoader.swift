package import Inputs
package import Lifecycle
import ModelFormats
package import Platform
import Scoring

/// A deployment to be made ready.
package struct LoadRequest: Sendable {
    package let load: VersionManager.Load
    /// Scorers that are there already, for it to use.
    package let present: [LoadedVersion]
    /// Monotonic nanoseconds at which the deployment was asked for.
    package let askedAt: UInt64
    package let cancellation: LoadCancellation

    package init(
        _ load: VersionManager.Load, present: [LoadedVersion], askedAt: UInt64,
        cancellation: LoadCancellation = LoadCancellation()
    ) {
        self.load = load
        self.present = present
        self.askedAt = askedAt
        self.cancellation = cancellation
    }

    package var deployment: Deployment { load.record.deployment }
}

/// What a load came to.
package struct LoadResult: Sendable {
    package enum Ending: Sendable {
        /// Ready to be swapped in.
        case ready(ServingSet)
        case failed(SwerveError)
        case cancelled
    }

    package let load: UInt64
    package let ending: Ending
    /// The artifacts that did not come from the cache.
    package let fetched: [ArtifactCache.Fetched]
}

/// Fetches, verifies, parses and warms scorers, and builds the set that serves a deployment: a
/// function from a request to a result.
///
/// It touches neither the scorer slot nor the slot's state. Everything that can fail in taking a
/// deployment up fails here. What waits or reads belongs to the loader thread, which has a lower
/// priority, and asks for it as the owner; the control thread itself makes a set of scorers that
/// are all there.
package struct VersionLoader: Sendable {
    private let cache: ArtifactCache
    private let trust: TrustKeeper?
    private let inputTopic: String
    private let partitionCount: Int
    private let input: InputSettings
    private let form: PredictionForm.Format
    /// That score.
    private let threads: Int
    private let warn: @Sendable (String) -> Void

    /// - Parameters:
    ///   - input: as the poll thread's decoder has it.
    ///   - form: of predictions.
    package init(
        cache: ArtifactCache, trust: TrustKeeper?, inputTopic: String, partitionCount: Int,
        input: InputSettings = InputSettings(), form: PredictionForm.Format = .json,
        threads: Int = 1, warn: @escaping @Sendable (String) -> Void
    ) {
        self.cache = cache
        self.trust = trust
        self.inputTopic = inputTopic
        self.partitionCount = partitionCount
        self.input = input
        self.form = form
        self.threads = threads
        self.warn = warn
    }

    /// Whether everything that the request needs is loaded, and still trusted: a rollback, or other
    /// settings.
    package func isPresent(_ request: LoadRequest) -> Bool {
        Self.needed(by: request).allSatisfy {
            present($0, in: request.present, of: request) != nil
        }
    }

    /// Without the previous version for a slot that resumes its last good deployment: it is there
    /// to make a rollback fast.
    private static func needed(by request: LoadRequest) -> [DeployedVersion] {
        let deployment = request.deployment
        guard request.load.purpose == .lastGood else { return deployment.versions }
        return [deployment.stable] + (deployment.candidate.map { [$0.deployed] } ?? [])
    }

    /// On the loader thread.
    ///
    /// - Parameter owner: that thread.
    package func load(_ request: LoadRequest, on owner: ThreadOwner) -> LoadResult {
        owner.assertCurrent()
        return result(of: request, on: owner)
    }

    /// Makes the set of what is loaded; neither waits nor reads.
    ///
    /// Any thread.
    ///
    /// - Parameter request: one that `isPresent`; another one fails.
    package func loadPresent(_ request: LoadRequest) -> LoadResult {
        result(of: request, on: nil)
    }

    private func result(of request: LoadRequest, on owner: ThreadOwner?) -> LoadResult {
        var fetched: [ArtifactCache.Fetched] = []
        let ending: LoadResult.Ending
        do throws(SwerveError) {
            ending = try build(request, on: owner, &fetched)
        } catch {
            ending = request.cancellation.isCancelled ? .cancelled : .failed(error)
        }
        return LoadResult(load: request.load.id, ending: ending, fetched: fetched)
    }

    /// Writes an artifact that came from the source into the cache.
    ///
    /// - Throws: for a full disk and the like, which must not stop the serving of what is loaded.
    package func keep(
        _ fetched: ArtifactCache.Fetched, on owner: ThreadOwner
    ) throws(SwerveError) {
        owner.assertCurrent()
        try cache.keep(fetched)
    }

    /// Tells that an artifact is not in the cache, and will be tried again.
    package func tellUnkept(_ error: SwerveError) {
        warn("not kept for a restart: \(error.description); it is tried again")
    }

    private func build(
        _ request: LoadRequest, on owner: ThreadOwner?, _ fetched: inout [ArtifactCache.Fetched]
    ) throws(SwerveError) -> LoadResult.Ending {
        let deployment = request.deployment
        let needed = Self.needed(by: request)
        var versions: [LoadedVersion] = []
        for (place, deployed) in needed.enumerated() {
            guard !request.cancellation.isCancelled else { return .cancelled }
            let isPrevious = deployed == deployment.previous && place == needed.count - 1
            do throws(SwerveError) {
                versions.append(
                    try version(deployed, of: request, known: versions, on: owner, &fetched))
            } catch  where isPrevious {
                // Only the speed of a rollback hangs on it: serve without.
                warn("the previous version is not kept loaded: \(error.description)")
            }
        }
        let set = try ServingSet(
            deployment: deployment, loaded: versions, inputTopic: inputTopic,
            partitionCount: partitionCount, input: input, form: form, threads: threads,
            loadedMs: Double(MonotonicClock.now &- request.askedAt) / 1e6)
        guard let set else {
            throw SwerveError(
                .invalid, act: "building the scorers of epoch \(deployment.epoch)",
                reason: "a version of the deployment is missing")
        }
        return .ready(set)
    }

    private func version(
        _ deployed: DeployedVersion, of request: LoadRequest, known: [LoadedVersion],
        on owner: ThreadOwner?, _ fetched: inout [ArtifactCache.Fetched]
    ) throws(SwerveError) -> LoadedVersion {
        if let same = present(deployed, in: known + request.present, of: request) { return same }
        guard let owner else {
            throw SwerveError(
                .system, act: "taking \(request.deployment.model)@\(deployed.version)",
                reason: "it is not loaded, and is fetched by the loader thread only")
        }
        owner.assertCurrent()
        do throws(SwerveError) {
            let cancellation = request.cancellation
            let result = try cache.load(deployed.digest) {
                cancellation.isCancelled
            } accept: { artifact throws(SwerveError) in
                try checkSignatures(artifact.signatures, of: deployed, in: request)
            } load: { artifact throws(SwerveError) in
                let (scorer, scores) = try ScorerLoader.loadWithScores(
                    artifact, as: ArtifactManifest(parsing: artifact.manifestBytes))
                return LoadedVersion(
                    deployed: deployed, scorer: scorer, signatures: artifact.signatures,
                    scoreBounds: ScoreBounds.quantiles(of: scores))
            }
            if let artifact = result.fetched {
                if let damage = artifact.damage { warn("\(damage); fetched again") }
                fetched.append(artifact)
            }
            return result.loaded
        } catch {
            throw error.during("loading \(request.deployment.model)@\(deployed.version)")
        }
    }

    /// What is loaded of `deployed`, unless a key has been revoked since: then the artifact may
    /// have more signatures at the source.
    private func present(
        _ deployed: DeployedVersion, in loaded: [LoadedVersion], of request: LoadRequest
    ) -> LoadedVersion? {
        guard let same = loaded.first(where: { $0.deployed.digest == deployed.digest }),
            (try? checkSignatures(same.signatures, of: deployed, in: request)) != nil
        else { return nil }
        guard same.deployed != deployed else { return same }
        return LoadedVersion(
            deployed: deployed, scorer: same.scorer, signatures: same.signatures,
            scoreBounds: same.scoreBounds)
    }

    /// A revoked key's signatures do not count, whenever they were made: no broker stamps them.
    ///
    /// What this slot served last by artifacts that were signed then is resumed all the same.
    private func checkSignatures(
        _ signatures: [ArtifactSignature], of deployed: DeployedVersion, in request: LoadRequest
    ) throws(SwerveError) {
        guard let trust, trust.requiresSignedArtifacts else { return }
        // The previous version may be the canary as well: then it was served.
        let deployment = request.deployment
        let wasServed =
            deployed == deployment.stable || deployed == deployment.candidate?.deployed
        if request.load.hasCheckedSignatures, wasServed { return }
        _ = try trust.judge(signatures, of: deployed, model: request.deployment.model)
    }
}
