import ArgumentParser
import Catalogue
import Inputs
import Kafka
import Lifecycle
import Platform
import Scoring
import Serving

/// What a canary costs a worker's poll thread: records routed, scored by one version or by both,
/// and counted, by the code that serves, without Kafka.
struct CanaryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "canary", abstract: "Route, score and count batches beside a candidate.",
        discussion: """
            The candidate is the same model, so that both agree and every record is a pair. Prints \
            nanoseconds of processor time a record: of each round, and of the fastest.
            """)

    @OptionGroup var source: ScoreSource

    @Option(help: "JSON lines, plain or gzip, as swerve score reads them.")
    var inputs: String

    @Option(help: "Read at most so many inputs.")
    var limit: Int?

    @Option(help: "The candidate's share, in percent; 0 is without a candidate.")
    var share: [Int] = [0, 25]

    @Option(help: "Keys of records: so many clients.")
    var clients = 1_000

    @Option(help: "How many rounds, after one that counts for nothing.")
    var rounds = 15

    func validate() throws {
        guard rounds > 0, clients > 0, share.allSatisfy({ 0...100 ~= $0 }) else {
            throw ValidationError("--rounds, --clients or --share is out of its range")
        }
    }

    func run() throws {
        MemoryPolicy.apply()
        let scorer = try OfflineScorer.load(try source.artifact())
        let inputs = try ScoreInputs(path: inputs, for: scorer.featurizer, limit: limit)
        let memory = KeptMemory()
        var views: [RecordView] = []
        for index in 0..<inputs.count {
            let key = Array("client-\(index &* 7_919 % clients)".utf8)
            let kept = unsafe key.withUnsafeBufferPointer { unsafe memory.keep($0) }
            unsafe views.append(
                RecordView(
                    value: inputs.records[index], key: kept, partition: 0, offset: Int64(index)))
        }
        let passes = try share.map { percent in
            try Pass(percent, TeamCommand.set(scorer, 1, canary: percent))
        }
        for round in 0...rounds {
            for pass in passes { pass.run(views, counts: round > 0) }
        }
        for pass in passes {
            Output.line([
                "share_percent": .int(Int64(pass.percent)), "pairs": .int(pass.pairs),
                "ns_per_record": .array(pass.times.map { .double($0.rounded()) }),
                "fastest_ns_per_record": .double(pass.times.min() ?? .nan),
            ])
        }
        withExtendedLifetime(memory) {}
    }

    /// One share, round after round.
    private final class Pass {
        let percent: Int
        private(set) var times: [Double] = []
        private let set: ServingSet
        private var scorer: BatchScorer
        private var ledger = ServingLedger()

        init(_ percent: Int, _ set: ServingSet) throws {
            self.percent = percent
            self.set = set
            scorer = BatchScorer(
                decoder: try RecordDecoder(), capacity: Self.batch, shadowPercent: 0)
            scorer.takeUp(set)
            ledger.takeUp(set.lineup, epoch: 1)
        }

        var pairs: Int64 { ledger.versionComparison?.records ?? 0 }

        func run(_ views: [RecordView], counts: Bool) {
            // Each round is the records' first time.
            var tracker = DeliveryTracker(batchLimit: 1_000_000, partitionCount: 1)
            tracker.assigned([0])
            var router = RecordRouter(capacity: Self.batch)
            let before = ProcessUsage.threadProcessorTimeNs
            for start in stride(from: 0, to: views.count, by: Self.batch) {
                router.begin(&tracker)
                for index in start..<min(views.count, start + Self.batch) {
                    router.stage(views[index], at: index - start, for: set, &tracker)
                }
                scorer.score(router.staged)
                ledger.add(scorer.tally)
                tracker.close()
            }
            let spent = ProcessUsage.threadProcessorTimeNs &- before
            if counts { times.append(Double(spent) / Double(views.count)) }
        }

        private static let batch = 1_000
    }
}
