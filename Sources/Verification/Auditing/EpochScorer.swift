import Inputs
package import Lifecycle
import ModelFormats
import Platform
package import Scoring

/// What a version says of a record, apart from the stream, and what the record's own id is.
package enum ScoreOpinion: Sendable, Equatable {
    case scored(ExpectedScore, id: [UInt8]?)
    /// A worker writes a dead letter, with this code.
    case unscorable(code: String)
    /// Nobody here can say, and why.
    case unknown(String)
}

/// Scores records under the deployment of an epoch.
package protocol EpochScoring: AnyObject {
    /// - Parameters:
    ///   - version: one of the deployment's.
    ///   - value: nil for a tombstone.
    ///   - schema: what the record's header says of its schema; nil where it has none.
    func opinion(
        of version: Int, in deployment: Deployment, value: [UInt8]?, schema: [UInt8]?
    ) -> ScoreOpinion

    /// A prediction held against what its version says of the record; nil where somebody else does
    /// that, and counts and notes what comes of it.
    func check(
        _ prediction: PredictionBytes, under rule: EpochRule, _ record: RecordBytes
    ) -> ScoreCheck?

    /// Looked at while a partition is read, so that nobody reads on for nothing.
    ///
    /// - Throws: where what is checked by somebody else is not checked any more.
    func requireWorking() throws(SwerveError)
}

extension EpochScoring {
    package func requireWorking() throws(SwerveError) {}

    /// By the opinion, for whoever has no shorter way.
    package func check(
        _ prediction: PredictionBytes, under rule: EpochRule, _ record: RecordBytes
    ) -> ScoreCheck? {
        ScoreCheck(
            prediction,
            against: opinion(
                of: prediction.version, in: rule.deployment, value: record.valueArray,
                schema: record.schemaArray))
    }
}

/// Loaded versions that several threads share, those used last; any thread.
package final class ScorerShelf: Sendable {
    private struct Kept {
        let digest: Digest
        let scorer: Scorer
        var used: Int
    }

    private let source: any ArtifactSource
    private let state = Guarded<(kept: [Kept], uses: Int)>(([], 0))

    /// - Parameter loaded: versions that are here already.
    package init(
        _ source: any ArtifactSource, loaded: [(digest: Digest, scorer: Scorer)] = []
    ) {
        self.source = source
        for (digest, scorer) in loaded {
            state.withLock { $0.kept.append(Kept(digest: digest, scorer: scorer, used: 0)) }
        }
    }

    /// A version as its artifact has it; loads it where it is not there, and others wait meanwhile.
    ///
    /// - Throws: what the source throws; `.invalid` where the artifact is not the digest's.
    package func scorer(_ deployed: DeployedVersion) throws(SwerveError) -> Scorer {
        try state.withLock { state throws(SwerveError) in
            state.uses += 1
            if let place = state.kept.firstIndex(where: { $0.digest == deployed.digest }) {
                state.kept[place].used = state.uses
                return state.kept[place].scorer
            }
            let artifact = try source.artifact(deployed.digest)
            guard ContentHash.sha256(artifact.manifestBytes) == deployed.digest else {
                throw SwerveError(
                    .invalid, act: "loading version \(deployed.version)",
                    reason: "the registry's manifest has another digest")
            }
            let scorer = try ScorerLoader.load(
                artifact, as: ArtifactManifest(parsing: artifact.manifestBytes))
            if state.kept.count >= Self.keptMax,
                let oldest = state.kept.indices.min(by: {
                    state.kept[$0].used < state.kept[$1].used
                })
            {
                state.kept.remove(at: oldest)
            }
            state.kept.append(Kept(digest: deployed.digest, scorer: scorer, used: state.uses))
            return scorer
        }
    }

    /// The same under what a deployment says of the version.
    ///
    /// - Throws: as above; `.invalid` where the settings do not fit the model.
    package func scorer(
        _ deployed: DeployedVersion, under settings: VersionSettings
    ) throws(SwerveError) -> Scorer {
        let plain = try scorer(deployed)
        guard settings.changesScorer else { return plain }
        return try plain.with(
            labels: settings.labels, threshold: settings.threshold, labelRule: settings.labelRule)
    }

    /// The stable version and a candidate, before a change and after it.
    private static let keptMax = 4
}

/// The scorers of one thread, each under the settings of its epoch, as workers have them.
///
/// One thread.
package final class EpochScorer: EpochScoring {
    private final class Ready {
        let scorer: Scorer
        let wants: PreparedWants
        /// The class that a high score means, with its quotes; nil where there is none.
        let positive: [UInt8]?

        init(scorer: Scorer, wants: PreparedWants) {
            self.scorer = scorer
            self.wants = wants
            positive = scorer.positiveJSON
        }
    }

    private struct Key: Hashable {
        let digest: Digest
        let settings: VersionSettings
    }

    private let shelf: ScorerShelf
    private let settings: InputSettings
    private let values: ValueDecoder
    private let thoroughEvery: Int
    private var asked = 0
    /// Scores that were held against the slow reference too.
    package private(set) var thoroughlyScored: Int64 = 0
    private let buffer = FeatureBuffer()
    private let output = ScoreOutput()
    private var made: [Key: Ready] = [:]
    private var failed: [Key: String] = [:]
    /// What was asked last: nearly always the next question is the same.
    private var last: Ready?
    private var lastEpoch: Int64 = 0
    private var lastVersion = 0
    /// Whether its score is its one decision.
    private var isSingle = false

    /// - Parameters:
    ///   - form: as workers read records, to the same refusals.
    ///   - thoroughEvery: of so many scores one is computed by the slow reference too; 0 is none.
    /// - Throws: `.usage` for settings that no decoder takes; `.system` where memory is short.
    package init(
        _ form: RecordForm, _ shelf: ScorerShelf, thoroughEvery: Int = 0
    ) throws(SwerveError) {
        self.thoroughEvery = thoroughEvery
        settings = form.settings
        self.shelf = shelf
        values = try ValueDecoder(form)
    }

    package func opinion(
        of version: Int, in deployment: Deployment, value: [UInt8]?, schema: [UInt8]?
    ) -> ScoreOpinion {
        let ready: Ready
        if let last, lastEpoch == deployment.epoch, lastVersion == version {
            ready = last
        } else {
            switch prepare(version, deployment) {
            case .success(let found): ready = found
            case .failure(let why): return .unknown(why.description)
            }
        }
        switch values.decode(value, schema: schema) {
        case .read: return opinion(ready.scorer)
        case .refused(let reason): return .unscorable(code: reason.kind.rawValue)
        case .unknown(let why): return .unknown(why)
        }
    }

    package func check(
        _ prediction: PredictionBytes, under rule: EpochRule, _ record: RecordBytes
    ) -> ScoreCheck? {
        if lastEpoch != rule.epoch || lastVersion != prediction.version {
            if case .failure(let why) = prepare(prediction.version, rule.deployment) {
                return ScoreCheck(score: .unknown(why.description))
            }
        }
        guard let ready = last else {
            return ScoreCheck(score: .unknown("nothing is loaded"))
        }
        let scorer = ready.scorer
        switch values.decode(record) {
        case .read: break
        case .refused(let reason):
            return ScoreCheck(prediction, against: .unscorable(code: reason.kind.rawValue))
        case .unknown(let why): return ScoreCheck(score: .unknown(why))
        }
        guard isSingle, thoroughEvery == 0 else {
            // Away from what is asked of nearly every record.
            return ScoreCheck(prediction, against: opinion(scorer))
        }
        let verdict = scorer.score(values.decoder.input, buffer, output)
        guard verdict.isFinite, output.probabilityCount <= 1,
            unsafe prediction.probabilities == nil
        else { return ScoreCheck(prediction, against: opinion(of: verdict, scorer)) }
        let agrees =
            unsafe prediction.decisions == nil
            && ExpectedScore.agree(verdict.score, prediction.score)
        return unsafe ScoreCheck(
            prediction, score: verdict.score, agrees: agrees,
            hasProbability: hasProbability(prediction),
            label: scorer.labels.isEmpty ? nil : scorer.labelJSON[verdict.classIndex],
            positive: ready.positive, id: values.decoder.id)
    }

    /// Whether the prediction has the probability of what was scored last, of which there is one at
    /// most.
    @inline(__always)
    private func hasProbability(_ prediction: PredictionBytes) -> Bool {
        guard output.probabilityCount == 1 else { return prediction.probability == nil }
        guard let found = prediction.probability else { return false }
        return ExpectedScore.agree(output.probability(0), found)
    }

    private func opinion(_ scorer: Scorer) -> ScoreOpinion {
        opinion(of: scorer.score(values.decoder.input, buffer, output), scorer)
    }

    private func opinion(of verdict: Verdict, _ scorer: Scorer) -> ScoreOpinion {
        let decoder = values.decoder
        guard verdict.isFinite else {
            return .unscorable(code: decoder.code(of: verdict, at: 0).rawValue)
        }
        var found = ExpectedScore(
            score: verdict.score,
            label: scorer.labels.isEmpty
                ? nil : Array(scorer.labelJSON[verdict.classIndex].dropFirst().dropLast()))
        if scorer.model.rule != .single { found.decisions = output.decisionList }
        if output.probabilityCount > 0 { found.probabilities = output.probabilityList }
        found.positive = scorer.positiveJSON
        if thoroughEvery > 0 { found.reference = reference(scorer) }
        return .scored(found, id: decoder.idBytes)
    }

    /// Nil where it was not its turn, and for what the reference does not do.
    private func reference(_ scorer: Scorer) -> Double? {
        asked += 1
        guard asked % thoroughEvery == 0, let text = OwnedInput(values.decoder.input).text,
            let verdict = scorer.referenceVerdict(text)
        else { return nil }
        thoroughlyScored += 1
        return verdict.score
    }

    private func prepare(
        _ version: Int, _ deployment: Deployment
    ) -> Result<Ready, SwerveError> {
        guard let deployed = deployment.versions.first(where: { $0.version == version }) else {
            return .failure(
                SwerveError(
                    .notFound, act: "looking for version \(version)",
                    reason: "epoch \(deployment.epoch) does not have it"))
        }
        let key = Key(digest: deployed.digest, settings: deployment.settings[version])
        do throws(SwerveError) {
            if let words = failed[key] {
                throw SwerveError(.notFound, act: "loading version \(version)", reason: words)
            }
            let ready: Ready
            if let known = made[key] { ready = known } else { ready = try make(deployed, key) }
            made[key] = ready
            values.decoder.install(ready.wants)
            (last, lastEpoch, lastVersion) = (ready, deployment.epoch, version)
            isSingle = ready.scorer.model.rule == .single
            return .success(ready)
        } catch {
            if failed.count < Self.failedMax { failed[key] = error.reason }
            return .failure(error)
        }
    }

    private func make(_ deployed: DeployedVersion, _ key: Key) throws(SwerveError) -> Ready {
        let scorer = try shelf.scorer(deployed, under: key.settings)
        // A version that the shelf has let go of must not stay for its settings alone.
        if made.count >= Self.madeMax { made = [:] }
        return Ready(
            scorer: scorer,
            wants: try PreparedWants([InputWant(scorer.featurizer)], for: settings))
    }

    private static let madeMax = 4
    private static let failedMax = 1_000
}
