import Lifecycle
import Testing

@testable import Fleet

@Suite("the report on a fleet")
struct FleetReportTests {
    private static func deployment(_ epoch: Int64) throws -> Deployment {
        func version(_ number: Int) -> DeployedVersion {
            DeployedVersion(
                version: number, digest: Digest(sha256: [UInt8](repeating: 7, count: 32)))
        }
        return Deployment(
            model: try ModelName("http-anomaly"), epoch: epoch, stable: version(7),
            candidate: Candidate(
                deployed: version(8), mode: .canary, share: try Share("5%")),
            previous: version(6), salt: 1)
    }

    private static let registry = "5d0c0e0e-0000-4000-8000-000000000001"

    private static func control(_ deployment: Deployment?) -> ControlView {
        guard let deployment else { return .silent }
        return .announced(
            ControlRecord(
                registry: registry, deployment: deployment, issuedAt: "", issuedBy: "", reason: ""))
    }

    private static func report(
        wanted: Deployment?, announced: Deployment?, _ records: [StatusRecord],
        group: String? = nil
    ) throws -> FleetReport {
        FleetReport(
            board: try Heard.board(records), group: group,
            wanted: wanted.map { WantedDeployment(deployment: $0, registry: registry) },
            control: control(announced), nowMs: Heard.nowMs)
    }

    private static func busy(_ slot: Int) -> StatusRecord {
        var record = Heard.record(slot)
        record.serving?.candidate = 8
        record.serving?.stableDigest = "sha256:" + String(repeating: "07", count: 32)
        record.serving?.signedBy = "release"
        record.serving?.registry = registry
        record.serving?.candidateDigest = "sha256:" + String(repeating: "07", count: 32)
        record.serving?.mode = "canary"
        record.serving?.share = 500
        record.serving?.loadedMs = 12.25
        record.serving?.boundaries = ["10": 5, "2": 17, "0": 42]
        record.incarnation.startedAtMs = record.sentAtMs - 3_700_000
        record.pollGapMs = 4.5
        record.pollGapMaxMs = 61
        record.counts.records = 123_456
        record.counts.byVersion = ["7": 117_000, "8": 6_400]
        record.counts.deadLetters = 56
        record.ready = true
        var (stable, candidate) = (VersionCounts(), VersionCounts())
        (stable.scored, stable.produced) = (123_400, 117_000)
        stable.labels = ["normal": 110_000, "attack": 13_400]
        (candidate.scored, candidate.produced) = (6_400, 6_400)
        for score in [-0.5, 0.25] {
            stable.score.add(score)
            candidate.score.add(score * 2)
            stable.scoringMicros.add(5 + score)
        }
        record.versions = ["7": stable, "8": candidate]
        var comparison = VersionComparison(candidate: 8, stable: 7, mode: "canary", share: 500)
        comparison.records = 6_400
        comparison.flips = ["normal -> attack": 60, "attack -> normal": 4]
        comparison.scoreDifference.add(0.25)
        record.comparison = comparison
        return record
    }

    @Test("a converged fleet, as people read it")
    func text() throws {
        let wanted = try Self.deployment(12)
        let report = try Self.report(
            wanted: wanted, announced: wanted, [Self.busy(1), Self.busy(0)])
        #expect(
            report.text == convergedPage)
    }

    @Test("what is missing, rejected, retried and silent is told, within 100 columns, escaped")
    func trouble() throws {
        var rejecting = Heard.record(0, of: 1_024, epoch: 3, ageMs: 100)
        rejecting.rejected = .init(
            epoch: 11, reason: "\u{1B}[31m" + String(repeating: "digest mismatch ", count: 40))
        rejecting.ignored = "garbage\u{7}"
        rejecting.counts.ignoredControlRecords = 3
        rejecting.incarnation.host = "h\u{9b}2J"
        var silent = Heard.record(
            1, epoch: nil, group: String(repeating: "long-group-", count: 20), ageMs: 700_000)
        silent.retrying = String(repeating: "x", count: 500)
        silent.counts.records = .max
        let stale = Heard.record(2, of: 1_024, epoch: 3, ageMs: 7_000)
        let report = try Self.report(
            wanted: Self.deployment(12), announced: Self.deployment(11),
            [rejecting, silent, stale])
        let lines = report.text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.count <= 100 })
        #expect(!Self.hasControls(report.text))
        for part in [
            "the control topic says: epoch 11", "waiting: slot 0: serves epoch 3",
            "waiting: slot 1: never heard", "waiting: slots 3 to 1023: never heard",
            "rejects epoch 11: \\u{1b}[31mdigest mismatch",
            "not waited for: group\n    long-group-",
            "ignored 3 control records, the last: garbage\\u{7}", "g/1                 missing",
            "g/3-1023            missing", "11 min ago", "retrying:\n      xxx", "on h\\u{9b}2J",
            "stale",
            "gone",
        ] {
            #expect(report.text.contains(part), "\(part)\n\(report.text)")
        }
    }

    private static func hasControls(_ text: String) -> Bool {
        text.unicodeScalars.contains {
            ($0.value < 0x20 && $0 != "\n") || (0x7F...0x9F).contains($0.value)
        }
    }

    @Test("a rejection, a takeover, a clock that is wrong and a left-over slot are told")
    func oddities() throws {
        let now = Heard.nowMs
        var board = FleetBoard(model: try ModelName("http-anomaly"))
        board.reachEnd(atMs: now - 10_000)
        var former = Heard.record(0)
        former.incarnation = .init(id: "0", startedAtMs: 1, host: "old-host", pid: 77)
        var present = Heard.record(0, epoch: 3, ageMs: 400_000)
        present.incarnation = .init(id: "1", startedAtMs: 2, host: "h", pid: 78)
        for record in [former, present, former, Heard.record(1)] {
            board.hear(.fresh(record), heardAtMs: now)
        }
        board.hear(.old(Heard.record(2, of: 3, ageMs: 9_000)), heardAtMs: now)
        board.hear(
            .fresh(Heard.record(1, epoch: 3).rejecting(12)), heardAtMs: now)
        let report = FleetReport(
            board: board, control: Self.control(try Self.deployment(12)), nowMs: now)
        for part in [
            "rejected by slot g/1: digest mismatch",
            "two processes in this slot: pid 77 on old-host speaks for it too",
            "its clock is 400 s behind", "not counted: the group has 2 slots now",
        ] {
            #expect(report.text.contains(part), "\(part)\n\(report.text)")
        }
        #expect(report.json["slots"]?.array?.first?["contended_by"]?["pid"] == 77)
        #expect(report.json["slots"]?.array?.first?["clock_behind_ms"] == 400_000)
        #expect(report.verdict == .rejected(SlotID(group: "g", slot: 1), "digest mismatch"))
    }

    @Test("a model that was never promoted, and a topic that cannot be read, are told")
    func nothing() throws {
        let empty = try Self.report(wanted: nil, announced: nil, [])
        #expect(
            empty.text == """
                http-anomaly: never promoted
                waiting: no version of http-anomaly was promoted

                """)
        #expect(empty.verdict == nil)
        let model = try ModelName("http-anomaly")
        let garbled = ControlView(
            model: model, topic: ["http-anomaly": Announcement(value: Array("garbage".utf8))])
        #expect(garbled.record == nil)
        let report = FleetReport(
            board: FleetBoard(model: model),
            wanted: WantedDeployment(deployment: try Self.deployment(2), registry: "r"),
            control: garbled, nowMs: 0)
        #expect(report.text.contains("(not announced yet)"))
        #expect(report.text.contains("note: the control topic is passed over: "))
    }

    @Test(
        "the status topic alone is enough: the newest epoch that a live slot serves is the target")
    func slotsAlone() throws {
        let board = try Heard.board([
            Heard.record(0), Heard.record(1), Heard.record(0, epoch: 40, group: "o", ageMs: 9_000),
        ])
        let report = FleetReport(
            board: board, group: "g", control: .unreadable("no rights"), nowMs: Heard.nowMs)
        #expect(report.target == .init(epoch: 12, source: .slots))
        #expect(report.verdict == .converged)
        #expect(report.lines.first == "http-anomaly: epoch 12 (as the slots say)")
        let mixed = FleetReport(
            board: try Heard.board([Heard.record(0), Heard.record(1, epoch: 3)]), control: .silent,
            nowMs: Heard.nowMs)
        #expect(mixed.waitingFor == ["slot 1: serves epoch 3"])
    }

    @Test("who names the epoch: the topic, a registry that is ahead of it, never a foreign one")
    func targets() throws {
        let records = [Heard.record(0), Heard.record(1)]
        let table: [(wanted: Int64?, announced: Int64?, FleetReport.Target?)] = [
            (nil, nil, .init(epoch: 12, source: .slots)),
            (nil, 11, .init(epoch: 11, source: .controlTopic)),
            (12, 11, .init(epoch: 12, source: .registry)),
            (12, 12, .init(epoch: 12, source: .controlTopic)),
            (9, 11, .init(epoch: 11, source: .controlTopic)),
            (13, nil, .init(epoch: 13, source: .registry)),
            (3, nil, .init(epoch: 12, source: .slots)),
        ]
        for (wanted, announced, expected) in table {
            let report = try Self.report(
                wanted: wanted.map(Self.deployment), announced: announced.map(Self.deployment),
                records)
            #expect(report.target == expected)
        }
        let foreign = FleetReport(
            board: try Heard.board(records),
            wanted: WantedDeployment(deployment: try Self.deployment(90), registry: "another"),
            control: Self.control(try Self.deployment(12)), nowMs: Heard.nowMs)
        #expect(foreign.verdict == .converged)
        #expect(foreign.wanted == nil && foreign.notes.count == 1)
    }

    @Test("the JSON document has the same keys, whatever there is to say")
    func json() throws {
        let wanted = try Self.deployment(12)
        let full = try Self.report(
            wanted: wanted, announced: wanted, [Self.busy(0), Self.busy(1)]
        ).json
        let bare = try Self.report(
            wanted: nil, announced: nil, [Heard.record(0, epoch: nil)]
        ).json
        #expect(full.object?.keys.sorted() == bare.object?.keys.sorted())
        let fullSlot = full["slots"]?.array?.first
        let bareSlots = bare["slots"]?.array ?? []
        #expect(bareSlots.count == 2)
        for slot in [fullSlot] + bareSlots {
            #expect(slot?.object?.keys.sorted() == FleetReport.slotKeys.sorted())
        }
        #expect(bareSlots.map { $0["condition"]?.string } == ["live", "missing"])
        #expect(full["converged"] == true)
        #expect(full["target"] == ["epoch": 12, "source": "control_topic"])
        #expect(full["wanted"]?["candidate"]?["share"] == .double(0.05))
        #expect(fullSlot?["serving"]?["boundaries"]?["2"] == 17)
        #expect(fullSlot?["serving"]?["signed_by"] == "release")
        #expect(fullSlot?["counts"]?["by_version"]?["8"] == 6_400)
        #expect(fullSlot?["comparison"]?["flip_share"] == .double(0.01))
        #expect(full["fleet"]?["slots"]?["live"] == 2)
        #expect(full["fleet"]?["versions"]?["7"]?["labels"]?["attack"] == 26_800)
        #expect(full["fleet"]?["comparisons"]?.array?.first?["flip_count"] == 128)
        #expect(bare["wanted"] == .null)
        #expect(bareSlots.first?["serving"] == .null)
        #expect(bareSlots.first?["rejected"] == .null)
        #expect(bare["fleet"]?["slots"]?["missing"] == 1)
    }
}

/// At the margin, since it is as wide as a line may be.
private let convergedPage = """
    http-anomaly: epoch 12, stable 7, canary 8 at 5%, previous 6 (announced)
    converged: 2 slots live, none missing

    GROUP/SLOT STATE          EPOCH  VERSION   DIGEST   LOAD ms RECORDS  DEAD  REBAL HEARD
    g/0        serving, ready 12     7 + 8     07070707 12.25   123456   56    0     0.1 s ago
      since partition@offset 0@42 2@17 10@5
      pid 1 on h, up 61 min, poll gap 4.500 ms, longest 61.00 ms, signed by release
    g/1        serving, ready 12     7 + 8     07070707 12.25   123456   56    0     0.1 s ago
      since partition@offset 0@42 2@17 10@5
      pid 1 on h, up 61 min, poll gap 4.500 ms, longest 61.00 ms, signed by release

    VERSION      SCORED         PRODUCED       SCORE                  MICROSECONDS A RECORD
    7            246800         234000         -0.125 ± 0.433         4.875 ± 0.433
      labels normal 220000 (89.1%), attack 26800 (10.9%)
    8            12800          12800          -0.250 ± 0.866         -

    canary 8 against 7 at 5.0%: 12800 records scored by both, 128 flips (1.0%), score difference \
    0.250
        ± 0.000
      counted by 2 slots, each since its process began
      flips normal -> attack 120, attack -> normal 8

    """
