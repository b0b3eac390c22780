import Lifecycle
import ModelFormats
import Platform
import Registry
import Requests
import Scoring

/// The versions of the demo, loaded from the registry by digest as a worker does, in this process.
final class OfflineScorers: OfflineScoring {
    private var scorers: [Int: Scorer] = [:]
    private var parsers: [Int: InputLineParser] = [:]
    private let fields: InputFields
    private let buffer = FeatureBuffer()
    private let output = ScoreOutput()

    init() throws(SwerveError) {
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
        let scorer = try ScorerLoader.load(
            artifact, as: ArtifactManifest(parsing: artifact.manifestBytes))
        scorers[deployed.version] = scorer
        parsers[deployed.version] = try InputLineParser(
            fields: fields, label: "swerve demo: no label", want: InputWant(scorer.featurizer))
    }

    func scores(version: Int, value: [UInt8], isThorough: Bool) -> [ExpectedScore] {
        guard let scorer = scorers[version], let input = input(of: value, version) else {
            return []
        }
        let verdict = scorer.score(input, buffer, output)
        let found = Self.expected(verdict.score, scorer)
        guard isThorough, let text = input.text, let reference = scorer.referenceScore(text) else {
            return [found]
        }
        return [found, Self.expected(reference, scorer)]
    }

    private func input(of value: [UInt8], _ version: Int) -> OwnedInput? {
        do throws(InputLineRefusal) {
            return try parsers[version]?.parse(value).input
        } catch {
            return nil
        }
    }

    private static func expected(_ score: Double, _ scorer: Scorer) -> ExpectedScore {
        let label = scorer.labelJSON[
            score > scorer.threshold ? scorer.model.positive : 1 - scorer.model.positive]
        return ExpectedScore(score: score, label: Array(label.dropFirst().dropLast()))
    }
}
