import Inputs
package import Lifecycle
import ModelFormats
import Platform
import Registry
package import Scoring

/// The versions of the demo, loaded from the registry by digest as a worker does, in this process.
package final class OfflineScorers: OfflineScoring {
    private var scorers: [Int: Scorer] = [:]
    private var parsers: [Int: InputLineParser] = [:]
    private let fields: InputFields
    private let buffer = FeatureBuffer()
    private let output = ScoreOutput()

    package init() throws(SwerveError) {
        // Only the input is wanted here; names that no record has keep the rest from being read.
        fields = try InputFields(id: "swerve demo: no id")
    }

    func load(_ deployed: DeployedVersion, registry path: String) throws(SwerveError) {
        let artifact = try RegistryArtifacts(path: path).artifact(deployed.digest)
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
        scorers[version] = scorer
        parsers[version] = try InputLineParser(
            fields: fields, label: "swerve demo: no label", want: InputWant(scorer.featurizer))
    }

    package func scores(version: Int, value: [UInt8], isThorough: Bool) -> [ExpectedScore] {
        guard let scorer = scorers[version], let input = input(of: value, version) else {
            return []
        }
        var found = Self.expected(scorer.score(input, buffer, output), scorer)
        if scorer.model.rule != .single { found.decisions = output.decisionList }
        guard isThorough, let text = input.text, let reference = scorer.referenceVerdict(text)
        else { return [found] }
        return [found, Self.expected(reference, scorer)]
    }

    private func input(of value: [UInt8], _ version: Int) -> OwnedInput? {
        do throws(InputLineRefusal) {
            return try parsers[version]?.parse(value).input
        } catch {
            return nil
        }
    }

    private static func expected(_ verdict: Verdict, _ scorer: Scorer) -> ExpectedScore {
        guard !scorer.labels.isEmpty else { return ExpectedScore(score: verdict.score, label: nil) }
        let label = scorer.labelJSON[verdict.classIndex].dropFirst().dropLast()
        return ExpectedScore(score: verdict.score, label: Array(label))
    }
}
