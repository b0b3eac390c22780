package import Inputs
package import Lifecycle
import ModelFormats
import Platform
package import Scoring

/// Versions loaded by digest as a worker loads them, in this process.
///
/// One thread.
package final class OfflineScorers: OfflineScoring {
    private let settings: InputSettings
    private let decoder: RecordDecoder
    private var scorers: [Int: (scorer: Scorer, wants: PreparedWants)] = [:]
    private let buffer = FeatureBuffer()
    private let output = ScoreOutput()

    /// - Parameter settings: as the workers read records, to the same refusals.
    package init(_ settings: InputSettings = InputSettings()) throws(SwerveError) {
        self.settings = settings
        decoder = try RecordDecoder(settings)
    }

    /// Loads a version, so that its scores can be asked for; blocking.
    ///
    /// - Throws: what the source throws; `.invalid` where the artifact is not the digest's, or
    ///   cannot be loaded.
    package func load(
        _ deployed: DeployedVersion, from source: any ArtifactSource
    ) throws(SwerveError) {
        let artifact = try source.artifact(deployed.digest)
        guard ContentHash.sha256(artifact.manifestBytes) == deployed.digest else {
            throw SwerveError(
                .invalid, act: "loading version \(deployed.version) for the check",
                reason: "the registry's manifest has another digest")
        }
        try add(
            ScorerLoader.load(artifact, as: ArtifactManifest(parsing: artifact.manifestBytes)),
            version: deployed.version)
    }

    package func add(_ scorer: Scorer, version: Int) throws(SwerveError) {
        scorers[version] = (
            scorer, try PreparedWants([InputWant(scorer.featurizer)], for: settings)
        )
    }

    package func scores(version: Int, value: [UInt8], isThorough: Bool) -> [ExpectedScore] {
        guard let (scorer, wants) = scorers[version] else { return [] }
        decoder.install(wants)
        guard decoder.decode(value.span) == nil else { return [] }
        let input = decoder.input
        let verdict = scorer.score(input, buffer, output)
        guard verdict.fault == nil else { return [] }
        var found = Self.expected(verdict, scorer)
        if scorer.model.rule != .single { found.decisions = output.decisionList }
        guard isThorough, let text = OwnedInput(input).text,
            let reference = scorer.referenceVerdict(text)
        else { return [found] }
        return [found, Self.expected(reference, scorer)]
    }

    private static func expected(_ verdict: Verdict, _ scorer: Scorer) -> ExpectedScore {
        guard !scorer.labels.isEmpty else { return ExpectedScore(score: verdict.score, label: nil) }
        let label = scorer.labelJSON[verdict.classIndex].dropFirst().dropLast()
        return ExpectedScore(score: verdict.score, label: Array(label))
    }
}
