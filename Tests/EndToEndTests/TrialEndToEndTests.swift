import Foundation
import Kafka
import Lifecycle
import Registry
import TestSupport
import Testing

/// Canary and shadow from the outside: what the workers count, against a recount by the rule of the
/// buckets and by `swerve score` of both versions.
@Suite("Canary and shadow, end to end", .serialized, .blocking)
struct TrialEndToEndTests {
    /// What two versions must have counted between them.
    private struct Recount {
        var records: Int64 = 0
        var flips: [String: Int64] = [:]
        var difference = Moments()
        var stable = VersionCounts()
        var candidate = VersionCounts()

        init(
            _ scene: Scene, _ range: Range<Int>, stable: Int, candidate: Int, salt: UInt32,
            share: Int
        ) throws {
            let answers = [
                try scene.offlineAnswers(version: stable, range),
                try scene.offlineAnswers(version: candidate, range),
            ]
            for (number, request) in zip(range, scene.stream.requests(range)) {
                let of = try #require(answers[0]["r-\(number)"])
                let other = try #require(answers[1]["r-\(number)"])
                self.stable.note(of)
                guard CanaryBucket.bucket(key: request.key, salt: salt) < share else { continue }
                self.candidate.note(other)
                records += 1
                difference.add(other.score - of.score)
                if of.label != other.label {
                    flips["\(of.label) -> \(other.label)", default: 0] += 1
                }
            }
        }
    }

    private func agree(_ one: Moments, _ other: Moments) -> Bool {
        func close(_ one: Double, _ other: Double) -> Bool {
            (one - other).magnitude <= 1e-9 * max(1, one.magnitude)
        }
        return one.count == other.count && close(one.mean, other.mean)
            && close(one.spread, other.spread)
    }

    private func expect(_ records: [StatusRecord], _ recount: Recount, _ stable: Int) throws {
        let comparison = try #require(records.comparison)
        #expect(comparison.stable == stable && comparison.candidate == 3 - stable)
        #expect(comparison.records == recount.records && recount.records > 0)
        #expect(comparison.flips == recount.flips && !recount.flips.isEmpty)
        #expect(agree(recount.difference, comparison.scoreDifference))
        for (version, expected) in [(stable, recount.stable), (3 - stable, recount.candidate)] {
            let counts = records.counts(version)
            #expect(counts.scored == expected.scored)
            #expect(counts.labels == expected.labels)
            #expect(agree(expected.score, counts.score))
            #expect(counts.scoringMicros.count >= 1 && counts.scoringMicros.mean > 0)
            // Each of four threads times its first record, and few of the others.
            #expect(counts.scoringMicros.count <= max(4, counts.scored / 8))
        }
    }

    @Test("both versions score a canary's records, and the workers' counts are those of a recount")
    func canary() throws {
        let scene = try Scene.served(versions: 2, changes: "scoring_threads: 2")
        let first = try scene.change(.canary(2, try Share("8%")))
        try scene.feed(0..<900)
        let early = try Recount(
            scene, 0..<900, stable: 1, candidate: 2, salt: first.salt, share: 800)
        let records = try scene.statusRecords(of: 900)
        try expect(records, early, 1)
        #expect(records.comparison?.mode == "canary" && records.comparison?.share == 800)
        #expect(records.counts(1).produced == 900 - early.records)
        #expect(records.counts(2).produced == early.records)
        let slots = records.compactMap(\.serving)
        #expect(slots.map(\.mode) == ["canary", "canary"] && slots.map(\.share) == [800, 800])
        #expect(slots.allSatisfy { $0.stableDigest == first.stable.digest.description })
        #expect(
            slots.allSatisfy { $0.candidateDigest == first.candidate?.deployed.digest.description })

        // Widened, the comparison goes on; the wider share holds the narrower one.
        let wider = try scene.change(.canary(2, try Share("40%")))
        #expect(wider.salt == first.salt)
        try scene.feed(900..<1_500)
        let late = try Recount(
            scene, 900..<1_500, stable: 1, candidate: 2, salt: first.salt, share: 4_000)
        let both = try scene.statusRecords(of: 1_500)
        #expect(both.comparison?.records == early.records + late.records)
        #expect(both.comparison?.flips == early.flips.merging(late.flips, uniquingKeysWith: +))
        for prediction in try scene.predictions(1_500) {
            let bucket = CanaryBucket.bucket(key: prediction.record.key, salt: first.salt)
            let share = prediction.epoch == Int(wider.epoch) ? 4_000 : 800
            #expect(prediction.role == (bucket < share ? "canary" : "stable"))
            #expect(prediction.version == (bucket < share ? 2 : 1))
        }

        // Without a candidate there is nothing to compare; the versions keep their counts.
        try scene.change(.rollback)
        try scene.feed(1_500..<1_600)
        let after = try scene.statusRecords(of: 1_600)
        #expect(after.allSatisfy { $0.comparison == nil })
        #expect(after.counts(2).scored == early.records + late.records)
        #expect(after.counts(1).scored == 1_600)
        #expect(try scene.service.stop() == 0)
    }

    @Test("a shadow is compared on its share, and none of its predictions is produced")
    func shadow() throws {
        // All of the time, so that a slow machine sheds nothing.
        let scene = try Scene.served(
            versions: 2, changes: "scoring_threads: 3\nlimits: {shadow_percent: 100}")
        let deployment = try scene.change(.shadow(2, try Share("30%")))
        try scene.feed(0..<900)
        let recount = try Recount(
            scene, 0..<900, stable: 1, candidate: 2, salt: deployment.salt, share: 3_000)
        let records = try scene.statusRecords(of: 900)
        try expect(records, recount, 1)
        #expect(records.comparison?.mode == "shadow" && records.comparison?.shed == 0)
        #expect(records.counts(1).produced == 900 && records.counts(2).produced == 0)
        #expect(records.allSatisfy { $0.counts.byVersion["2"] == nil })
        let predictions = try scene.predictions(900)
        #expect(predictions.count == 900)
        #expect(predictions.allSatisfy { $0.version == 1 && $0.role == "stable" })

        // From shadow to canary of the same pair the comparison goes on.
        try scene.change(.canary(2, try Share("30%")))
        try scene.feed(900..<1_000)
        let more = try Recount(
            scene, 900..<1_000, stable: 1, candidate: 2, salt: deployment.salt, share: 3_000)
        let both = try scene.statusRecords(of: 1_000)
        #expect(both.comparison?.mode == "canary")
        #expect(both.comparison?.records == recount.records + more.records)
        #expect(both.counts(2).produced == more.records)
        #expect(try scene.service.stop() == 0)
    }

    @Test("a shadow without time is shed, each record of it counted, and delays nothing")
    func shed() throws {
        let scene = try Scene.served(versions: 2, changes: "limits: {shadow_percent: 0}")
        let deployment = try scene.change(.shadow(2, try Share("50%")))
        try scene.stream.send(scene.stream.requests(0..<3_000))
        #expect(try scene.predictions(3_000).allSatisfy { $0.version == 1 })
        let recount = try Recount(
            scene, 0..<3_000, stable: 1, candidate: 2, salt: deployment.salt, share: 5_000)
        let comparison = try #require(try scene.statusRecords(of: 3_000).comparison)
        #expect(comparison.records == 0)
        #expect(comparison.shed == recount.records && recount.records > 0)
        #expect(try scene.statusRecords().counts(2).scored == 0)
        #expect(try scene.service.stop() == 0)
    }

    @Test("every record of a shadow's share is either scored or shed, also with a backlog")
    func backlog() throws {
        let scene = try Scene.served(versions: 2, workers: 1)
        let deployment = try scene.change(.shadow(2, try Share("50%")))
        try scene.stream.send(scene.stream.requests(0..<12_000))
        let recount = try Recount(
            scene, 0..<12_000, stable: 1, candidate: 2, salt: deployment.salt, share: 5_000)
        let records = try scene.statusRecords(of: 12_000)
        let comparison = try #require(records.comparison)
        #expect(comparison.records + comparison.shed == recount.records)
        #expect(records.counts(2).scored == comparison.records)
        #expect(records.counts(1).labels == recount.stable.labels)
        #expect(try scene.service.stop() == 0)
    }

    @Test("versions that read a request in other ways are compared as well", arguments: [1, 2])
    func otherFeaturizer(stable: Int) throws {
        let stream = try TestStream()
        try TestModels.register(1, in: stream)
        // A larger space than the first one's, and shorter n-grams.
        try TestModels.register(
            in: stream, features: 512,
            spec:
                #"{"steps":[{"hashed_ngrams":{"analyzer":"char","ngram_range":[1,2],"n_features":512}}]}"#
        )
        let scene = try Scene.serve(stream, promoting: stable)
        let deployment = try scene.change(.canary(3 - stable, try Share("50%")))
        try scene.feed(0..<600)
        let recount = try Recount(
            scene, 0..<600, stable: stable, candidate: 3 - stable, salt: deployment.salt,
            share: 5_000)
        try expect(try scene.statusRecords(of: 600), recount, stable)
        let offline = [
            1: try scene.offline(version: 1, 0..<600), 2: try scene.offline(version: 2, 0..<600),
        ]
        for prediction in try scene.predictions(600) {
            let expected = try #require(offline[prediction.version]?[prediction.id ?? ""])
            #expect(abs(prediction.score - expected) <= 1e-9 * max(1, abs(expected)))
        }
        #expect(try scene.service.stop() == 0)
    }

    @Test("a score that is not finite is a dead letter where its version decides, and only there")
    func notFinite() throws {
        let stream = try TestStream()
        let spec =
            #"{"steps":[{"hashed_ngrams":{"analyzer":"byte","ngram_range":[1,3],"n_features":65536,"norm":null,"lowercase":false}}]}"#
        try TestModels.register(in: stream, features: 65_536, spec: spec)
        // `~~~` twice in a text makes this one's sum overflow.
        let features = try stream.swerve(
            "featurize",
            try stream.folder.write(
                "three.json", spec.replacingOccurrences(of: "[1,3]", with: "[3,3]")),
            input: #"{"text":"~~~"}"# + "\n")
        let index = try #require(
            features.out.split(separator: " ").compactMap { $0.split(separator: ":").first }
                .compactMap { Int($0) }.last, "\(features)")
        try TestModels.register(
            in: stream, features: 65_536, spec: spec, changed: (index, "1.7e308"))
        let scene = try Scene.serve(stream, promoting: 1)
        var sent = 0
        func feed() throws -> [StatusRecord] {
            let requests = stream.requests(sent..<sent + 100).enumerated().map { number, sent in
                number % 10 != 0
                    ? sent
                    : TestStream.Sent(
                        partition: sent.partition, key: sent.key,
                        value: Array(#"{"text":"~~~~ \#(number)"}"#.utf8))
            }
            try stream.send(requests)
            sent += 100
            return try scene.statusRecords(of: Int64(sent))
        }
        // The canary decides and overflows: dead letters, as of any version that decides.
        try scene.change(.canary(2, try Share("100%")))
        var records = try feed()
        #expect(records.comparison?.records == 90)
        #expect(records.counts(2).scored == 100 && records.counts(2).produced == 90)
        #expect(records.counts(2).labels.values.reduce(0, +) == 90)
        #expect(records.counts(1).labels.values.reduce(0, +) == 100)
        let letters = try stream.read(stream.deadLetters) { $0.count >= 10 }
        #expect(letters.count == 10)
        #expect(letters.allSatisfy { $0.headers["swerve.error.code"] == "score_not_finite" })
        #expect(
            letters.allSatisfy { $0.headers["swerve.error.reason"]?.contains("version 2") == true })

        // As a shadow it is counted.
        try scene.change(.shadow(2, try Share("100%")))
        records = try feed()
        #expect(records.reduce(0) { $0 + $1.counts.deadLetters } == 10)
        #expect(records.counts(1).produced == 100)

        // As the stable version beside a canary that decides everything it disturbs nobody.
        try scene.change(.promote(2))
        try scene.change(.canary(1, try Share("100%")))
        records = try feed()
        #expect(records.reduce(0) { $0 + $1.counts.deadLetters } == 10)
        #expect(records.comparison?.records == 90 && records.comparison?.stable == 2)
        #expect(records.counts(1).produced == 200)
        #expect(try scene.predictions(290).count == 290)
        #expect(try scene.service.stop() == 0)
    }
}

extension VersionCounts {
    fileprivate mutating func note(_ answer: Scene.OfflineAnswer) {
        scored += 1
        labels[answer.label, default: 0] += 1
        score.add(answer.score)
    }

    @Test("a killed worker's counts stay beside its successor's; another canary begins at 0")
    func successor() throws {
        let scene = try Scene.served(versions: 2, workers: 1)
        func slot() throws -> JSONValue {
            try scene.status()["slots"]?.array?.first ?? .null
        }
        func counted(_ key: String, _ what: String, _ holds: (Int) -> Bool) throws -> JSONValue {
            try scene.service.wait(for: what) { () -> JSONValue? in
                let comparison = try slot()[key]
                return holds(comparison?["records"]?.int ?? -1) ? comparison : nil
            }
        }
        let requests = scene.stream.requests(0..<400)
        _ = try scene.change("promote", "http-anomaly@2", "--canary", "20%")
        try scene.stream.send(Array(requests[0..<200]))
        let narrow = try counted("comparison", "the first counts") { $0 > 0 }
        _ = try scene.predictions(200)
        _ = try scene.change("promote", "http-anomaly@2", "--canary", "50%")
        try scene.stream.send(Array(requests[200..<400]))
        _ = try scene.predictions(400)
        let salt = UInt32(try #require(try scene.announced(epoch: 3)["salt"]?.int))
        let drawn = requests.enumerated().filter { index, request in
            CanaryBucket.bucket(key: request.key, salt: salt) < (index < 200 ? 2_000 : 5_000)
        }.count
        let wide = try counted("comparison", "all counts") { $0 == drawn }
        #expect(wide["id"] == narrow["id"] && wide["since_epoch"] == 2)
        let shares = wide["records_by_share"]?.object ?? [:]
        #expect(Set(shares.keys) == ["2000", "5000"])
        #expect(shares.values.compactMap(\.int).reduce(0, +) == drawn)

        let pid = try #require(try slot()["incarnation"]?["pid"]?.int)
        kill(Int32(pid), SIGKILL)
        let before = try counted("comparison_before", "the successor's word") { $0 == drawn }
        #expect(before["id"] == wide["id"] && before["flips"] == wide["flips"])
        let text = try scene.stream.swerve(
            "status", "http-anomaly", "--registry", scene.stream.registry, "--bootstrap",
            scene.stream.bootstrap, "--control-topic", scene.stream.control, "--status-topic",
            scene.stream.status)
        #expect(text.out.contains("by earlier processes of these slots: \(drawn) records"))

        _ = try scene.change("abort", "http-anomaly")
        _ = try scene.change("promote", "http-anomaly@2", "--canary", "20%")
        let anew = try scene.service.wait(for: "another comparison") { () -> JSONValue? in
            let comparison = try slot()["comparison"]
            return comparison?["id"]?.string == nil || comparison?["id"] == wide["id"]
                ? nil : comparison
        }
        #expect(anew["records"] == 0 && anew["since_epoch"] == 5)
        #expect(try slot()["comparison_before"] == .null)
        let completed = try scene.change("complete", "http-anomaly")
        let warning = completed["warnings"]?.array?.first?.string
        #expect(warning?.contains("candidate 2 has compared 0 records") == true)
        #expect(try scene.change("promote", "http-anomaly@1")["warnings"] == .array([]))
        #expect(try scene.service.stop() == 0)
    }
}
