import Foundation
import Lifecycle
import Platform
import Supervision
import TestSupport
import Testing

/// With real processes: shell scripts stand in for workers, and events for sleeps.
@Suite("Supervisor", .blocking)
struct SupervisorTests {
    /// Ends by the signal that asks for it, and when the supervisor is gone.
    private let obedient = "exec cat <&3 >/dev/null"
    // Where a script has a trap it waits by `wait`, the one wait of the shell that a signal cannot
    // slip past just before it begins.
    private let clean = SupervisorOutcome(exitCode: 0, reason: "")

    @Test("each slot has a worker, and a request stops all of them cleanly")
    func stopsAll() throws {
        let outcome = try SupervisedService.run(slots: 3, script: obedient) { service throws in
            let pids = try (0..<3).map { slot in
                let start = try service.nextStart()
                #expect(start.slot == slot)
                return start.pid
            }
            #expect(Set(pids).count == 3)
            service.requestStop()
            #expect(try service.next() == .stopping(cause: "request"))
            let ends = try Set((0..<3).map { _ in "\(try service.next())" })
            let expected = (0..<3).map {
                "\(SupervisorEvent.exited(slot: $0, status: .signal(15)))"
            }
            #expect(ends == Set(expected))
            #expect(try service.next() == .finished(exitCode: 0))
            for pid in pids { #expect(kill(pid, 0) == -1 && errno == ESRCH) }
        }
        #expect(outcome == clean)
    }

    @Test("a worker that catches the request and ends by itself has stopped cleanly")
    func gracefulWorker() throws {
        let script = """
            trap 'echo done > "$2"; exit 0' TERM
            echo ready > "$2"
            cat <&3 >/dev/null & wait
            """
        let outcome = try SupervisedService.run(script: script) { service throws in
            #expect(try service.nextWord() == "ready")
            service.requestStop()
            #expect(try service.nextWord() == "done")
        }
        #expect(outcome == clean)
    }

    @Test("a killed worker comes back in its slot, and only after its end was read")
    func restarts() throws {
        let outcome = try SupervisedService.run(slots: 2, script: obedient) { service throws in
            let first = try service.nextStart()
            let second = try service.nextStart()
            kill(first.pid, SIGKILL)
            #expect(try service.next() == .exited(slot: 0, status: .signal(9)))
            #expect(try service.next() == .restarting(slot: 0, delayMs: 10))
            let third = try service.nextStart()
            #expect(third.slot == 0)
            #expect(third.pid != first.pid)
            #expect(kill(second.pid, 0) == 0, "the neighbour lives on")
            service.requestStop()
        }
        #expect(outcome == clean)
    }

    @Test("a worker that asks for another process gets one, however often")
    func restartRequests() throws {
        var settings = Supervisor.Settings()
        settings.restart.delayFirstMs = 0
        settings.restart.shortLivesMax = 1
        let outcome = try SupervisedService.run(settings: settings, script: "exit 3") {
            service throws in
            for _ in 0..<10 { _ = try service.nextStart() }
            service.requestStop()
        }
        #expect(outcome == clean)
    }

    @Test("a crash loop slows its own slot down, and the neighbour serves on")
    func crashLoop() throws {
        var settings = Supervisor.Settings()
        settings.restart.delayMaxMs = 3_600_000
        let script = #"[ "$1" = 1 ] && exit 9; exec cat <&3 >/dev/null"#
        let outcome = try SupervisedService.run(slots: 2, settings: settings, script: script) {
            service throws in
            var starts = 0
            var neighbour: Int32 = 0
            while true {
                switch try service.next() {
                case .started(let slot, let pid):
                    if slot == 1 { starts += 1 } else { neighbour = pid }
                    continue
                case .exited(let slot, let status):
                    #expect(slot == 1)
                    #expect(status == .code(9))
                    continue
                case .restarting(let slot, let delayMs):
                    #expect(slot == 1)
                    if delayMs < 3_600_000 { continue }
                case let other: Issue.record("unexpected: \(other)")
                }
                break
            }
            #expect(starts == 6)
            #expect(kill(neighbour, 0) == 0, "the neighbour lives on")
            service.requestStop()
        }
        #expect(outcome == clean)
    }

    /// A shell's words that write `file` as the journal, with its own process in it, and die.
    private func dying(over file: String, _ journal: String) -> String {
        """
        cp '\(file)' '\(journal)'.$1
        printf "$(printf '\\\\%03o' $(($$ % 256)) $(($$ / 256 % 256)) $(($$ / 65536)))" |
            dd of='\(journal)'.$1 bs=1 seek=8 conv=notrunc 2>/dev/null
        kill -SEGV $$
        """
    }

    @Test("what workers had at hand as they died tells the next ones what to beware of")
    func journals() throws {
        let folder = try TemporaryFolder()
        let journal = folder.path("journal")
        let batch = try folder.write("batch", JournalBytes([(2, 17, 41)]).bytes())
        let single = try folder.write("single", JournalBytes([(2, 40, 40)], isSingle: true).bytes())
        let script = """
            cd '\(folder.url.path)'; count=$(cat count); echo $((count + 1)) > count
            [ -e '\(journal)'.$1 ] && exit 5
            [ $count -ge 3 ] && echo lives > "$2" && exec cat <&3 >/dev/null
            if [ $count = 2 ]; then
            \(dying(over: single, journal))
            fi
            \(dying(over: batch, journal))
            """
        try folder.write("count", "0\n")
        let outcome = try SupervisedService.run(journal: journal, script: script) {
            service throws in
            var findings: [CrashSearch.Finding] = []
            while findings.count < 3 {
                if case .searched(0, let finding) = try service.next() { findings.append(finding) }
            }
            let range = OffsetRange(partition: 2, first: 17, last: 41)
            let place = RecordPlace(partition: 2, offset: 40)
            #expect(findings == [.first([range]), .suspects([range]), .killer(place)])
            #expect(try service.nextWord() == "lives")
            #expect(
                service.suspects == [
                    nil, nil, SuspectRecords(ranges: [range]),
                    SuspectRecords(ranges: [range], killers: [place]),
                ])
            service.requestStop()
        }
        #expect(outcome == clean)
    }

    @Test("records that ended one slot's workers are told to the other's next one")
    func journalsOfTwo() throws {
        let folder = try TemporaryFolder()
        let journal = folder.path("journal")
        let batch = try folder.write("batch", JournalBytes([(2, 17, 41)]).bytes())
        let fifo = folder.path("go")
        let script = """
            [ $1 = 0 ] && [ -e '\(folder.path("died"))' ] && exec cat <&3 >/dev/null
            [ $1 = 0 ] && touch '\(folder.path("died"))'
            [ $1 = 1 ] && read go < '\(fifo)'
            \(dying(over: batch, journal))
            """
        guard unsafe mkfifo(fifo, 0o600) == 0 else { throw CocoaError(.fileWriteUnknown) }
        let go = OwnedDescriptor(unsafe open(fifo, O_RDWR | O_CLOEXEC))
        let outcome = try SupervisedService.run(slots: 2, journal: journal, script: script) {
            service throws in
            var findings: [CrashSearch.Finding] = []
            while findings.count < 2 {
                switch try service.next() {
                case .searched(_, let finding): findings.append(finding)
                case .restarting(slot: 0, _): try go.write(Array("go\n".utf8), act: "going")
                default: continue
                }
            }
            let range = OffsetRange(partition: 2, first: 17, last: 41)
            #expect(findings == [.first([range]), .suspects([range])])
            while try service.nextStart().slot != 1 {}
            #expect(service.suspects.last == SuspectRecords(ranges: [range]))
            service.requestStop(times: 2)
        }
        #expect(outcome.exitCode <= 1)
    }

    @Test("a journal of another process, or one that is none, says nothing")
    func strangeJournals() throws {
        let folder = try TemporaryFolder()
        let journal = folder.path("journal")
        for bytes in [JournalBytes([(2, 40, 40)], isSingle: true).bytes(), Array("none".utf8)] {
            let file = try folder.write("file", bytes)
            let outcome = try SupervisedService.run(
                journal: journal, script: "cp '\(file)' '\(journal)'.$1; kill -SEGV $$"
            ) { service throws in
                for _ in 0..<3 { _ = try service.nextStart() }
                #expect(service.suspects.allSatisfy { $0 == nil })
                service.requestStop(times: 2)
            }
            #expect(outcome.exitCode <= 1)
        }
    }

    @Test("crash loops of all slots end the service with 1 and name slot and exit")
    func crashLoops() throws {
        var settings = Supervisor.Settings()
        settings.restart.delayMaxMs = 10
        let outcome = try SupervisedService.run(
            slots: 2, settings: settings, script: "exit 9")
        #expect(outcome.exitCode == 1)
        #expect(outcome.reason.hasPrefix("no slot can serve: slot "))
        #expect(outcome.reason.contains("at last by exit code 9"))
    }

    @Test(
        "an exit with a meaning ends the service with its code, without a restart",
        arguments: [
            (75, "slot 0 reached the bound of dead letters"),
            (64, "slot 0 refused its configuration"),
        ] as [(Int32, String)])
    func exitCodes(code: Int32, words: String) throws {
        let script = #"[ "$1" = 0 ] && exit \#(code); exec cat <&3 >/dev/null"#
        let outcome = try SupervisedService.run(slots: 2, script: script) { service throws in
            var starts = 0
            while true {
                let event = try service.next()
                if case .started = event { starts += 1 }
                if case .restarting = event { Issue.record("restarted") }
                if case .finished = event { break }
            }
            #expect(starts == 2)
        }
        #expect(outcome.exitCode == code)
        #expect(outcome.reason.hasPrefix(words))
    }

    @Test("the bound of dead letters shows even when it is reached while stopping")
    func boundWhileStopping() throws {
        let script = """
            trap 'exit 75' TERM
            echo ready > "$2"
            cat <&3 >/dev/null & wait
            """
        let outcome = try SupervisedService.run(script: script) { service throws in
            #expect(try service.nextWord() == "ready")
            service.requestStop()
        }
        #expect(outcome.exitCode == 75)
    }

    @Test("a superseded worker ends its slot; the service ends with 69 when none is left")
    func superseded() throws {
        let script = """
            [ "$1" = 0 ] && exit 4
            trap 'exit 4' TERM
            echo ready > "$2"
            cat <&3 >/dev/null & wait
            """
        let outcome = try SupervisedService.run(slots: 2, script: script) { service throws in
            #expect(try service.nextWord() == "ready")
            let (first, second) = (try service.nextStart(), try service.nextStart())
            #expect(try service.next() == .exited(slot: 0, status: .code(4)))
            guard case .slotStopped(slot: 0, _) = try service.next() else {
                Issue.record("slot 0 was not stopped")
                return
            }
            #expect(first.slot == 0)
            kill(second.pid, SIGTERM)
            #expect(try service.next() == .exited(slot: 1, status: .code(4)))
        }
        #expect(outcome.exitCode == 69)
        #expect(outcome.reason.hasPrefix("no slot is left"))
    }

    /// Deaf to the polite request from the moment it says so; `exec` keeps that.
    private let stubborn = #"trap '' TERM; echo ready > "$2"; exec cat <&3 >/dev/null"#

    @Test("a worker that was started to take longer to end has that time")
    func longerDeadline() throws {
        var settings = Supervisor.Settings()
        settings.stopDeadlineMs = 0
        let script = """
            trap 'echo asked > "$2"; exit 0' TERM
            echo ready > "$2"; cat <&3 >/dev/null & wait
            """
        let outcome = try SupervisedService.run(
            settings: settings, stopMs: 60_000, script: script
        ) { service throws in
            #expect(try service.nextWord() == "ready")
            _ = try service.nextStart()
            service.requestStop()
            #expect(try service.nextWord() == "asked")
        }
        #expect(outcome.exitCode == 0)
    }

    @Test("a worker deaf to the request is killed at the deadline, and that is no clean stop")
    func deadline() throws {
        var settings = Supervisor.Settings()
        settings.stopDeadlineMs = 50
        let outcome = try SupervisedService.run(settings: settings, script: stubborn) {
            service throws in
            #expect(try service.nextWord() == "ready")
            _ = try service.nextStart()
            service.requestStop()
            #expect(try service.next() == .stopping(cause: "request"))
            #expect(try service.next() == .killed(slot: 0))
            #expect(try service.next() == .exited(slot: 0, status: .signal(9)))
            #expect(try service.next() == .finished(exitCode: 1))
        }
        #expect(outcome.exitCode == 1)
        #expect(outcome.reason.hasPrefix("slot 0 was killed (not stopped within 50 ms)"))
    }

    @Test("a second request does not wait for the deadline", arguments: [false, true])
    func secondRequest(areTogether: Bool) throws {
        let outcome = try SupervisedService.run(script: stubborn) { service throws in
            #expect(try service.nextWord() == "ready")
            _ = try service.nextStart()
            service.requestStop(times: areTogether ? 2 : 1)
            let cause = areTogether ? "request and request" : "request"
            #expect(try service.next() == .stopping(cause: cause))
            if !areTogether { service.requestStop() }
            #expect(try service.next() == .killed(slot: 0))
            #expect(try service.next() == .exited(slot: 0, status: .signal(9)))
        }
        #expect(outcome.reason.hasPrefix("slot 0 was killed (asked to stop a second time)"))
    }

    @Test("a request while a slot waits for its restart stops that slot too")
    func stopWhileWaiting() throws {
        var settings = Supervisor.Settings()
        settings.restart.delayFirstMs = 3_600_000
        settings.restart.delayMaxMs = 3_600_000
        let outcome = try SupervisedService.run(settings: settings, script: "exit 9") {
            service throws in
            while true { if case .restarting = try service.next() { break } }
            service.requestStop()
            #expect(try service.next() == .stopping(cause: "request"))
            #expect(try service.next() == .finished(exitCode: 0))
        }
        #expect(outcome == clean)
    }

    @Test("each worker gets its document as one line, and so does its successor")
    func document() throws {
        let script = """
            read -r line <&3
            printf '%s %s\n' "$1" "$line" > "$2"
            exec cat <&3 >/dev/null
            """
        let document = #"{"group":"http-anomaly","note":"\\ \"ü\""}"#
        let outcome = try SupervisedService.run(document: document, script: script) {
            service throws in
            #expect(try service.nextWord() == "0 " + document)
            kill(try service.nextStart().pid, SIGKILL)
            #expect(try service.nextWord() == "0 " + document)
            service.requestStop()
        }
        #expect(outcome == clean)
    }

    @Test("a document that cannot be sent is a crash and no worker that waits for ever")
    func unsendableDocument() throws {
        var settings = Supervisor.Settings()
        settings.restart.shortLivesMax = 0
        let outcome = try SupervisedService.run(
            settings: settings, document: "two\nlines", script: obedient)
        #expect(outcome.exitCode == 1)
        #expect(outcome.reason.hasPrefix("no slot can serve: slot 0 crashed 1 times in a row"))
    }

    @Test("a worker program that is not there ends the service with its path")
    func missingExecutable() throws {
        let outcome = try SupervisedService.run(
            slots: 2, executable: "/no/such/worker", script: "")
        #expect(
            outcome
                == SupervisorOutcome(
                    exitCode: 1,
                    reason: "slot 0: starting /no/such/worker: posix_spawn: No such file or "
                        + "directory (errno 2); check the path /no/such/worker"))
    }
}
