import Foundation
import Lifecycle
import TestSupport
import Testing

@testable import Fleet

@Suite("the report on a fleet")
struct FleetReportTests {

    @Test("two processes in a slot and a clock that is wrong are told")
    func oddities() throws {
        let now = Heard.nowMs
        var board = FleetBoard(model: try ModelName("http-anomaly"))
        board.reachEnd(atMs: now - 10_000)
        var former = Heard.record(0)
        former.incarnation = .init(id: "0", startedAtMs: 1, host: "old-host", pid: 77)
        var present = Heard.record(0, epoch: 3, ageMs: 400_000)
        present.incarnation = .init(id: "1", startedAtMs: 2, host: "h", pid: 78)
        for record in [former, present, former, Heard.record(1, epoch: 3).rejecting(12)] {
            board.hear(.fresh(record), heardAtMs: now)
        }
        let report = FleetReport(
            board: board, control: SampleFleet.control(try SampleFleet.deployment(12)), nowMs: now)
        #expect(report.json["slots"]?.array?.first?["contended_by"]?["pid"] == 77)
        #expect(report.json["slots"]?.array?.first?["clock_behind_ms"] == 400_000)
        #expect(report.verdict == .rejected(SlotID(group: "g", slot: 1), "digest mismatch"))
    }

    @Test("a model that was never promoted has no verdict, and garbage on the topic says nothing")
    func nothing() throws {
        let empty = try SampleFleet.report(wanted: nil, announced: nil, [])
        #expect(empty.verdict == nil && empty.target == nil)
        #expect(empty.waitingFor == ["no version of http-anomaly was promoted"])
        let garbled = ControlReading(.string("garbage"), key: "http-anomaly")
        #expect(garbled.record == nil)
        let report = FleetReport(
            board: FleetBoard(model: try ModelName("http-anomaly")),
            wanted: RegisteredDeployment(
                deployment: try SampleFleet.deployment(2), registry: "r"),
            control: garbled, nowMs: 0)
        #expect(report.target == .init(epoch: 2, source: .registry))
        #expect(report.notes.first?.hasPrefix("the control topic is passed over: ") ?? false)
    }

    @Test(
        "the status topic alone is enough: the newest epoch that a live slot serves is the target")
    func slotsAlone() throws {
        let board = try Heard.board([
            Heard.record(0), Heard.record(1), Heard.record(0, epoch: 40, group: "o", ageMs: 9_000),
        ])
        let report = FleetReport(
            board: board, groups: ["g"], control: .unreadable("no rights"), nowMs: Heard.nowMs)
        #expect(report.target == .init(epoch: 12, source: .slots))
        #expect(report.verdict == .converged)
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
            (3, nil, .init(epoch: 3, source: .registry)),
        ]
        for (wanted, announced, expected) in table {
            let report = try SampleFleet.report(
                wanted: wanted.map(SampleFleet.deployment),
                announced: announced.map(SampleFleet.deployment),
                records)
            #expect(report.target == expected)
        }
        let foreign = FleetReport(
            board: try Heard.board(records),
            wanted: RegisteredDeployment(
                deployment: try SampleFleet.deployment(90), registry: "another"),
            control: SampleFleet.control(try SampleFleet.deployment(12)), nowMs: Heard.nowMs)
        #expect(foreign.verdict == .converged)
        #expect(foreign.wanted == nil && foreign.notes.count == 1)
    }

    @Test("slots that serve another epoch than the registry at hand wants have never converged")
    func registryAtHand() throws {
        let board = try Heard.board([Heard.record(0), Heard.record(1)])
        for control in [ControlReading.silent, .garbled("garbage"), .unreadable("no rights")] {
            for (epoch, isConverged) in [(2, false), (12, true), (13, false)] as [(Int64, Bool)] {
                let report = FleetReport(
                    board: board,
                    wanted: RegisteredDeployment(
                        deployment: try SampleFleet.deployment(epoch),
                        registry: SampleFleet.registry),
                    control: control, nowMs: Heard.nowMs)
                #expect((report.verdict == .converged) == isConverged, "\(control) \(epoch)")
                #expect(report.target == .init(epoch: epoch, source: .registry))
            }
        }
    }

    @Test("where the topic's record cannot be read, the slots' own word is no convergence")
    func garbledAlone() throws {
        let report = FleetReport(
            board: try Heard.board([Heard.record(0), Heard.record(1)]),
            control: .garbled("not JSON"), nowMs: Heard.nowMs)
        #expect(report.target == .init(epoch: 12, source: .slots))
        #expect(report.verdict == report.groups.first?.verdict)
        #expect(report.waitingFor.count == 1)
        #expect(report.waitingFor.first?.contains("newest record of http-anomaly cannot") == true)
        #expect(!FleetSummary(reports: [report]).isConverged)
        #expect(report.notes == ["the control topic is passed over: not JSON"])
    }

    @Test("a status comes back from JSON as it was, and says the same")
    func travelling() throws {
        let wanted = try SampleFleet.deployment(12)
        let full = try SampleFleet.report(
            wanted: wanted, announced: wanted,
            [SampleFleet.busy(0), Heard.record(2, of: 5).rejecting(12)])
        let bare = try SampleFleet.report(wanted: nil, announced: nil, [])
        for status: FleetStatus in [
            .model(full), .all(FleetSummary(reports: [full, bare], notes: ["n"]), withSlots: true),
        ] {
            let read = try JSONDecoder().decode(
                FleetStatus.self, from: try JSONEncoder().encode(status))
            #expect(read == status && read.json == status.json)
            #expect(read.isConverged == status.isConverged)
        }
        #expect(
            full.groups.map(\.absent) == [
                [
                    .init(slots: 1...1, condition: .missing),
                    .init(slots: 3...4, condition: .missing),
                ]
            ])
    }

    @Test("the JSON document has the same keys, whatever there is to say")
    func json() throws {
        let wanted = try SampleFleet.deployment(12)
        let full = try SampleFleet.report(
            wanted: wanted, announced: wanted, [SampleFleet.busy(0), SampleFleet.busy(1)]
        ).json
        let bare = try SampleFleet.report(
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
        let failed = try SampleFleet.report(
            wanted: nil, announced: nil, [Heard.record(0, of: 1).failing("no topic")]
        ).json
        #expect(failed["fleet"]?["slots"]?["failed"] == 1)
        #expect(failed["slots"]?.array?.first?["condition"] == "failed")
        #expect(failed["slots"]?.array?.first?["live"] == false)
        #expect(
            failed["slots"]?.array?.first?["ended"]
                == ["kind": "dead_letter_bound", "reason": "no topic"])
    }
}
