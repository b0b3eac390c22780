import Lifecycle
import Platform
import Supervision
import Testing

@Suite("RestartPolicy")
struct RestartPolicyTests {
    typealias Action = RestartPolicy.Action

    private let killed = Platform.ExitStatus.signal(9)

    @Test("each crash in a row doubles the delay, and the sixth within a minute gives up")
    func crashLoop() {
        var policy = RestartPolicy()
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
                    reason: "slot 2 ended 6 times within 60 s, at last by exit code 9 after 12 ms; "
                        + "its own last lines above say why"))
    }

    @Test("crashes that are a minute apart from the first of six go on, with growing delays")
    func slowCrashes() {
        var policy = RestartPolicy()
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
        var policy = RestartPolicy()
        for crash in 0..<4 {
            _ = policy.ended(slot: 0, status: killed, uptimeMs: 1, nowMs: Int64(crash))
        }
        #expect(
            policy.ended(slot: 0, status: killed, uptimeMs: uptimeMs, nowMs: 100_000)
                == .restart(afterMs: delayMs))
    }

    @Test("slots do not share their crashes")
    func slotsApart() {
        var policy = RestartPolicy()
        for slot in 0..<20 {
            #expect(
                policy.ended(slot: slot, status: killed, uptimeMs: 1, nowMs: 0)
                    == .restart(afterMs: 10))
        }
    }

    @Test("a worker that asks for a restart gets it without end, later each time")
    func restartRequests() {
        var policy = RestartPolicy()
        var last = Action.restart(afterMs: 0)
        for count in 0..<1_000 {
            last = policy.ended(slot: 0, status: .code(3), uptimeMs: 5, nowMs: Int64(count))
            if count == 0 { #expect(last == .restart(afterMs: 10)) }
        }
        #expect(last == .restart(afterMs: 10_000))
    }

    @Test("restarts asked for are not counted among the crashes")
    func mixed() {
        var policy = RestartPolicy()
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
        var policy = RestartPolicy()
        let action = policy.ended(slot: 1, status: .code(code), uptimeMs: 90_000, nowMs: 0)
        guard case .stopAll(exitCode, let reason) = action else {
            Issue.record("answered by \(action)")
            return
        }
        #expect(reason.hasPrefix(words))
    }

    @Test("a superseded worker ends its slot alone")
    func superseded() {
        var policy = RestartPolicy()
        let action = policy.ended(slot: 1, status: .code(4), uptimeMs: 90_000, nowMs: 0)
        guard case .stopSlot(let reason) = action else {
            Issue.record("answered by \(action)")
            return
        }
        #expect(reason.hasPrefix("slot 1 is served by a newer process elsewhere"))
    }

    @Test(
        "every other end is a crash, a stop that nobody asked for too",
        arguments: [
            .code(0), .code(1), .code(2), .code(78), .code(127), .code(255), .signal(6),
            .signal(9), .signal(11), .signal(15),
        ] as [Platform.ExitStatus])
    func crashes(status: Platform.ExitStatus) {
        var policy = RestartPolicy()
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
        var policy = RestartPolicy()
        let passing = SwerveError(.unavailable, act: "starting x", reason: "no process to give")
        #expect(policy.failedToStart(slot: 0, error: passing, nowMs: 0) == .restart(afterMs: 10))
        let final = SwerveError(.notFound, act: "starting x", reason: "not there")
        #expect(
            policy.failedToStart(slot: 0, error: final, nowMs: 0)
                == .stopAll(exitCode: 1, reason: "slot 0: starting x: not there"))
    }
}
