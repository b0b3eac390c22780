package import Inputs
package import Lifecycle
import ModelFormats
import Platform
package import Scoring

/// Scores lines outside the stream, by the very code that serves: `swerve score`.
package struct OfflineScorer {
    private let scorer: Scorer
    /// How many contributions to a score are told; nil: none, and no explanation.
    private let explained: Int?
    private let mask: FieldMask
    private let settings: InputSettings

    /// - Parameters:
    ///   - mask: fields that explanations do not tell of.
    ///   - settings: how lines are read.
    package init(
        _ scorer: Scorer, explaining top: Int? = nil, mask: FieldMask = FieldMask(),
        settings: InputSettings = LineDecoder.settings
    ) {
        self.scorer = scorer
        self.settings = settings
        explained = top
        self.mask = mask
    }

    /// Loads an artifact as a worker does: digests, parsing, self-test.
    package init(
        _ artifact: Artifact, explaining top: Int? = nil, mask: FieldMask = FieldMask(),
        settings: InputSettings = LineDecoder.settings
    ) throws(SwerveError) {
        self.init(try Self.load(artifact), explaining: top, mask: mask, settings: settings)
    }

    /// The same scorer under the settings that a deployment has for the version.
    package static func load(
        _ artifact: Artifact, settings: VersionSettings = VersionSettings(),
        isWideAllowed: Bool = true
    ) throws(SwerveError) -> Scorer {
        let stored = try ArtifactManifest(parsing: artifact.manifestBytes)
        var reading = stored.reading
        reading.labelRule = settings.labelRule ?? reading.labelRule
        let manifest = ArtifactManifest(
            format: stored.format, files: stored.files, labels: settings.labels ?? stored.labels,
            threshold: settings.threshold ?? stored.threshold, goldenSource: stored.goldenSource,
            reading: reading)
        return try ScorerLoader.load(artifact, as: manifest, isWideAllowed: isWideAllowed)
    }

    /// Scores each line of `path` (nil: standard input) and hands over one JSON document a line.
    ///
    /// A line that cannot be scored gives `{"error":…,"id":…,"line":…}`; empty lines are passed
    /// over.
    /// - Returns: how many lines could not be scored.
    package func scoreLines(
        of path: String?, _ emit: (JSONValue) -> Void
    ) throws(SwerveError) -> Int {
        let reader = try FileLineReader(path: path)
        let desk = try Desk(self)
        var failures = 0
        try reader.forEach { number, line throws(SwerveError) in
            guard !line.isEmpty else { return true }
            let document = scored(line, number, desk)
            if document["error"] != nil { failures += 1 }
            emit(document)
            return true
        }
        return failures
    }

    /// The same of lines in memory, a document each.
    package func score(_ lines: [[UInt8]]) throws(SwerveError) -> [JSONValue] {
        let desk = try Desk(self)
        return lines.enumerated().map { scored($1.span, $0 + 1, desk) }
    }

    /// What is used for one line after the other.
    private struct Desk {
        let decoder: LineDecoder
        let buffer = FeatureBuffer()
        let output = ScoreOutput()

        init(_ scorer: OfflineScorer) throws(SwerveError) {
            decoder = try LineDecoder(
                scorer.settings, labels: .none,
                want: InputWant(
                    scorer.scorer.featurizer, wantsParts: scorer.explained != nil))
        }
    }

    private func scored(_ line: Span<UInt8>, _ number: Int, _ desk: Desk) -> JSONValue {
        do throws(InputLineRefusal) {
            return document(try desk.decoder.decode(line), number, desk.buffer, desk.output)
        } catch {
            return Self.failure(error.words, id: error.id, line: number)
        }
    }

    private func document(
        _ input: InputLine, _ number: Int, _ buffer: FeatureBuffer, _ output: ScoreOutput
    ) -> JSONValue {
        let verdict = scorer.score(input.input, buffer, output)
        if let fault = verdict.fault {
            let words = scorer.featurizer.words(of: fault)
            return Self.failure(words, id: input.id, line: number)
        }
        guard verdict.score.isFinite else {
            return Self.failure("the score is not a finite number", id: input.id, line: number)
        }
        var fields: [String: JSONValue] = [
            "score": .double(verdict.score),
            "decision": .array(output.decisionList.map { .double($0) }),
        ]
        if !scorer.labels.isEmpty {
            fields["label"] = .string(scorer.labels[verdict.classIndex])
        }
        fields["of"] = scorer.positiveLabel.map { .string($0) }
        fields["id"] = input.id.map(JSONValue.string)
        scorer.addProbabilities(output)
        let probabilities = output.probabilityList
        if let only = probabilities.first {
            fields["probability"] =
                probabilities.count == 1 ? .double(only) : .array(probabilities.map { .double($0) })
        }
        if let explained {
            fields["explanation"] =
                scorer.explain(input.input, top: explained)?.masked(by: mask).json(scorer) ?? .null
        }
        return .object(fields)
    }

    private static func failure(_ words: String, id: String?, line: Int) -> JSONValue {
        var fields: [String: JSONValue] = ["error": .string(words), "line": .int(Int64(line))]
        fields["id"] = id.map(JSONValue.string)
        return .object(fields)
    }
}
