import CBench
import Inputs
import Lifecycle
import Platform
import Scoring

/// Times one scorer on inputs in memory, on the calling thread.
final class ScorePass {
    /// What one pass found.
    struct Figures {
        var records = 0
        var nanoseconds: UInt64 = 0
        /// The sum of all scores (of all counts of features, where nothing is scored): keeps the
        /// optimiser from leaving the work out, and tells whether peers agree.
        var checksum = 0.0
        /// Inputs that could not be scored.
        var faults = 0
        /// Of the program's own code, during the pass; nil where nobody counts.
        var allocations: Int?
    }

    let scorer: Scorer
    private let inputs: ScoreInputs
    private let decoder: RecordDecoder
    private let buffer = FeatureBuffer()
    private let output = ScoreOutput()
    private let block = ScoreBlock()
    private let clockNs: UInt64

    init(_ scorer: Scorer, _ inputs: ScoreInputs) throws(SwerveError) {
        self.scorer = scorer
        self.inputs = inputs
        decoder = try RecordDecoder()
        decoder.install(try PreparedWants([InputWant(scorer.featurizer)], for: InputSettings()))
        clockNs = Self.costOfClock()
    }

    /// `count` inputs from `first` on, round and round, `repeats` times.
    func run(_ way: ScoreWay, first: Int, count: Int, repeats: Int) -> Figures {
        var figures = Figures()
        bench_forget_sites()
        let allocated = bench_own_allocations()
        let began = MonotonicClock.now
        var outside: UInt64 = 0
        for _ in 0..<repeats {
            switch way {
            case .json: json(first, count, &figures)
            case .input: input(first, count, &figures)
            case .jsonBlocks: jsonBlocks(first, count, &figures)
            case .blocks: blocks(first, count, &figures)
            case .score: outside &+= score(first, count, &figures)
            case .featurize: featurize(first, count, &figures)
            case .parseAndFeaturize: parseAndFeaturize(first, count, &figures)
            }
        }
        figures.nanoseconds = MonotonicClock.now &- began &- outside
        if allocated >= 0 { figures.allocations = Int(bench_own_allocations() - allocated) }
        figures.records = count * repeats
        return figures
    }

    /// Decisions, then probabilities, of one input; empty where it has a fault.
    func values(_ index: Int) -> [Double] {
        let verdict = scorer.score(inputs.views[index % inputs.count], buffer, output)
        guard verdict.fault == nil else { return [] }
        scorer.addProbabilities(output)
        return output.decisionList + output.probabilityList
    }

    private func json(_ first: Int, _ count: Int, _ figures: inout Figures) {
        forEach(first, count) { index in
            guard unsafe decoder.decode(inputs.records[index]) == nil else {
                figures.faults += 1
                return
            }
            take(scorer.score(decoder.input, buffer, output), output, &figures)
        }
    }

    private func jsonBlocks(_ first: Int, _ count: Int, _ figures: inout Figures) {
        forEach(first, count) { index in
            guard unsafe decoder.decode(inputs.records[index]) == nil else {
                figures.faults += 1
                return
            }
            scorer.add(decoder.input, buffer, to: block)
            if block.count == scorer.blockSize { settle(&figures) }
        }
        settle(&figures)
    }

    private func blocks(_ first: Int, _ count: Int, _ figures: inout Figures) {
        forEach(first, count) { index in
            scorer.add(inputs.views[index], buffer, to: block)
            if block.count == scorer.blockSize { settle(&figures) }
        }
        settle(&figures)
    }

    private func settle(_ figures: inout Figures) {
        scorer.decide(block)
        for place in 0..<block.count {
            take(block.verdict(place), block.output(place), &figures)
        }
        block.begin()
    }

    private func input(_ first: Int, _ count: Int, _ figures: inout Figures) {
        forEach(first, count) { index in
            take(scorer.score(inputs.views[index], buffer, output), output, &figures)
        }
    }

    /// - Returns: nanoseconds that went into making features and reading the clock.
    private func score(_ first: Int, _ count: Int, _ figures: inout Figures) -> UInt64 {
        var outside: UInt64 = 0
        var from = MonotonicClock.now
        forEach(first, count) { index in
            scorer.featurizer.features(of: inputs.views[index], into: buffer)
            let made = MonotonicClock.now
            outside &+= made &- from &+ clockNs
            take(scorer.score(buffer, output), output, &figures)
            from = MonotonicClock.now
        }
        return outside
    }

    private func featurize(_ first: Int, _ count: Int, _ figures: inout Figures) {
        forEach(first, count) { index in
            scorer.featurizer.features(of: inputs.views[index], into: buffer)
            countFeatures(&figures)
        }
    }

    private func parseAndFeaturize(_ first: Int, _ count: Int, _ figures: inout Figures) {
        forEach(first, count) { index in
            guard unsafe decoder.decode(inputs.records[index]) == nil else {
                figures.faults += 1
                return
            }
            scorer.featurizer.features(of: decoder.input, into: buffer)
            countFeatures(&figures)
        }
    }

    @inline(__always)
    private func forEach(_ first: Int, _ count: Int, _ body: (Int) -> Void) {
        var index = first % inputs.count
        for _ in 0..<count {
            body(index)
            index += 1
            if index == inputs.count { index = 0 }
        }
    }

    @inline(__always)
    private func take(_ verdict: Verdict, _ output: ScoreOutput, _ figures: inout Figures) {
        guard verdict.fault == nil else {
            figures.faults += 1
            return
        }
        // As a worker does, where the model gives probabilities.
        scorer.addProbabilities(output)
        figures.checksum += verdict.score
        if output.probabilityCount > 0 { figures.checksum += output.probability(0) }
    }

    @inline(__always)
    private func countFeatures(_ figures: inout Figures) {
        if buffer.fault == nil {
            figures.checksum += Double(buffer.featureCount)
        } else {
            figures.faults += 1
        }
    }

    /// What one look at the clock takes, in nanoseconds.
    private static func costOfClock() -> UInt64 {
        var least = UInt64.max
        for _ in 0..<20 {
            let began = MonotonicClock.now
            var last = began
            for _ in 0..<1_000 { last = MonotonicClock.now }
            least = min(least, (last &- began) / 1_000)
        }
        return least
    }
}
