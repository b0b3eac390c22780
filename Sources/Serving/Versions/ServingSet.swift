package import Inputs
package import Lifecycle
import Scoring

/// What the poll thread scores with: a whole deployment with its scorers, immutable but for the
/// progress that the poll thread notes in it.
package final class ServingSet: Sendable {
    package let deployment: Deployment
    /// Under the deployment's settings, as is the candidate.
    package let stable: LoadedVersion
    package let candidate: LoadedVersion?
    /// The deployment's versions as their artifacts have them, for the next set to take over: other
    /// deployments give them other settings, and a rollback to the previous one is a pointer swap.
    package let loaded: [LoadedVersion]
    package let stableForm: PredictionForm
    /// Of the candidate's predictions; nil without a canary, since a shadow's are not produced.
    package let canaryForm: PredictionForm?
    /// The candidate's share in ten-thousandths, as canary and as shadow; 0 where it is not that.
    package let canaryShare: Int
    package let shadowShare: Int
    /// Whether one featurization serves both versions.
    package let sharesFeatures: Bool
    package let lineup: Lineup
    /// From the control record's arrival to scorers ready.
    package let loadedMs: Double
    package let progress: EpochProgress
    /// What the decoder of each thread that scores reads of records: the stable version's want
    /// first, then the candidate's.
    package let wants: [PreparedWants]

    /// Nil where a scorer is missing.
    ///
    /// - Parameter loaded: scorers for every version of the deployment; of `previous` where it
    ///   could be loaded.
    /// - Parameter input: as the decoders have it.
    /// - Parameter form: of predictions.
    /// - Parameter threads: that score.
    /// - Throws: `.invalid` where the deployment's settings do not fit the models, `.system` where
    ///   memory is short for what they read of records.
    package init?(
        deployment: Deployment, loaded: [LoadedVersion], inputTopic: String, partitionCount: Int,
        input: InputSettings, form: PredictionForm.Format = .json, threads: Int = 1,
        loadedMs: Double
    ) throws(SwerveError) {
        func entry(_ version: LoadedVersion) -> Lineup.Entry {
            Lineup.Entry(
                deployed: version.deployed, settings: deployment.settings[version.deployed.version],
                labels: version.scorer.labels, scoreBounds: version.scoreBounds)
        }
        func find(_ deployed: DeployedVersion?) -> LoadedVersion? {
            loaded.first { $0.deployed == deployed }
        }
        guard let foundStable = find(deployment.stable) else { return nil }
        let foundCandidate = find(deployment.candidate?.deployed)
        guard (foundCandidate == nil) == (deployment.candidate == nil) else { return nil }
        let stable = try foundStable.applying(settingsOf: deployment)
        let candidate = try foundCandidate.map { found throws(SwerveError) in
            try found.applying(settingsOf: deployment)
        }
        let mode = deployment.candidate?.mode
        let share = deployment.candidate?.share
        let inputWants = ([stable] + (candidate.map { [$0] } ?? [])).map {
            InputWant($0.scorer.featurizer)
        }
        for (want, version) in zip(inputWants, [stable, candidate].compactMap(\.self)) {
            try Self.check(want, of: version, against: input)
        }
        var wants: [PreparedWants] = []
        for _ in 0..<threads { wants.append(try PreparedWants(inputWants, for: input)) }
        self.wants = wants
        self.deployment = deployment
        self.stable = stable
        self.candidate = candidate
        self.loaded =
            [foundStable] + [foundCandidate, find(deployment.previous)].compactMap { $0 }
        self.loadedMs = loadedMs
        stableForm = PredictionForm(
            deployment: deployment, version: stable, role: .stable, inputTopic: inputTopic,
            format: form)
        canaryForm =
            mode != .canary
            ? nil
            : candidate.map {
                PredictionForm(
                    deployment: deployment, version: $0, role: .canary, inputTopic: inputTopic,
                    format: form)
            }
        canaryShare = mode == .canary ? share?.tenThousandths ?? 0 : 0
        shadowShare = mode == .shadow ? share?.tenThousandths ?? 0 : 0
        sharesFeatures = candidate?.scorer.featurizer == stable.scorer.featurizer
        lineup = Lineup(
            stable: entry(stable), candidate: candidate.map(entry), mode: mode,
            share: share, salt: deployment.salt, alerts: deployment.settings.alerts)
        progress = EpochProgress(partitionCount: partitionCount)
    }

    /// A version that no record could give its input is refused before it decides any.
    private static func check(
        _ want: InputWant, of version: LoadedVersion, against input: InputSettings
    ) throws(SwerveError) {
        guard case .log = input.format, !want.views.isDisjoint(with: [.dense, .sparse]) else {
            return
        }
        throw SwerveError(
            .invalid, act: "reading log lines for version \(version.deployed.version)",
            reason: "it reads \(want.views.name) input, and a line of a log gives text and fields",
            remedy: "deploy a version that reads requests, or give records as JSON")
    }

    package var longestPrediction: Int {
        max(stableForm.longestBytes, canaryForm?.longestBytes ?? 0)
    }
}
