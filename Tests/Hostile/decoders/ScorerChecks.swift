import Lifecycle
import ModelFormats
import Scoring

/// What holds of a scorer that was accepted, whatever its numbers are.
enum ScorerChecks {
    /// Inputs are made for no more numbers than this.
    private static let numbersMost = 1_024

    static func run(_ scorer: Scorer, also golden: [GoldenInput]) {
        expect(
            scorer.featurizer.featureCount == scorer.model.featureCount,
            "a featurizer of another model")
        expect(scorer.labels.count == scorer.model.classes.count, "labels of other classes")
        let buffer = FeatureBuffer()
        let output = ScoreOutput()
        var own: [GoldenInput] = []
        for input in inputs(scorer.featurizer) + golden.prefix(2).map(\.input) {
            guard score(input, scorer, buffer, output) else { continue }
            let decision = output.decisionList
            if decision.allSatisfy(\.isFinite) {
                own.append(GoldenInput(input: input, decision: decision))
            }
        }
        guard !own.isEmpty else { return }
        loads(own, scorer)
    }

    /// Scores an input twice, with another one between.
    ///
    /// - Returns: whether it has decisions, which are the output's then.
    private static func score(
        _ input: OwnedInput, _ scorer: Scorer, _ buffer: FeatureBuffer, _ output: ScoreOutput
    ) -> Bool {
        let first = scorer.score(input, buffer, output)
        if let fault = first.fault {
            expect(!scorer.featurizer.words(of: fault).isEmpty, "a fault without words")
            expect(output.decisionCount == 0, "decisions beside a fault")
            return false
        }
        check(first, scorer, output)
        let decisions = output.decisionList
        if first.isFinite {
            scorer.addProbabilities(output)
            let probabilities = output.probabilityList
            expect(
                probabilities.allSatisfy { $0.isNaN || (0...1).contains($0) },
                "probabilities \(probabilities)")
        }
        let explanation = scorer.explain(input, top: 3)
        expect(first.isFinite || explanation == nil, "what has no score is explained")
        _ = scorer.score(OwnedInput(text: [0x41]), buffer, output)
        let second = scorer.score(input, buffer, output)
        expect(isSame(first, second), "an input scored twice is two")
        expect(
            decisions.map(\.bitPattern) == output.decisionList.map(\.bitPattern),
            "an input decided twice is two")
        return true
    }

    private static func check(_ verdict: Verdict, _ scorer: Scorer, _ output: ScoreOutput) {
        let model = scorer.model
        expect(output.decisionCount == model.decisionCount, "too few decisions")
        expect(
            (0..<max(1, model.classes.count)).contains(verdict.classIndex), "a label of no class")
        let isFinite = output.decisionList.allSatisfy(\.isFinite)
        expect(verdict.isFinite == isFinite, "a score without decisions, or the other way round")
    }

    private static func isSame(_ one: Verdict, _ other: Verdict) -> Bool {
        one.classIndex == other.classIndex && one.score.bitPattern == other.score.bitPattern
    }

    /// What an artifact would carry is read back as it was, and holds at each load.
    private static func loads(_ own: [GoldenInput], _ scorer: Scorer) {
        do throws(SwerveError) {
            let bytes = try GoldenFile.encode(own)
            let read = try GoldenFile.parse(NamedBytes(name: "golden", bytes: bytes))
            expect(try GoldenFile.encode(read) == bytes, "golden inputs written twice are two")
            try SelfTest.run(scorer, on: read)
        } catch {
            fail("what was scored does not load: \(error)")
        }
    }

    // MARK: - Inputs

    private static let text = Array("POST /Ünï?q=1 union\nsélect  a-b\t\u{130}".utf8)
    private static let numbers = [1, -2.5, 0, 1e6, 200, -0.0, 1e-300, 3]

    private static func inputs(_ featurizer: Featurizer) -> [OwnedInput] {
        let width = max(featurizer.denseCount ?? 0, featurizer.sparseCount ?? 0)
        // A record that lacks everything, as there are records like it.
        guard width <= numbersMost else { return [OwnedInput()] }
        return [
            OwnedInput(),
            input(featurizer, text: text) { numbers[$0 % numbers.count] },
            input(featurizer, text: []) { $0.isMultiple(of: 3) ? .nan : 0 },
            input(featurizer, text: text + [0xFF, 0xC3]) { $0.isMultiple(of: 2) ? 1e300 : -7 },
        ]
    }

    private static func input(
        _ featurizer: Featurizer, text: [UInt8], number: (Int) -> Double
    ) -> OwnedInput {
        var input = OwnedInput(text: text)
        let (texts, codes) = (featurizer.sampleTexts, featurizer.sampleNumbers)
        for (place, name) in featurizer.textNames.enumerated() {
            let own = texts[name] ?? [text]
            input.texts[name] = own[(place + text.count) % own.count]
        }
        for (place, name) in featurizer.fieldNames.enumerated() where !number(place).isNaN {
            let own = codes[name] ?? [number(place)]
            input.fields[name] = own[(place + text.count) % own.count]
        }
        input.dense = featurizer.denseCount.map { (0..<$0).map(number) }
        let first = featurizer.readsIndexZero ? -1 : 0
        input.sparse = featurizer.sparseCount.map { count in
            (0..<count).filter { number($0) != 0 && !number($0).isNaN }
                .map { Feature(index: $0 + first, value: number($0)) }
        }
        return input
    }
}
