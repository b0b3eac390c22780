import Lifecycle
import Platform
import Supervision
import Testing

@Suite("RestartPolicy")
struct RestartPolicyTests {
    typealias Action = RestartPolicy.Action

    private let killed = Platform.ExitStatus.signal(9)

    @Test("each crash in a row doubles the delay, and the sixth of the only slot gives up")
    func crashLoop() {
        var policy = RestartPolicy(slots: 2..<3)
        var delays: [Action] = []
        for crash in 0..<5 {
            delays.append(
                policy.ended(slot: 2, status: killed, uptimeMs: 100, nowMs: Int64(crash) * 1_000))
        }
        #expect(delays == [10, 20, 40, 80, 160].map { .restart(afterMs: $0) })
        let last = policy.ended(slot: 2, status: .code(9), uptimeMs: 12, nowMs: 59_999)
        #expect(
            last
                == .stopAll(
                    exitCode: 1,
                    reason: "no slot can serve: slot 2 crashed 6 times in a row within 10 s of its "
                        + "start, before it was done with any record, at last by exit code 9 after "
                        + "12 ms; its own last lines above say why"))
    }

    /// Crashes of `slot` at these times, each after a life of `uptimeMs`.
    private func crash(
        _ policy: inout RestartPolicy, _ slot: Int, uptimeMs: Int64 = 100, at times: [Int64]
    ) -> [Action] {
        times.map { policy.ended(slot: slot, status: killed, uptimeMs: uptimeMs, nowMs: $0) }
    }

    @Test("six kills of one of two slots within 54 s slow that slot down, and stop nobody")
    func killedOften() {
        var policy = RestartPolicy(slots: 0..<2)
        let times = (1...6).map { Int64($0) * 9_000 }
        let actions = crash(&policy, 1, uptimeMs: 8_900, at: Array(times.prefix(5)))
        #expect(actions == [10, 20, 40, 80, 160].map { .restart(afterMs: $0) })
        guard case .restartSlowly(10_000, let reason) = crash(&policy, 1, at: [54_000])[0] else {
            Issue.record("the sixth was not restarted slowly")
            return
        }
        #expect(
            reason
                == "slot 1 crashed 6 times in a row within 10 s of its start, before it was done "
                + "with any record, at last by signal 9 (SIGKILL) after 100 ms; its own last lines "
                + "above say why; it is tried again in 10 s, and the other slots go on")
        #expect(crash(&policy, 0, at: [54_001]) == [.restart(afterMs: 10)])
    }

    @Test("a slot in a loop is tried without end while another lives; both in one end the service")
    func loops() {
        var policy = RestartPolicy(slots: 0..<2)
        let slow = crash(&policy, 1, at: (0..<100).map { $0 * 10_000 }).dropFirst(5)
        for action in slow {
            guard case .restartSlowly = action else {
                Issue.record("answered by \(action)")
                return
            }
        }
        let others = crash(&policy, 0, at: (990_000..<990_006).map { $0 })
        #expect(others.dropLast() == [10, 20, 40, 80, 160].map { .restart(afterMs: $0) })
        guard case .stopAll(1, let reason) = others.last else {
            Issue.record("answered by \(others)")
            return
        }
        #expect(reason.hasPrefix("no slot can serve: slot 0 crashed 6 times"))
    }

    @Test("workers that served are in no loop, however often and soon they are killed")
    func killedWhileServing() {
        var policy = RestartPolicy(slots: 0..<2)
        var last: [Action] = []
        for crash in 0..<50 {
            last = (0..<2).map {
                policy.ended(
                    slot: $0, status: killed, uptimeMs: 900, hasServed: true,
                    nowMs: Int64(crash) * 1_000)
            }
        }
        #expect(last == [.restart(afterMs: 10_000), .restart(afterMs: 10_000)])
    }

    @Test("a crash whose cause was found is in no loop; where others were served, it is forgotten")
    func causeFound() {
        var policy = RestartPolicy(slots: 0..<1)
        var delays: [Action] = []
        for _ in 0..<20 {
            delays.append(
                policy.ended(
                    slot: 0, status: killed, uptimeMs: 50, isCauseFound: true, nowMs: 0))
        }
        #expect(delays.first == .restart(afterMs: 10) && delays.last == .restart(afterMs: 10_000))
        #expect(
            policy.ended(
                slot: 0, status: killed, uptimeMs: 50, hasServed: true, isCauseFound: true,
                nowMs: 0) == .restart(afterMs: 10))
    }

    @Test("a slot whose last crash is long ago has a worker that lives, whatever it went through")
    func recovered() {
        var policy = RestartPolicy(slots: 0..<2)
        _ = crash(&policy, 1, at: (0..<6).map { $0 })
        let later = crash(&policy, 0, at: (0..<6).map { 20_005 + $0 })
        guard case .restartSlowly = later.last else {
            Issue.record("answered by \(later)")
            return
        }
    }

    @Test("a slot that another process took serves nothing here")
    func loopBesideSuperseded() {
        var policy = RestartPolicy(slots: 0..<2)
        _ = policy.ended(slot: 1, status: .code(4), uptimeMs: 1, nowMs: 0)
        guard case .stopAll(1, _) = crash(&policy, 0, at: (0..<6).map { $0 }).last else {
            Issue.record("the service went on without a slot that serves")
            return
        }
    }

    @Test("a life that is not short ends the row, and the delays go on growing")
    func rowEnds() {
        var policy = RestartPolicy(slots: 0..<1)
        _ = crash(&policy, 0, at: (0..<5).map { $0 })
        #expect(crash(&policy, 0, uptimeMs: 10_000, at: [20_000]) == [.restart(afterMs: 320)])
        #expect(crash(&policy, 0, at: [20_400]) == [.restart(afterMs: 640)])
    }

    @Test("crashes that are a minute apart from the first of six go on, with growing delays")
    func slowCrashes() {
        var policy = RestartPolicy(slots: 0..<1)
        var delays: [Action] = []
        for crash in 0..<14 {
            delays.append(
                policy.ended(
                    slot: 0, status: killed, uptimeMs: 11_000, nowMs: Int64(crash) * 12_000))
        }
        let expected: [Int64] = [
            10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_120, 10_000, 10_000, 10_000, 10_000,
        ]
        #expect(delays == expected.map { .restart(afterMs: $0) })
    }

    @Test(
        "a minute of health forgets the crashes before; a millisecond less does not",
        arguments: [(60_000, 10), (59_999, 160), (.max, 10)] as [(Int64, Int64)])
    func health(uptimeMs: Int64, delayMs: Int64) {
        var policy = RestartPolicy(slots: 0..<1)
        for crash in 0..<4 {
            _ = policy.ended(slot: 0, status: killed, uptimeMs: 1, nowMs: Int64(crash))
        }
        #expect(
            policy.ended(slot: 0, status: killed, uptimeMs: uptimeMs, nowMs: 100_000)
                == .restart(afterMs: delayMs))
    }

    @Test("slots do not share their crashes")
    func slotsApart() {
        var policy = RestartPolicy(slots: 0..<20)
        for slot in 0..<20 {
            #expect(
                policy.ended(slot: slot, status: killed, uptimeMs: 1, nowMs: 0)
                    == .restart(afterMs: 10))
        }
    }

    @Test("a worker that asks for a restart gets it without end, later each time")
    func restartRequests() {
        var policy = RestartPolicy(slots: 0..<1)
        var last = Action.restart(afterMs: 0)
        for count in 0..<1_000 {
            last = policy.ended(slot: 0, status: .code(3), uptimeMs: 5, nowMs: Int64(count))
            if count == 0 { #expect(last == .restart(afterMs: 10)) }
        }
        #expect(last == .restart(afterMs: 10_000))
    }

    @Test("a worker that had stalled is replaced at once, and looked at as a crash is")
    func stalled() {
        var policy = RestartPolicy(slots: 0..<1)
        for crash in 0..<20 {
            #expect(
                policy.ended(
                    slot: 0, status: .code(6), uptimeMs: 120_500, nowMs: Int64(crash) * 121_000)
                    == .restart(afterMs: 10))
        }
        #expect(WorkerExit.isCrash(.code(6)) && WorkerExit.isCrash(.code(9)))
        #expect(WorkerExit.isCrash(.signal(9)))
        #expect(![0, 3, 4, 5, 64, 75].contains { WorkerExit.isCrash(.code($0)) })
    }

    @Test("restarts asked for are not counted among the crashes")
    func mixed() {
        var policy = RestartPolicy(slots: 0..<1)
        for count in 0..<40 {
            let status: Platform.ExitStatus = count % 8 == 0 ? killed : .code(3)
            let action = policy.ended(slot: 0, status: status, uptimeMs: 5, nowMs: Int64(count))
            guard case .restart = action else {
                Issue.record("exit \(count) was answered by \(action)")
                return
            }
        }
        guard case .stopAll = policy.ended(slot: 0, status: killed, uptimeMs: 5, nowMs: 50) else {
            Issue.record("the sixth crash was not the last")
            return
        }
    }

    @Test(
        "the exits with a meaning are never restarted",
        arguments: [
            (75, 75, "slot 1 reached the bound of dead letters"),
            (64, 64, "slot 1 refused its configuration"),
        ] as [(Int32, Int32, String)])
    func stopsAll(code: Int32, exitCode: Int32, words: String) {
        var policy = RestartPolicy(slots: 0..<2)
        let action = policy.ended(slot: 1, status: .code(code), uptimeMs: 90_000, nowMs: 0)
        guard case .stopAll(exitCode, let reason) = action else {
            Issue.record("answered by \(action)")
            return
        }
        #expect(reason.hasPrefix(words))
    }

    @Test(
        "a superseded worker, and one that has left its group, ends its slot alone",
        arguments: [
            (4, "slot 1 was taken by a newer process elsewhere"),
            (7, "slot 1 has left its group, as it was asked to"),
        ] as [(Int32, String)])
    func superseded(code: Int32, words: String) {
        var policy = RestartPolicy(slots: 0..<2)
        let action = policy.ended(slot: 1, status: .code(code), uptimeMs: 90_000, nowMs: 0)
        guard case .stopSlot(let reason) = action else {
            Issue.record("answered by \(action)")
            return
        }
        #expect(reason.hasPrefix(words))
    }

    @Test(
        "every other end is a crash, a stop that nobody asked for too",
        arguments: [
            .code(0), .code(1), .code(2), .code(78), .code(127), .code(255), .signal(6),
            .signal(9), .signal(11), .signal(15),
        ] as [Platform.ExitStatus])
    func crashes(status: Platform.ExitStatus) {
        var policy = RestartPolicy(slots: 0..<1)
        for crash in 0..<5 {
            guard
                case .restart = policy.ended(
                    slot: 0, status: status, uptimeMs: 1, nowMs: Int64(crash))
            else {
                Issue.record("crash \(crash) was not restarted")
                return
            }
        }
        guard case .stopAll(1, _) = policy.ended(slot: 0, status: status, uptimeMs: 1, nowMs: 5)
        else {
            Issue.record("the sixth crash was not the last")
            return
        }
    }

    @Test("a start that may pass is tried again, one that cannot ends the service at once")
    func failedStarts() {
        var policy = RestartPolicy(slots: 0..<1)
        let passing = SwerveError(.unavailable, act: "starting x", reason: "no process to give")
        #expect(policy.failedToStart(slot: 0, error: passing, nowMs: 0) == .restart(afterMs: 10))
        let final = SwerveError(.notFound, act: "starting x", reason: "not there")
        #expect(
            policy.failedToStart(slot: 0, error: final, nowMs: 0)
                == .stopAll(exitCode: 1, reason: "slot 0: starting x: not there"))
    }
}
