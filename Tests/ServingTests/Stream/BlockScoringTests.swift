import Inputs
import Kafka
import Lifecycle
import Scoring
import Serving
import Testing

/// Batches by versions whose records are scored together, held against the same records one by one.
///
/// The kernel tells equal from unequal, so that its values are whole numbers whatever processor
/// calculates them.
@Suite("Records scored together")
struct BlockScoringTests {
    private let held = HeldRecords()

    private static let fields = #"{"steps":[{"fields":["a","b"]}]}"#
    private static let others = #"{"steps":[{"fields":["b","c"]}]}"#

    /// Vectors (0, 0) … (count - 1, 0): `a` says which is met.
    private static func version(
        _ number: Int, _ spec: String = fields, count: Int = 45, weight: Double = 1,
        refuses: Bool = false
    ) throws -> LoadedVersion {
        let machine = KernelMachine(
            kernel: .rbf(gamma: 1e6), featureCount: 2,
            vectors: (0..<count).flatMap { [Double($0), 0] }, vectorCounts: [count, 0],
            coefficients: (0..<count).map { Double($0) * weight - 8 }, intercepts: [0.5])
        return LoadedVersion(
            deployed: DeployedVersion(
                version: number,
                digest: Digest(sha256: [UInt8](repeating: UInt8(number), count: 32))),
            scorer: try Scorer(
                featurizer: Featurizer(
                    FeaturizerSpec(parsing: Array(spec.utf8), file: "spec.json"), modelFeatures: 2),
                model: Model(
                    task: .classification, classes: ["1", "-1"], rule: .single,
                    function: .kernel(machine), refusesNonFinite: refuses),
                labels: [:], threshold: 0))
    }

    private func records(
        _ count: Int, _ routes: [StagedRecord.Route], longID: Bool = false
    ) -> [StagedRecord] {
        (0..<count).map { index in
            let id =
                longID
                ? String(repeating: "\u{1}", count: Limits.requestIDBytes) : "r-\(index)"
            let quoted = JSONValue.string(id).text
            let value =
                switch index % 11 {
                case 3: "{\(index)"
                case 6: #"{"a":1,"c":0}"#
                case 8: #"{"a":1e308,"b":1e308,"c":1e308,"id":\#(quoted)}"#
                case 9: #"{"a":\#(index),"b":0,"c":1}"#
                default: #"{"a":\#(index % 50),"b":0,"c":0,"id":\#(quoted)}"#
                }
            return StagedRecord(
                view: held.record(value, partition: 3, offset: Int64(index)), index: index,
                route: routes[index % routes.count])
        }
    }

    private func told(_ scorer: borrowing BatchScorer) -> [String] {
        scorer.outcomes.map { outcome in
            switch outcome {
            case .prediction(let bytes), .malformed(let bytes):
                unsafe String(decoding: bytes, as: UTF8.self)
            case .unscorable(let reason): "\(reason.code): \(reason.text)"
            }
        }
    }

    private func scorer(_ set: ServingSet) throws -> BatchScorer {
        var scorer = BatchScorer(
            decoder: try RecordDecoder(), capacity: 1_000, shadowPercent: 100)
        scorer.takeUp(set)
        return scorer
    }

    /// The stable version, the candidate, and whether each gains from blocks.
    private static func lineups() throws -> [(LoadedVersion, LoadedVersion?)] {
        [
            (try version(1), nil), (try version(1, refuses: true), nil),
            (try version(1), try version(2, weight: -2)),
            (try version(1), try version(2, others, weight: 3)),
            (try version(1), try Streams.reading(2, spec: fields, features: 2)),
            (try Streams.reading(1, spec: others, features: 2), try version(2)),
        ]
    }

    @Test(
        "outcomes and counts are those of the records one by one, in their order",
        arguments: [Candidate.Mode.canary, .shadow])
    func together(mode: Candidate.Mode) throws {
        for (stable, candidate) in try Self.lineups() {
            let set = try Streams.set(stable, candidate: candidate, mode: mode)
            let route: StagedRecord.Route = mode == .canary ? .canary : .shadow
            let routes = candidate == nil ? [.stable] : [.stable, route, route, .stable, route]
            for (count, longID) in [(300, false), (0, false), (1, false), (13, true), (8, false)] {
                let batch = records(count, routes, longID: longID)
                var together = try scorer(set)
                together.score(batch)
                var alone = try scorer(set)
                alone.begin()
                for place in batch.indices { alone.score(place..<place + 1, of: batch) }
                #expect(told(together) == told(alone), "\(count)")
                expectSame(together.tally, alone.tally)
                together.scoreShadow(batch, isBehind: false)
                alone.scoreShadow(batch, isBehind: false)
                expectSame(together.tally, alone.tally)
                #expect(together.tally.candidate.scored == 0 || candidate != nil)
                guard count == 300 else { continue }
                let codes = Set(
                    told(together).filter { !$0.hasPrefix("{") }.map { $0.prefix { $0 != ":" } })
                #expect(codes.isSuperset(of: ["not_json", "input_unfit"]), "\(codes)")
                #expect(together.tally.stable.micros.count > 0)
            }
        }
    }

    @Test("blocks that are hardly filled take no more than a sample a beat")
    func samples() throws {
        var scorer = try scorer(try Streams.set(try Self.version(1)))
        let batch = records(400, [.stable])
        scorer.begin()
        for place in stride(from: 0, to: batch.count, by: 2) {
            scorer.score(place..<place + 2, of: batch)
        }
        let tally = scorer.tally.stable
        // The first record's, and one a beat.
        #expect(tally.micros.count > 1)
        #expect(tally.micros.count <= tally.scored / Int64(VersionTally.sampleEvery) + 2)
    }

    private func expectSame(_ one: BatchTally, _ other: BatchTally) {
        for (mine, theirs) in [(one.stable, other.stable), (one.candidate, other.candidate)] {
            #expect(mine.scored == theirs.scored && mine.produced == theirs.produced)
            #expect(mine.byClass == theirs.byClass && mine.buckets == theirs.buckets)
            #expect(mine.producedByClass == theirs.producedByClass)
        }
        #expect(one.comparison.records == other.comparison.records)
        #expect(one.comparison.pairs == other.comparison.pairs)
        #expect(one.comparison.shed == 0 && other.comparison.shed == 0)
    }

    @Test("a block ends with its batch: the next one is of the set taken up then")
    func swaps() throws {
        var scorer = try scorer(try Streams.set(try Self.version(1)))
        let batch = records(13, [.stable])
        scorer.score(batch)
        scorer.takeUp(try Streams.set(try Self.version(2), epoch: 9))
        scorer.score(batch)
        let outcomes = told(scorer)
        #expect(outcomes.count == 13)
        #expect(
            outcomes.filter { $0.hasPrefix("{") }
                .allSatisfy { $0.contains(#""version":2,"epoch":9"#) })
    }

    @Test("a key with which no prediction could be sent touches no other record of the block")
    func longKey() throws {
        var scorer = BatchScorer(
            decoder: try RecordDecoder(), capacity: 10, shadowPercent: 100, predictionBytes: 1_000)
        scorer.takeUp(try Streams.set(try Self.version(1)))
        scorer.score(
            [100, 990, 10].enumerated().map { index, length in
                StagedRecord(
                    view: held.record(
                        #"{"a":1,"b":0}"#, key: String(repeating: "k", count: length)),
                    index: index, route: .stable)
            })
        #expect(told(scorer).map { $0.hasPrefix("too_large") } == [false, true, false])
        #expect(scorer.tally.stable.produced == 2)
        #expect(scorer.tally.stable.scored == 3)
    }
}
