import ArgumentParser
import Catalogue
import Inputs
import Kafka
import Lifecycle
import Platform
import Scoring
import Serving

/// What several scoring threads of a worker gain: batches from records' bytes to predictions'
/// bytes, by the code that serves, without Kafka.
struct TeamCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "team", abstract: "Score batches with one scoring thread and with more.",
        discussion: """
            Each round scores the same records with each number of threads in turn, batch by batch \
            as a poll hands them over. 0 threads are the scorer alone, without the team around it. \
            Prints the records a second of each round, and the ratio of the medians to one thread.
            """)

    @OptionGroup var source: ScoreSource

    @Option(help: "JSON lines, plain or gzip, as swerve score reads them.")
    var inputs: String

    @Option(help: "Read at most so many inputs.")
    var limit: Int?

    @Option(help: "Scoring threads. Repeatable.")
    var threads: [Int] = [0, 1, 2]

    @Option(help: "Records of a batch.")
    var batch = 1_000

    @Option(help: "How many rounds, after one that counts for nothing.")
    var rounds = 9

    @Flag(help: "Divide only what is costly, as scoring_threads: auto does.")
    var byCost = false

    func validate() throws {
        guard rounds > 0, batch > 0, threads.allSatisfy({ 0...Limits.scoringThreads ~= $0 })
        else { throw ValidationError("--rounds, --batch or --threads is out of its range") }
    }

    func run() throws {
        MemoryPolicy.apply()
        let scorer = try OfflineScorer.load(try source.artifact())
        let inputs = try ScoreInputs(path: inputs, for: scorer.featurizer, limit: limit)
        let batches = batches(of: inputs)
        let passes = try threads.map { threads in
            try Pass(threads, set: try Self.set(scorer, threads), batch: batch, byCost: byCost)
        }
        for pass in passes { pass.run(batches) }
        passes.forEach { $0.forget() }
        for _ in 0..<rounds { for pass in passes { pass.run(batches) } }
        let one = passes.first { $0.threads == 1 }
        for pass in passes {
            Output.line([
                "threads": .int(Int64(pass.threads)),
                "records_per_s": .array(pass.rates.map { .double($0.rounded()) }),
                "to_one_thread": one.map { .double(pass.median / $0.median) } ?? .null,
                "bytes_agree": .bool(pass.checksum == passes[0].checksum),
            ])
        }
    }

    private func batches(of inputs: ScoreInputs) -> [[StagedRecord]] {
        stride(from: 0, to: inputs.count, by: batch).map { start in
            (start..<min(inputs.count, start + batch)).map { index in
                StagedRecord(
                    view: unsafe RecordView(
                        value: inputs.records[index], key: nil, partition: 0, offset: Int64(index)),
                    index: index - start, route: .stable)
            }
        }
    }

    /// What serves one version alone, or beside itself as a canary of so many percent.
    static func set(
        _ scorer: Scorer, _ threads: Int, input: InputSettings = InputSettings(), canary: Int = 0
    ) throws -> ServingSet {
        let versions = (1...(canary > 0 ? 2 : 1)).map { number in
            LoadedVersion(
                deployed: DeployedVersion(
                    version: number,
                    digest: Digest(sha256: [UInt8](repeating: UInt8(number), count: 32))),
                scorer: scorer)
        }
        let candidate =
            canary == 0
            ? nil
            : Candidate(
                deployed: versions[1].deployed, mode: .canary,
                share: try Share(tenThousandths: canary * 100))
        let set = try ServingSet(
            deployment: Deployment(
                model: try ModelName("bench"), epoch: 1, stable: versions[0].deployed,
                candidate: candidate, salt: 0),
            loaded: versions, inputTopic: "in", partitionCount: 1, input: input,
            threads: max(1, threads), loadedMs: 0)
        guard let set else { throw ValidationError("the model is no version") }
        return set
    }

    /// One number of threads, round after round.
    private final class Pass {
        let threads: Int
        private(set) var rates: [Double] = []
        private(set) var checksum: UInt64 = 0
        private var scorer: BatchScorer?
        private var team: ScoringTeam?

        init(_ threads: Int, set: ServingSet, batch: Int, byCost: Bool) throws {
            self.threads = threads
            let bytes = RecordProducer.recordBytesMax
            if threads == 0 {
                var scorer = BatchScorer(
                    decoder: try RecordDecoder(), capacity: batch, shadowPercent: 0,
                    predictionBytes: bytes)
                scorer.takeUp(set)
                self.scorer = consume scorer
            } else {
                var team = try ScoringTeam(
                    decoders: try (0..<threads).map { _ in try RecordDecoder() },
                    isByCost: byCost, capacity: batch, shadowPercent: 0, predictionBytes: bytes,
                    progress: ProgressCounter())
                team.takeUp(set)
                self.team = consume team
            }
        }

        var median: Double { rates.sorted()[rates.count / 2] }

        func forget() { rates = [] }

        func run(_ batches: [[StagedRecord]]) {
            checksum = 0
            var nanoseconds: UInt64 = 0
            for batch in batches {
                let began = MonotonicClock.now
                scorer?.score(batch)
                team?.score(batch)
                nanoseconds &+= MonotonicClock.now &- began
                add(scorer?.outcomes ?? [])
                add(team?.outcomes ?? [])
            }
            let records = batches.reduce(0) { $0 + $1.count }
            rates.append(Double(records) * 1e9 / Double(max(1, nanoseconds)))
        }

        private func add(_ outcomes: [RecordOutcome]) {
            for case .prediction(let bytes) in outcomes {
                for index in 0..<bytes.count {
                    checksum = (checksum ^ UInt64(unsafe bytes[index])) &* 0x100_0000_01B3
                }
            }
        }
    }
}
