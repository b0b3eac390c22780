package import Lifecycle
import Platform

/// The scorers of an announced deployment, for a replay.
package enum ReplaySet {
    /// Loads them as a worker does, from the workers' cache or `source`; blocking.
    ///
    /// - Parameter form: of predictions.
    /// - Throws: what keeps a worker from serving the deployment.
    package static func load(
        _ record: ControlRecord, configuration: WorkerConfiguration, source: any ArtifactSource,
        form: PredictionForm.Format = .json, warn: @escaping @Sendable (String) -> Void
    ) throws(SwerveError) -> ServingSet {
        let trust = try configuration.trust.map { trust throws(SwerveError) in
            try TrustKeeper(
                trust, topic: configuration.topics.control,
                isDevelopment: configuration.isDevelopment, warn: warn)
        }
        let loader = VersionLoader(
            cache: try ArtifactCache(folder: configuration.stateFolder, source: source),
            trust: trust, inputTopic: configuration.topics.input, partitionCount: 1,
            input: try configuration.input(), form: form, warn: warn)
        let load = VersionManager.Load(
            id: 1, record: AcceptedRecord(record), purpose: .lastGood, hasCheckedSignatures: false)
        let request = LoadRequest(load, present: [], askedAt: MonotonicClock.now)
        switch loader.load(request, on: ThreadOwner()).ending {
        case .ready(let set): return set
        case .failed(let error): throw error
        case .cancelled:
            throw SwerveError(.system, act: "loading \(record.deployment.model)", reason: "ended")
        }
    }
}
