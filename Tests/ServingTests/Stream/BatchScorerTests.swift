import Inputs
import Kafka
import Lifecycle
import Serving
import Testing

/// From records' bytes to outcomes, without a broker.
@Suite("BatchScorer")
struct BatchScorerTests {
    private let held = HeldRecords()

    private func scorer(_ set: ServingSet, shadowPercent: Int = 100) throws -> BatchScorer {
        var scorer = BatchScorer(
            decoder: try RecordDecoder(), capacity: 100, shadowPercent: shadowPercent)
        scorer.takeUp(set)
        return scorer
    }

    private func staged(
        _ values: [String?], _ route: StagedRecord.Route = .stable
    ) -> [StagedRecord] {
        values.enumerated().map { index, value in
            StagedRecord(
                view: held.record(value, partition: 3, offset: Int64(index)), index: index,
                route: route)
        }
    }

    private func told(_ outcome: RecordOutcome) -> String {
        switch outcome {
        case .prediction(let bytes), .malformed(let bytes):
            unsafe String(decoding: bytes, as: UTF8.self)
        case .unscorable(let reason): "\(reason.code): \(reason.text)"
        }
    }

    @Test("each record has its outcome, in order, with its place and id")
    func inOrder() throws {
        var scorer = try scorer(try Streams.set(try Streams.constant(1, score: 1.5)))
        scorer.score(
            staged([Streams.request("/a", id: "x"), "{", Streams.request("/b")]))
        #expect(
            scorer.outcomes.map(told) == [
                #"{"model":"m","version":1,"epoch":3,"role":"stable","score":1.5,"label":"attack","of":"attack""#
                    + #","source":{"topic":"in","partition":3,"offset":0},"id":"x"}"#,
                "not_json: the record is not JSON at byte 1: the record ends here, inside a value",
                #"{"model":"m","version":1,"epoch":3,"role":"stable","score":1.5,"label":"attack","of":"attack""#
                    + #","source":{"topic":"in","partition":3,"offset":2}}"#,
            ])
        #expect(scorer.tally.stable.produced == 2)
        #expect(scorer.tally.stable.scored == 2)
        #expect(scorer.tally.stable.byClass == [2, 0])
    }

    @Test("the next batch begins anew")
    func beginsAnew() throws {
        var scorer = try scorer(try Streams.set(try Streams.constant(1, score: -1)))
        scorer.score(staged([Streams.request("/a"), Streams.request("/b")]))
        scorer.score(staged([Streams.request("/c")]))
        #expect(scorer.outcomes.count == 1)
        #expect(scorer.tally.stable.produced == 1)
        #expect(scorer.tally.stable.byClass == [0, 1])
        scorer.score([])
        #expect(scorer.outcomes.isEmpty)
        #expect(scorer.tally.stable.scored == 0)
    }

    @Test("from the set taken up on, predictions are that set's")
    func takesUp() throws {
        var scorer = try scorer(try Streams.set(try Streams.constant(1, score: 1)))
        scorer.score(staged([Streams.request("/a")]))
        scorer.takeUp(try Streams.set(try Streams.constant(2, score: -2), epoch: 9))
        scorer.score(staged([Streams.request("/a")]))
        #expect(
            scorer.outcomes.map(told) == [
                #"{"model":"m","version":2,"epoch":9,"role":"stable","score":-2,"label":"normal","of":"attack""#
                    + #","source":{"topic":"in","partition":3,"offset":0}}"#
            ])
    }

    // MARK: - Dead letters

    @Test("each dead letter says why its own record has no score, whatever was read after it")
    func reasons() throws {
        var scorer = try scorer(try Streams.set(try Streams.constant(1, score: 1)))
        scorer.score(
            staged([
                nil, "", #"{"path":"/"}"#, #"{"method":1,"path":"/"}"#,
                #"{"method":"GET","path":"/","path":"/"}"#, Streams.request("/"), "[]",
            ]))
        #expect(
            scorer.outcomes.map(told) == [
                "null_payload: the record has no value (a tombstone)",
                "empty_payload: the record is empty", "missing_field: method is missing",
                "wrong_type: method is not a string",
                "duplicate_field: path stands there twice",
                #"{"model":"m","version":1,"epoch":3,"role":"stable","score":1,"label":"attack","of":"attack""#
                    + #","source":{"topic":"in","partition":3,"offset":5}}"#,
                "not_an_object: the record is not a JSON object: one record is one request and "
                    + "one prediction",
            ])
    }

    @Test("a key with which no prediction could be sent makes a dead letter, and counts for none")
    func longKey() throws {
        let set = try Streams.set(try Streams.weighing(1, weight: 1))
        var scorer = BatchScorer(
            decoder: try RecordDecoder(), capacity: 2, shadowPercent: 100, predictionBytes: 1_000)
        scorer.takeUp(set)
        let keys = [100, 990].map { String(repeating: "k", count: $0) }
        scorer.score(
            keys.enumerated().map { index, key in
                StagedRecord(
                    view: held.record(Streams.request("/a"), key: key), index: index, route: .stable
                )
            })
        #expect(
            scorer.outcomes.map(told).last
                == "too_large: its key has 990 bytes, and with it the prediction would be larger "
                + "than 1000 bytes")
        #expect(scorer.tally.stable.produced == 1)
        #expect(RecordProducer.recordBytes(KafkaSettings([:])) == RecordProducer.recordBytesMax)
        for (configured, bytes) in [("200000", 199_900), ("5000000", 999_900)] {
            #expect(
                RecordProducer.recordBytes(KafkaSettings(["message.max.bytes": configured]))
                    == bytes)
        }
        // What the topic takes bounds them too.
        for (limit, bytes) in [(4_000, 3_900), (5_000_000, 999_900), (50, 0)] {
            #expect(RecordProducer.recordBytes(KafkaSettings([:]), limit: limit) == bytes)
        }
    }

    @Test("a request above the limit is scored by its beginning, and marked")
    func truncated() throws {
        let set = try Streams.set(try Streams.weighing(1, weight: 1), requestBytes: 20)
        var scorer = BatchScorer(
            decoder: try RecordDecoder(InputSettings(limitBytes: 20)), capacity: 100,
            shadowPercent: 100)
        scorer.takeUp(set)
        scorer.score(
            staged([Streams.request(String(repeating: "/a", count: 50)), Streams.request("/b")]))
        let outcomes = scorer.outcomes.map(told)
        #expect(outcomes[0].contains(#""score":20,"#), "\(outcomes[0])")
        #expect(outcomes[0].hasSuffix(#"},"marks":["truncated"]}"#))
        #expect(outcomes[1].contains(#""score":7,"#) && !outcomes[1].contains("marks"))
    }

    @Test("a reason names the model and the epoch that it was found under")
    func reasonsOrigin() throws {
        var scorer = try scorer(try Streams.set(try Streams.constant(1, score: 1), epoch: 8))
        scorer.score(staged(["{"]))
        guard case .unscorable(let reason) = scorer.outcomes[0] else {
            Issue.record("a prediction")
            return
        }
        #expect(
            reason
                == DeadLetterReason(
                    code: "not_json",
                    text: "the record is not JSON at byte 1: the record ends here, inside a value",
                    model: "m", epoch: 8))
    }

    @Test("a score that is not finite is never a prediction")
    func notFinite() throws {
        var scorer = try scorer(try Streams.set(try Streams.weighing(4, weight: 1e308)))
        scorer.score(staged([Streams.request("/a")]))
        #expect(
            scorer.outcomes.map(told) == [
                "score_not_finite: the score of version 4 is not a finite number"
            ])
        #expect(scorer.tally.stable.scored == 1)
        #expect(scorer.tally.stable.produced == 0)
        #expect(scorer.tally.stable.byClass == [0, 0])
    }

    @Test("what the deciding version's featurizer lacks is named by the field")
    func unfit() throws {
        let spec = #"{"steps":[{"fields":["bytes","age"]}]}"#
        var scorer = try scorer(
            try Streams.set(try Streams.reading(5, spec: spec, features: 2)))
        scorer.score(
            staged([#"{"bytes":1,"age":2}"#, #"{"bytes":1}"#, #"{"bytes":"x","age":2}"#]))
        let outcomes = scorer.outcomes.map(told)
        #expect(outcomes[0].contains(#""score":3"#), "\(outcomes[0])")
        #expect(outcomes[1] == "input_unfit: version 5: the field 'age' is missing")
        #expect(outcomes[2] == "wrong_type: bytes is not a number, true or false")
    }

    // MARK: - Canary and shadow

    @Test("a canary's record is decided by the candidate, and compared with the stable version")
    func canary() throws {
        for features in [64, 32] {
            var scorer = try scorer(
                try Streams.set(
                    try Streams.constant(1, score: 1),
                    candidate: try Streams.constant(2, score: -3, features: features)))
            let records =
                staged([Streams.request("/a")], .canary) + staged([Streams.request("/b")])
            scorer.score(records)
            let outcomes = scorer.outcomes.map(told)
            #expect(
                outcomes[0].hasPrefix(
                    #"{"model":"m","version":2,"epoch":3,"role":"canary","score":-3,"label":"normal""#
                ))
            #expect(
                outcomes[1].hasPrefix(
                    #"{"model":"m","version":1,"epoch":3,"role":"stable","score":1"#))
            #expect(scorer.tally.candidate.produced == 1)
            #expect(scorer.tally.stable.produced == 1)
            #expect(scorer.tally.stable.scored == 2)
            #expect(scorer.tally.comparison.records == 1)
            // Attack to the stable version, normal to the candidate.
            #expect(scorer.tally.comparison.pairs == [0, 1, 0, 0])
        }
    }

    @Test("who decides is not changed by what the other version says")
    func canaryAlone() throws {
        let overflowing = try Streams.weighing(2, weight: 1e308)
        let steady = try Streams.constant(1, score: 1)
        var tried = try scorer(try Streams.set(steady, candidate: overflowing))
        tried.score(staged([Streams.request("/a")], .canary))
        #expect(
            tried.outcomes.map(told) == [
                "score_not_finite: the score of version 2 is not a finite number"
            ])
        var stable = try scorer(try Streams.set(overflowing, candidate: steady))
        stable.score(staged([Streams.request("/a")], .canary))
        #expect(stable.tally.candidate.produced == 1)
        // Nothing to compare.
        #expect(tried.tally.comparison.records == 0)
        #expect(stable.tally.comparison.records == 0)
    }

    @Test("a shadow scores after the predictions, and produces none")
    func shadow() throws {
        var scorer = try scorer(
            try Streams.set(
                try Streams.constant(1, score: 1), candidate: try Streams.constant(2, score: -3),
                mode: .shadow))
        let records =
            staged([Streams.request("/a"), "{", Streams.request("/b")], .shadow)
            + staged([Streams.request("/c")])
        scorer.score(records)
        let outcomes = scorer.outcomes.map(told)
        #expect(scorer.tally.candidate.scored == 0)
        scorer.scoreShadow(records, isBehind: false)
        #expect(scorer.outcomes.map(told) == outcomes)
        #expect(outcomes.filter { $0.contains(#""version":1"#) }.count == 3)
        #expect(scorer.tally.candidate.scored == 2)
        #expect(scorer.tally.candidate.produced == 0)
        #expect(scorer.tally.comparison.records == 2)
        #expect(scorer.tally.comparison.shed == 0)
    }

    @Test(
        "a shadow behind its records is shed, and so is one that has no time", arguments: [0, 100])
    func shedding(percent: Int) throws {
        var scorer = try scorer(
            try Streams.set(
                try Streams.constant(1, score: 1), candidate: try Streams.constant(2, score: -3),
                mode: .shadow), shadowPercent: percent)
        let records = staged([Streams.request("/a"), Streams.request("/b")], .shadow)
        scorer.score(records)
        scorer.scoreShadow(records, isBehind: percent == 100)
        #expect(scorer.tally.comparison.shed == 2)
        #expect(scorer.tally.candidate.scored == 0)
        // What was shed is not there for the next batch.
        scorer.score([])
        scorer.scoreShadow([], isBehind: false)
        #expect(scorer.tally.comparison.shed == 0)
    }
}
