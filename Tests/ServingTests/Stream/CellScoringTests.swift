import Inputs
import Kafka
import Lifecycle
import Scoring
import Serving
import TestSupport
import Testing

/// From records to counts by cell: routed and scored as a worker does, against a reference that
/// knows only keys, clients and what the two versions have to say.
@Suite("scoring by cell")
struct CellScoringTests {
    private let held = HeldRecords()

    /// One record, and what follows from it.
    private struct Case {
        var key: String?
        var client: String?
        /// What the stable version and the candidate say: that number, or nothing.
        var stable: Int?
        var candidate: Int?

        var text: String {
            var fields = [#""id":"x""#]
            if let client { fields.append(#""who":{"ip":\#(JSONValue.string(client).text)}"#) }
            if let stable { fields.append(#""a":\#(stable)"#) }
            if let candidate { fields.append(#""b":\#(candidate)"#) }
            return "{" + fields.joined(separator: ",") + "}"
        }
    }

    private struct Counts: Equatable {
        var columns = [[Int64]](repeating: [Int64](repeating: 0, count: 64), count: 6)
        var keyed: Int64 = 0
        var shed: Int64 = 0

        mutating func add(_ one: Case, hash: UInt32, isKeyed: Bool) {
            let cell = Int(hash & 63)
            switch (one.stable, one.candidate) {
            case (let stable?, let candidate?):
                columns[0][cell] += 1
                if stable > 0 { columns[1][cell] += 1 }
                if stable <= 0, candidate > 0 { columns[2][cell] += 1 }
                if stable > 0, candidate <= 0 { columns[3][cell] += 1 }
                if isKeyed { keyed += 1 }
            case (_?, nil): columns[4][cell] += 1
            case (nil, _?): columns[5][cell] += 1
            case (nil, nil): break
            }
        }

        init() {}

        init(_ comparison: VersionComparison?) {
            guard let told = comparison, let cells = told.cells else { return }
            columns = ComparisonCells.Column.allCases.map { cells[$0] }
            keyed = told.keyed ?? -1
            shed = told.shed
        }
    }

    private func cases(_ count: Int, _ random: inout SeededGenerator) -> [Case] {
        func number() -> Int? {
            Int.random(in: 0..<9, using: &random) == 0
                ? nil : Int.random(in: -3...3, using: &random)
        }
        return (0..<count).map { _ in
            var one = Case(stable: number(), candidate: number())
            if Int.random(in: 0..<4, using: &random) > 0 {
                one.key = "key-\(Int.random(in: 0..<300, using: &random))"
            }
            if Int.random(in: 0..<4, using: &random) > 0 {
                one.client = "10.0.0.\(Int.random(in: 0..<200, using: &random))"
            }
            return one
        }
    }

    /// Two versions, of which each says the number in one field; `a` or `b` is missed by one alone.
    private func versions(inBlocks: Bool) throws -> (LoadedVersion, LoadedVersion) {
        let specs = ["a", "b"].map { #"{"steps":[{"fields":["\#($0)"]}]}"# }
        let stable = try Streams.reading(1, spec: specs[0], features: 1)
        guard inBlocks else {
            return (stable, try Streams.reading(2, spec: specs[1], features: 1))
        }
        // As many vectors as are worth blocks; of -3 … 3 those above 0 are met by one that alerts.
        let machine = KernelMachine(
            kernel: .rbf(gamma: 1e6), featureCount: 1, vectors: (0..<50).map { Double($0 - 20) },
            vectorCounts: [50, 0], coefficients: (0..<50).map { $0 > 20 ? 1 : -1 },
            intercepts: [0])
        let candidate = LoadedVersion(
            deployed: DeployedVersion(
                version: 2, digest: Digest(sha256: [UInt8](repeating: 2, count: 32))),
            scorer: try Scorer(
                featurizer: Featurizer(
                    FeaturizerSpec(parsing: Array(specs[1].utf8), file: "spec.json"),
                    modelFeatures: 1),
                model: Model(
                    task: .classification, classes: ["1", "-1"], rule: .single,
                    function: .kernel(machine), refusesNonFinite: false),
                labels: ["attack": "1", "normal": "-1"], threshold: 0))
        return (stable, candidate)
    }

    private func input(byClient: Bool) throws -> InputSettings {
        InputSettings(format: .json(try InputFields(client: byClient ? "who.ip" : nil)))
    }

    struct Way: Sendable, CustomTestStringConvertible {
        var mode: Candidate.Mode
        var byClient: Bool
        var inBlocks: Bool
        var testDescription: String {
            "\(mode.rawValue)\(byClient ? ", by client" : "")\(inBlocks ? ", in blocks" : "")"
        }

        static let all = [Candidate.Mode.canary, .shadow].flatMap { mode in
            [false, true].flatMap { byClient in
                [false, true].map { Way(mode: mode, byClient: byClient, inBlocks: $0) }
            }
        }
    }

    @Test(
        "counts are those of the reference, with shed records and those without a key",
        arguments: Way.all)
    func reference(way: Way) throws {
        let salt: UInt32 = 7
        let input = try input(byClient: way.byClient)
        let (stable, candidate) = try versions(inBlocks: way.inBlocks)
        let set = try Streams.set(
            stable, candidate: candidate, mode: way.mode, share: 3_000, input: input)
        #expect((stable.scorer.blockSize > 1 || candidate.scorer.blockSize > 1) == way.inBlocks)
        var scorer = BatchScorer(
            decoder: try RecordDecoder(input), capacity: 500, shadowPercent: 100)
        scorer.takeUp(set)
        var ledger = ServingLedger()
        ledger.takeUp(set.lineup, epoch: 3)
        var random = SeededGenerator(seed: 42)
        var expected = Counts()
        var offset: Int64 = 0
        for batch in 0..<12 {
            let isBehind = way.mode == .shadow && batch % 4 == 3
            var staged: [StagedRecord] = []
            for (index, one) in cases(400, &random).enumerated() {
                offset += 1
                let view = held.record(one.text, key: one.key, partition: 2, offset: offset)
                let (route, cell) = RecordRouter.route(of: view, for: set)
                staged.append(StagedRecord(view: view, index: index, route: route, cell: cell))
                let place = [0, 0, 0, 2] + (0..<8).map { UInt8(offset >> (56 - 8 * $0) & 255) }
                let hash = MurmurHash3.hash32(one.key.map { Array($0.utf8) } ?? place, seed: salt)
                // Who decides follows from the key, whatever the cell follows from.
                let isTried = (UInt64(hash) * 10_000) >> 32 < 3_000
                #expect((route != .stable) == isTried)
                guard isTried else { continue }
                if isBehind {
                    expected.shed += 1
                } else if way.byClient {
                    let client = one.client.map { MurmurHash3.hash32(Array($0.utf8), seed: salt) }
                    expected.add(one, hash: client ?? 0, isKeyed: client != nil)
                } else {
                    expected.add(one, hash: hash, isKeyed: one.key != nil)
                }
            }
            scorer.score(staged)
            scorer.scoreShadow(staged, isBehind: isBehind)
            ledger.add(scorer.tally)
        }
        let told = Counts(ledger.versionComparison)
        #expect(told == expected)
        #expect(expected.columns[0].reduce(0, +) > 500 && expected.keyed > 0)
        #expect(expected.columns.allSatisfy { $0.reduce(0, +) > 0 })
        #expect((expected.shed > 0) == (way.mode == .shadow))
    }

    @Test("a key of no bytes is none, and tells nobody from nobody")
    func emptyKey() throws {
        let set = try Streams.set(
            try Streams.constant(1, score: 1), candidate: try Streams.constant(2, score: 1),
            share: 10_000)
        let keys: [(String?, Bool)] = [("k", true), ("", false), (nil, false)]
        for (key, isKeyed) in keys {
            let (route, cell) = RecordRouter.route(of: held.record("", key: key), for: set)
            #expect(route == .canary && cell.isKeyed == isKeyed)
        }
        // One key like any other all the same: whatever their places, such records are together.
        let hash = MurmurHash3.hash32([] as [UInt8], seed: set.deployment.salt)
        for offset in 0..<20 as Range<Int64> {
            let view = held.record("", key: "", offset: offset)
            #expect(RecordRouter.route(of: view, for: set).1.index == Int(hash & 63))
        }
    }
}
