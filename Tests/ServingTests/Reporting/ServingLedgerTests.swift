import Lifecycle
import Platform
import Scoring
import Serving
import Testing

@Suite("ServingLedger")
struct ServingLedgerTests {
    private func deployed(_ version: Int, digest: UInt8 = 0) -> DeployedVersion {
        DeployedVersion(
            version: version,
            digest: Digest(sha256: [UInt8](repeating: UInt8(version) &+ digest, count: 32)))
    }

    private func entry(
        _ version: Int, labels: [String] = ["attack", "normal"], threshold: Double? = nil,
        digest: UInt8 = 0
    ) -> Lineup.Entry {
        Lineup.Entry(
            deployed: deployed(version, digest: digest),
            settings: VersionSettings(threshold: threshold), labels: labels)
    }

    private func lineup(
        _ stable: Lineup.Entry, _ candidate: Lineup.Entry? = nil,
        mode: Candidate.Mode = .canary, share: Int = 500, salt: UInt32 = 7
    ) throws -> Lineup {
        Lineup(
            stable: stable, candidate: candidate, mode: candidate == nil ? nil : mode,
            share: candidate == nil ? nil : try Share(tenThousandths: share), salt: salt)
    }

    private func verdict(_ score: Double, threshold: Double = 0) -> Verdict {
        Verdict(score: score, classIndex: score > threshold ? 0 : 1)
    }

    /// A batch in which both versions score the pairs, and the candidate's are produced.
    private func add(
        _ pairs: [(stable: Double, candidate: Double)], to ledger: inout ServingLedger,
        _ lineup: Lineup
    ) {
        var tally = BatchTally(lineup)
        for pair in pairs {
            tally.stable.note(verdict(pair.stable))
            tally.candidate.note(verdict(pair.candidate))
            tally.candidate.noteProduced(verdict(pair.candidate))
            tally.comparison.note(
                stable: verdict(pair.stable), candidate: verdict(pair.candidate), cell: .none)
        }
        ledger.add(tally)
    }

    private func add(scores: [Double], to ledger: inout ServingLedger, _ lineup: Lineup) {
        var tally = BatchTally(lineup)
        for score in scores {
            tally.stable.note(verdict(score))
            tally.stable.noteProduced(verdict(score))
        }
        ledger.add(tally)
    }

    @Test("predictions are told by role and label, scores by the bounds of the golden inputs")
    func figures() throws {
        var ledger = ServingLedger()
        let bounded = Lineup.Entry(
            deployed: entry(1).deployed, settings: VersionSettings(),
            labels: ["attack", "normal"], scoreBounds: [-1, 2])
        let other = entry(2)
        let canary = try lineup(other, bounded)
        ledger.takeUp(canary, epoch: 1)
        add([(1, 2), (2, -2)], to: &ledger, canary)
        let alone = try lineup(bounded)
        ledger.takeUp(alone, epoch: 2)
        add(scores: [-1, 3, 4], to: &ledger, alone)
        let figures = try #require(ledger.versionFigures.first { $0.version == 1 })
        #expect(figures.scored == 5)
        #expect(figures.predictions["canary"] == ["attack": 1, "normal": 1])
        #expect(figures.predictions["stable"] == ["attack": 2, "normal": 1])
        #expect(figures.scores?.counts == [2, 1, 2], "bounds are inclusive")
        #expect(figures.scores?.sum == 6)
        let unbounded = try #require(ledger.versionFigures.first { $0.version == 2 })
        #expect(unbounded.scores == nil && unbounded.predictions == [:])
    }

    @Test("of many labels the first hundred of the classes are told by name, the rest as one")
    func manyLabels() throws {
        var ledger = ServingLedger()
        let labels = (0..<150).map { "class \($0)" }
        let wide = try lineup(
            Lineup.Entry(
                deployed: entry(1).deployed, settings: VersionSettings(), labels: labels))
        ledger.takeUp(wide, epoch: 1)
        var tally = BatchTally(wide)
        for index in 0..<150 {
            let verdict = Verdict(score: 1, classIndex: index)
            tally.stable.note(verdict)
            tally.stable.noteProduced(verdict)
        }
        ledger.add(tally)
        let told = try #require(ledger.versionFigures.first?.predictions["stable"])
        #expect(told.count == WorkerFigures.labelsMax + 1 && told["(other)"] == 50)
        #expect(told["class 99"] == 1 && told["class 100"] == nil)
    }

    @Test("counts are a version's own and survive the epochs that keep it, in any role")
    func survives() throws {
        var ledger = ServingLedger()
        let alone = try lineup(entry(1))
        ledger.takeUp(alone, epoch: 1)
        add(scores: [1, -1, 3], to: &ledger, alone)
        let canary = try lineup(entry(1), entry(2))
        ledger.takeUp(canary, epoch: 1)
        add([(1, 2), (2, -2)], to: &ledger, canary)
        let completed = try lineup(entry(2))
        ledger.takeUp(completed, epoch: 1)
        add(scores: [5], to: &ledger, completed)

        let first = try #require(ledger.versionCounts[1])
        #expect(first.scored == 5 && first.produced == 3)
        #expect(first.labels == ["attack": 4, "normal": 1])
        #expect(first.score.count == 5 && first.score.mean == 1.2)
        let second = try #require(ledger.versionCounts[2])
        #expect(second.scored == 3 && second.produced == 3)
        #expect(second.labels == ["attack": 2, "normal": 1])
        #expect(ledger.versionComparison == nil)
    }

    @Test("a comparison counts flips by name, from the stable version's label to the candidate's")
    func flips() throws {
        var ledger = ServingLedger()
        // The candidate's file lists its classes in the other order.
        let reversed = entry(2, labels: ["normal", "attack"])
        let canary = try lineup(entry(1), reversed)
        ledger.takeUp(canary, epoch: 1)
        add([(1, 1), (1, 1), (-1, 1), (-1, -1), (2, -3)], to: &ledger, canary)
        let comparison = try #require(ledger.versionComparison)
        #expect(comparison.candidate == 2 && comparison.stable == 1)
        #expect(comparison.mode == "canary" && comparison.share == 500)
        #expect(comparison.records == 5)
        #expect(comparison.flips == ["attack -> normal": 2, "normal -> attack": 1])
        #expect(comparison.scoreDifference.mean == -3.0 / 5)
    }

    @Test("a score that is not finite is counted as scored, and is in no label, mean or comparison")
    func notFinite() throws {
        var ledger = ServingLedger()
        let canary = try lineup(entry(1), entry(2))
        ledger.takeUp(canary, epoch: 1)
        add([(1, .infinity), (.nan, 1), (1, 1)], to: &ledger, canary)
        let counts = ledger.versionCounts
        #expect(counts[1]?.scored == 3 && counts[1]?.labels == ["attack": 2])
        #expect(counts[2]?.scored == 3 && counts[2]?.score.mean == 1)
        #expect(ledger.versionComparison?.records == 1)
        #expect(ledger.versionComparison?.scoreDifference.mean == 0)
    }

    @Test("widening, narrowing and a change between canary and shadow go on with the comparison")
    func goesOn() throws {
        var ledger = ServingLedger()
        let steps: [(Candidate.Mode, Int)] = [
            (.shadow, 100), (.canary, 500), (.canary, 2_000), (.canary, 300), (.shadow, 300),
        ]
        for (mode, share) in steps {
            let lineup = try lineup(entry(1), entry(2), mode: mode, share: share)
            ledger.takeUp(lineup, epoch: 1)
            add([(1, -1)], to: &ledger, lineup)
        }
        let comparison = try #require(ledger.versionComparison)
        #expect(comparison.records == 5 && comparison.flipCount == 5)
        #expect(comparison.mode == "shadow" && comparison.share == 300)
    }

    @Test("another candidate, stable version, salt or setting begins the comparison anew")
    func beginsAnew() throws {
        let first = try lineup(entry(1), entry(2))
        let others = [
            try lineup(entry(1), entry(3)), try lineup(entry(3), entry(2)),
            try lineup(entry(1), entry(2), salt: 8), try lineup(entry(1), entry(2, digest: 9)),
            try lineup(entry(1), entry(2, threshold: 0.5)),
            try lineup(entry(1, threshold: 0.5), entry(2)),
        ]
        for other in others {
            var ledger = ServingLedger()
            ledger.takeUp(first, epoch: 1)
            add([(1, -1)], to: &ledger, first)
            ledger.takeUp(other, epoch: 1)
            #expect(ledger.versionComparison?.records == 0)
            #expect(ledger.versionComparison?.flips == [:])
        }
        var ledger = ServingLedger()
        ledger.takeUp(first, epoch: 1)
        add([(1, -1)], to: &ledger, first)
        ledger.takeUp(try lineup(entry(1)), epoch: 1)
        #expect(ledger.versionComparison == nil)
        ledger.takeUp(first, epoch: 1)
        #expect(ledger.versionComparison?.records == 0)
    }

    @Test("other names for the classes keep the counts under the names they were given")
    func renamed() throws {
        var ledger = ServingLedger()
        for labels in [["attack", "normal"], ["bad", "normal"], ["normal", "bad"]] {
            let lineup = try lineup(entry(1, labels: labels))
            ledger.takeUp(lineup, epoch: 1)
            add(scores: [1, 1, -1], to: &ledger, lineup)
        }
        let counts = try #require(ledger.versionCounts[1])
        #expect(counts.scored == 9)
        #expect(counts.labels == ["attack": 2, "normal": 1 + 1 + 2, "bad": 2 + 1])
    }

    @Test("however many names and pairs there are, what the status tells of them is bounded")
    func names() throws {
        var ledger = ServingLedger()
        for number in 0..<500 {
            let lineup = try lineup(entry(1, labels: ["a\(number)", "b\(number)"]))
            ledger.takeUp(lineup, epoch: 1)
            add(scores: [1, -1], to: &ledger, lineup)
        }
        let counts = try #require(ledger.versionCounts[1])
        #expect(counts.labels.count <= 205)
        #expect(counts.labels.values.reduce(0, +) == 1_000)

        let many = (0..<30).map { "class \($0)" }
        let canary = try lineup(entry(1, labels: many), entry(2, labels: many))
        ledger.takeUp(canary, epoch: 1)
        var tally = BatchTally(canary)
        for stable in 0..<30 {
            for candidate in 0..<30 {
                for _ in 0...(stable == 0 ? 1 : 0) {
                    tally.comparison.note(
                        stable: Verdict(score: 0, classIndex: stable),
                        candidate: Verdict(score: 0, classIndex: candidate), cell: .none)
                }
            }
        }
        ledger.add(tally)
        let comparison = try #require(ledger.versionComparison)
        #expect(comparison.flips.count == 201)
        #expect(comparison.flipCount == 29 * 2 + 29 * 29)
        #expect(comparison.flips["class 0 -> class 29"] == 2)
    }

    @Test("another artifact under the same number begins anew")
    func otherArtifact() throws {
        var ledger = ServingLedger()
        let first = try lineup(entry(1))
        ledger.takeUp(first, epoch: 1)
        add(scores: [1], to: &ledger, first)
        ledger.takeUp(try lineup(entry(1, digest: 40)), epoch: 1)
        #expect(ledger.versionCounts[1]?.scored == 0)
    }

    @Test("of many versions the ones that served last are kept, those that serve among them")
    func bounded() throws {
        var ledger = ServingLedger()
        for version in 2...100 {
            let lineup = try lineup(entry(1), entry(version))
            ledger.takeUp(lineup, epoch: 1)
            add([(1, 1)], to: &ledger, lineup)
        }
        let kept = ledger.versionCounts
        #expect(kept.count == ServingLedger.versionsMax)
        #expect(kept[1]?.scored == 99)
        #expect(kept[100]?.scored == 1 && kept[86]?.scored == 1 && kept[85] == nil)
    }

    @Test("shed records are counted in the comparison")
    func shed() throws {
        var ledger = ServingLedger()
        let shadow = try lineup(entry(1), entry(2), mode: .shadow)
        ledger.takeUp(shadow, epoch: 1)
        var tally = BatchTally(shadow)
        tally.comparison.shed += 3
        ledger.add(tally)
        tally.reset()
        ledger.add(tally)
        #expect(ledger.versionComparison?.shed == 3)
    }

    @Test("one record in 64 is timed, over the bounds of batches")
    func samples() throws {
        let alone = try lineup(entry(1))
        var ledger = ServingLedger()
        ledger.takeUp(alone, epoch: 1)
        var tally = BatchTally(alone)
        for _ in 0..<40 {
            tally.reset()
            for _ in 0..<16 {
                if tally.stable.isSampleDue { tally.stable.took(nanoseconds: 2_500) }
                tally.stable.note(verdict(1))
            }
            ledger.add(tally)
        }
        let micros = try #require(ledger.versionCounts[1]?.scoringMicros)
        #expect(micros.count == 10 && micros.mean == 2.5 && micros.spread == 0)
    }

    @Test("a copy of the status thread stays as it was when the poll thread goes on")
    func copies() throws {
        let canary = try lineup(entry(1), entry(2))
        var ledger = ServingLedger()
        ledger.takeUp(canary, epoch: 1)
        add([(1, -1)], to: &ledger, canary)
        let copy = ledger.unshared
        add([(1, -1), (1, 1)], to: &ledger, canary)
        #expect(copy.versionCounts[1]?.scored == 1)
        #expect(copy.versionComparison?.flipCount == 1)
        #expect(ledger.versionCounts[1]?.scored == 3)
        #expect(ledger.versionComparison?.flipCount == 2)
    }

    @Test("a comparison keeps its id over shares and modes; what changes its meaning changes it")
    func identity() throws {
        let first = try lineup(entry(1), entry(2))
        let id = try #require(first.comparisonID)
        #expect(id.count == 16 && id.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        #expect(try lineup(entry(1), entry(2), share: 1_000).comparisonID == id)
        #expect(try lineup(entry(1), entry(2), mode: .shadow).comparisonID == id)
        let others = [
            try lineup(entry(1), entry(2), salt: 8), try lineup(entry(2), entry(1)),
            try lineup(entry(1), entry(3)), try lineup(entry(1, threshold: 1), entry(2)),
            try lineup(entry(1), entry(2, threshold: 1)),
            try lineup(entry(1, digest: 9), entry(2)),
        ]
        let ids = Set(others.map(\.comparisonID))
        #expect(ids.count == others.count && !ids.contains(id) && !ids.contains(nil))
        #expect(try lineup(entry(1)).comparisonID == nil)
    }

    @Test("the id is the beginning of a SHA-256 that anybody can compute")
    func identityText() throws {
        let text = VersionComparison.identity(
            candidate: deployed(2).digest, stable: deployed(1).digest, salt: 7,
            alerts: ["attack", "probe"], candidateSettings: VersionSettings(threshold: 0.5),
            stableSettings: VersionSettings())
        let two = String(repeating: "02", count: 32)
        let one = String(repeating: "01", count: 32)
        #expect(
            text == "sha256:\(two)\nsha256:\(one)\n7\nattack,probe\n"
                + #"{"candidate":{"threshold":0.5},"stable":{}}"#)
        // By printf and sha256sum.
        #expect(try lineup(entry(1), entry(2)).comparisonID == "0826e2042fd0b1cb")
        // Whoever judges asks for it by the deployment.
        let deployment = Deployment(
            model: try ModelName("m"), epoch: 1, stable: deployed(1),
            candidate: Candidate(
                deployed: deployed(2), mode: .shadow, share: try Share(tenThousandths: 9)), salt: 7)
        #expect(VersionComparison.id(of: deployment) == "0826e2042fd0b1cb")
    }

    @Test("records are told by share, and since which epoch the process counts")
    func shares() throws {
        var ledger = ServingLedger()
        let narrow = try lineup(entry(1), entry(2), share: 500)
        ledger.takeUp(narrow, epoch: 4)
        add([(1, 2), (2, -2)], to: &ledger, narrow)
        let wide = try lineup(entry(1), entry(2), share: 1_000)
        ledger.takeUp(wide, epoch: 5)
        add([(1, 2), (2, -2), (1, 1)], to: &ledger, wide)
        ledger.takeUp(narrow, epoch: 6)
        add([(1, 2)], to: &ledger, narrow)
        var told = try #require(ledger.versionComparison)
        #expect(told.sinceEpoch == 4 && told.records == 6 && told.share == 500)
        #expect(told.recordsByShare == ["500": 3, "1000": 3])
        #expect(told.id == narrow.comparisonID)
        let anew = try lineup(entry(1), entry(2), share: 500, salt: 9)
        ledger.takeUp(anew, epoch: 7)
        told = try #require(ledger.versionComparison)
        #expect(told.sinceEpoch == 7 && told.records == 0 && told.recordsByShare == [:])
        #expect(told.id == anew.comparisonID)
    }
}
