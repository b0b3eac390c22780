import Inputs
import Lifecycle
import Platform
import Scoring
import Testing

@testable import Verification

/// What one thread reads and another one scores is what one thread alone would find.
@Suite("Scores computed beside the reading")
struct ScoreLaneTests {
    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private static func prediction(
        _ offset: Int64, score: Double = 0.5, label: String? = "1", id: String? = nil,
        decisions: [Double]? = nil
    ) -> Verification.Prediction {
        var prediction = Verification.Prediction(
            version: 1, epoch: 1, role: .stable, score: score, label: label.map(bytes),
            partition: 3, offset: offset, id: id.map(bytes))
        prediction.decisions = decisions
        return prediction
    }

    @Test("requests are what was put, and nothing is put beside what fills them")
    func requests() {
        var requests = ScoreRequests()
        var predictions = [
            Self.prediction(0, id: "x"), Self.prediction(1, label: nil),
            Self.prediction(2, label: "", id: "", decisions: [1, -2.5]),
        ]
        predictions[0].of = Self.bytes("1")
        predictions[0].probabilities = [0.25]
        predictions[2].probabilities = [0.25, 0.75]
        func put(_ prediction: Verification.Prediction, _ value: [UInt8]?) -> Bool {
            prediction.withBytes { bytes in
                RecordBytes.with(key: [9], value: value, schema: [7]) { requests.put(bytes, $0) }
            }
        }
        func all() -> [(prediction: Verification.Prediction, value: [UInt8]?)] {
            var found: [(prediction: Verification.Prediction, value: [UInt8]?)] = []
            requests.forEach { prediction, record in
                #expect(record.schemaArray == [7])
                found.append((prediction.owned, record.valueArray))
            }
            return found
        }
        for _ in 0..<3 {
            #expect(requests.isEmpty)
            let values: [[UInt8]?] = [nil, [], [1, 2, 3]]
            for (prediction, value) in zip(predictions, values) {
                #expect(put(prediction, value))
            }
            #expect(all().map(\.prediction) == predictions && all().map(\.value) == values)
            let large = [UInt8](repeating: 5, count: ScoreRequests.bytesMax)
            #expect(!put(predictions[0], large) && all().count == 3)
            requests.clear()
            #expect(!put(predictions[0], large) && requests.isEmpty)
            let most = [UInt8](large.dropFirst(4))
            #expect(put(predictions[0], most) && !put(predictions[1], []))
            #expect(all().map(\.value) == [most])
            requests.clear()
            for number in 0..<ScoreRequests.requestsMax {
                #expect(put(Self.prediction(Int64(number)), [1]))
            }
            #expect(!put(predictions[0], [1]) && all().count == ScoreRequests.requestsMax)
            requests.clear()
        }
    }

    @Test("all that is put is taken once, in its order, and the end comes behind it")
    func queue() throws {
        let queue = try ScoreQueue()
        let taken = Guarded([Int64]())
        let taker = OSThread(name: "taker") {
            var requests = ScoreRequests()
            while (try? queue.take(&requests)) == true {
                requests.forEach { prediction, _ in
                    let offset = prediction.offset
                    taken.withLock { $0.append(offset) }
                }
            }
        }
        var requests = ScoreRequests()
        for number in 0..<500 {
            Self.prediction(Int64(number)).withBytes { bytes in
                RecordBytes.with(key: nil) { _ = requests.put(bytes, $0) }
            }
            if number % 3 == 2 || number == 499 { try queue.put(&requests) }
            #expect(number % 3 != 2 || requests.isEmpty)
        }
        queue.close()
        taker.join()
        #expect(taken.withLock { $0 } == (0..<500).map { Int64($0) })
    }

    @Test("where nobody takes any more, nobody waits for room")
    func closed() throws {
        let queue = try ScoreQueue()
        queue.close()
        var requests = ScoreRequests()
        for number in 0..<20 {
            Self.prediction(Int64(number)).withBytes { bytes in
                RecordBytes.with(key: nil) { _ = requests.put(bytes, $0) }
            }
            #expect(try !queue.put(&requests))
            #expect(requests.isEmpty)
        }
    }

    @Test("the numbers of a prediction take room as its texts do")
    func decisionsTakeRoom() {
        func puts(_ numbers: Int, into requests: inout ScoreRequests) -> Bool {
            let prediction = Self.prediction(
                0, label: nil, decisions: [Double](repeating: 1, count: numbers))
            return prediction.withBytes { bytes in
                RecordBytes.with(key: nil) { requests.put(bytes, $0) }
            }
        }
        var requests = ScoreRequests()
        let most = ScoreRequests.bytesMax / MemoryLayout<Double>.stride
        #expect(!puts(most + 1, into: &requests) && requests.isEmpty)
        #expect(puts(most / 2 + 1, into: &requests) && !puts(most / 2 + 1, into: &requests))
        requests.clear()
        #expect(puts(most, into: &requests))
    }

    @Test("the same is counted and found as on one thread")
    func same() throws {
        let request = Self.bytes(#"{"method":"GET","path":"/","query":"q","body":"","id":"a"}"#)
        let deployment = try LiveAuditFixture.deployment(epoch: 1, stable: 1)
        let shelf = ScorerShelf(
            GoneArtifacts(), loaded: [(deployment.stable.digest, try Self.scorer())])
        let form = RecordForm(InputSettings())
        let book = EpochBook([
            EpochBook.Epoch(deployment: deployment, by: "", at: "", reason: "")
        ])
        let queue = try ScoreQueue()
        let lane = try ScoreLane(form, shelf, queue)
        let near = try EpochScorer(form, shelf)
        let rule = EpochRule(deployment)
        let wrong = [
            Self.prediction(0, score: 0.6, id: "a"), Self.prediction(0, label: "0", id: "a"),
            Self.prediction(0, id: "b"), Self.prediction(0, id: "a", decisions: [0.5]),
        ]
        var (counts, findings) = (AuditCounts(), AuditFindings())
        var (ownCounts, ownFindings, atOnce) = (AuditCounts(), AuditFindings(), 0)
        let large = request + [UInt8](repeating: 0x20, count: ScoreRequests.bytesMax)
        let found = Guarded((AuditCounts(), AuditFindings()))
        let scoring = OSThread(name: "scoring") {
            guard let all = try? ScoreLane.score(queue, form, shelf, book) else { return }
            found.withLock { $0 = (all.counts, all.findings) }
        }
        for number in 0..<2_000 {
            var prediction =
                number % 100 < wrong.count
                ? wrong[number % 100] : Self.prediction(0, id: "a")
            prediction.offset = Int64(number)
            let value =
                number % 97 == 0
                ? Self.bytes("no JSON") : number == 1_000 ? large : request
            prediction.withBytes { bytes in
                RecordBytes.with(key: nil, value: value) { record in
                    let check = near.check(bytes, under: rule, record)
                    check?.note(of: bytes, &counts, &findings)
                    guard let early = lane.check(bytes, under: rule, record) else { return }
                    atOnce += 1
                    #expect(early == check)
                    early.note(of: bytes, &ownCounts, &ownFindings)
                }
            }
        }
        try lane.finish()
        queue.close()
        scoring.join()
        var (laneCounts, laneFindings) = found.withLock { $0 }
        laneCounts.merge(ownCounts)
        laneFindings.merge(ownFindings)
        #expect(counts.scored == 2_000 && laneCounts == counts && laneFindings == findings)
        #expect(atOnce == 1)
        #expect(findings[.wrongLabel].count > 0 && findings[.wrongID].count > 0)
        #expect(findings[.wrongScore].count > 40)
        // What can be scored at all is said at once.
        let unread = lane.opinion(
            of: 1, in: deployment, value: Self.bytes("no JSON"), schema: nil)
        #expect(unread == .unscorable(code: "not_an_object"))
    }

    private struct GoneArtifacts: ArtifactSource {
        func artifact(_ digest: Digest) throws(SwerveError) -> Artifact {
            throw SwerveError(.notFound, act: "a test", reason: "its files are gone")
        }
    }

    /// Says 0.5 of everything.
    private static func scorer() throws -> Scorer {
        let spec = """
            {"steps":[{"hashed_ngrams":{"analyzer":"byte","ngram_range":[1,1],"n_features":1,\
            "alternate_sign":false,"lowercase":false,"norm":null}}]}
            """
        return try Scorer(
            featurizer: Featurizer(FeaturizerSpec(parsing: bytes(spec), file: "spec")),
            model: Model(
                task: .classification, classes: ["0", "1"], positive: 1, rule: .single,
                function: .linear(LinearWeights(weights: [0], intercepts: [0.5]))),
            labels: [:], threshold: 0)
    }
}
