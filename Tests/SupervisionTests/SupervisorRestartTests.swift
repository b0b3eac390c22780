import Foundation
import Lifecycle
import Platform
import Supervision
import TestSupport
import Testing

/// Restarts of one slot after the other, with shell scripts for workers.
@Suite("Supervisor, rolling restart", .blocking)
struct SupervisorRestartTests {
    private let folder: TemporaryFolder
    private let clean = SupervisorOutcome(exitCode: 0, reason: "")

    init() throws { folder = try TemporaryFolder() }

    private var journal: String { folder.path("journal") }

    /// A shell's words that say in the slot's journal that it scores.
    private func scoring() throws -> String {
        var bytes = JournalBytes([])
        bytes.isScoring = true
        let file = try folder.write("scoring", bytes.bytes())
        return """
            cp '\(file)' '\(journal)'.$1.new
            printf "$(printf '\\\\%03o' $(($$ % 256)) $(($$ / 256 % 256)) $(($$ / 65536)))" |
                dd of='\(journal)'.$1.new bs=1 seek=8 conv=notrunc 2>/dev/null
            mv '\(journal)'.$1.new '\(journal)'.$1
            """
    }

    private let waits = "exec cat <&3 >/dev/null"

    private func starts(_ count: Int, of service: SupervisedService) throws -> [Int32] {
        try (0..<count).map { _ in try service.nextStart().pid }
    }

    @Test("slot by slot: the next one is asked only when the one before scores")
    func slotBySlot() throws {
        var settings = Supervisor.Settings()
        settings.restart.shortLivesMax = 0
        let script = "\(try scoring())\necho \"$1 $3\" > \"$2\"; \(waits)"
        let configuration = TestConfiguration()
        let outcome = try SupervisedService.run(
            slots: 3, settings: settings, journal: journal, configuration: configuration,
            script: script
        ) { service throws in
            let before = try starts(3, of: service)
            for _ in 0..<3 { #expect(try service.nextWord().hasSuffix(" first")) }
            configuration.write("second")
            service.requestRestart()
            #expect(try service.next() == .rolling(slots: [0, 1, 2]))
            for slot in 0..<3 {
                #expect(try service.next() == .renewing(slot: slot))
                #expect(try service.next() == .exited(slot: slot, status: .signal(15)))
                #expect(try service.next() == .restarting(slot: slot, delayMs: 0))
                let start = try service.nextStart()
                #expect(start.slot == slot && start.pid != before[slot])
                #expect(try service.nextWord() == "\(slot) second")
                for later in before.dropFirst(slot + 1) { #expect(kill(later, 0) == 0) }
            }
            #expect(try service.next() == .rolled(slots: 3))
            service.requestStop()
        }
        #expect(outcome == clean)
    }

    @Test("a configuration that makes no sense restarts nothing")
    func nonsense() throws {
        let configuration = TestConfiguration()
        let outcome = try SupervisedService.run(configuration: configuration, script: waits) {
            service throws in
            let pid = try service.nextStart().pid
            configuration.write(nil)
            service.requestRestart()
            #expect(try service.next() == .rollingStopped(slot: nil, reason: "reading: nonsense"))
            #expect(kill(pid, 0) == 0)
            service.requestStop()
        }
        #expect(outcome == clean)
    }

    @Test(
        "a slot that does not come back under a changed configuration comes back under the old one",
        arguments: ["exit 5", "exec cat <&3 >/dev/null"])
    func takenBack(second: String) throws {
        var settings = Supervisor.Settings()
        if second != "exit 5" { settings.comeBackMs = 300 }
        settings.restart.shortLivesMax = 0
        let script = """
            [ $3 = second ] && \(second)
            \(try scoring())
            echo "$1 $3" > "$2"; \(waits)
            """
        let configuration = TestConfiguration()
        let outcome = try SupervisedService.run(
            slots: 2, settings: settings, journal: journal, configuration: configuration,
            script: script
        ) { service throws in
            let before = try starts(2, of: service)
            for _ in 0..<2 { _ = try service.nextWord() }
            configuration.write("second")
            service.requestRestart()
            while true { if case .rollingStopped(0?, _) = try service.next() { break } }
            #expect(try service.nextWord() == "0 first")
            #expect(kill(before[1], 0) == 0, "the other slot is left as it was")
            if second == "exit 5" {
                while true { if case .rolled(1) = try service.next() { break } }
            }
            service.requestStop()
        }
        #expect(outcome == clean)
    }

    @Test("without another configuration the service stays as it is, and takes the next request")
    func late() throws {
        var settings = Supervisor.Settings()
        settings.comeBackMs = 1
        let outcome = try SupervisedService.run(
            slots: 2, settings: settings, journal: journal, script: waits
        ) { service throws in
            let before = try starts(2, of: service)
            for _ in 0..<2 {
                service.requestRestart()
                while true { if case .rollingStopped(0?, _) = try service.next() { break } }
            }
            #expect(kill(before[1], 0) == 0)
            service.requestStop()
        }
        #expect(outcome == clean)
    }

    @Test("a request to stop in the middle stops everything, and nothing is started any more")
    func stopped() throws {
        let script = """
            trap 'echo asked > "$2"; cat <&3 >/dev/null & wait; exit 0' TERM
            echo ready > "$2"
            cat <&3 >/dev/null & wait
            """
        var settings = Supervisor.Settings()
        settings.stopDeadlineMs = 60_000
        let outcome = try SupervisedService.run(
            slots: 2, settings: settings, journal: journal, script: script
        ) { service throws in
            for _ in 0..<2 { #expect(try service.nextWord() == "ready") }
            service.requestRestart()
            #expect(try service.nextWord() == "asked")
            service.requestRestart()
            service.requestStop(times: 2)
            while true {
                let event = try service.next()
                if case .restarting = event { Issue.record("restarted while stopping") }
                if case .finished = event { break }
            }
        }
        #expect(outcome.exitCode == 1, "killed by the second request")
    }
}
