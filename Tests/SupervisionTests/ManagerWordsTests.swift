import Lifecycle
import Logging
import Platform
import Supervision
import TestSupport
import Testing

@Suite("What the service manager is told", .blocking)
struct ManagerWordsTests {
    private let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    @Test("a service is ready as soon as it runs, lives at each turn, and says when it stops")
    func service() throws {
        let folder = try TemporaryFolder()
        let socket = try NotifySocket(folder.path("notify"))
        var settings = Supervisor.Settings()
        settings.stopDeadlineMs = 30_000
        let manager = try socket.manager(watchdogNs: 40_000_000)
        let outcome = try SupervisedService.run(
            settings: settings, manager: manager, script: "exec cat <&3 >/dev/null"
        ) { service throws in
            #expect(try socket.next() == ["READY=1", "WATCHDOG=1"])
            for _ in 0..<3 { #expect(try socket.next() == ["WATCHDOG=1"]) }
            service.requestStop()
            var last = try socket.next()
            while last == ["WATCHDOG=1"] { last = try socket.next() }
            #expect(last.prefix(2) == ["STOPPING=1", "EXTEND_TIMEOUT_USEC=35000000"])
        }
        #expect(outcome.exitCode == 0)
    }

    @Test("without a watchdog it is told once, and asks for no turns")
    func once() throws {
        let folder = try TemporaryFolder()
        let socket = try NotifySocket(folder.path("notify"))
        var words = ManagerWords(try socket.manager(), log: quiet)
        #expect(words.turnMs != nil, "it is to be told yet")
        words.turned(nowNs: 1_000_000_000)
        #expect(try socket.next() == ["READY=1"])
        #expect(words.turnMs == nil)
        words.turned(nowNs: 9_000_000_000)
        #expect(try !socket.hasMessage())
    }

    @Test("the watchdog hears four times in its span, and not at each turn")
    func watchdog() throws {
        let folder = try TemporaryFolder()
        let socket = try NotifySocket(folder.path("notify"))
        var words = ManagerWords(try socket.manager(watchdogNs: 8_000_000_000), log: quiet)
        words.turned(nowNs: 10_000_000_000)
        #expect(try socket.next() == ["READY=1", "WATCHDOG=1"])
        #expect(words.turnMs == 2_000)
        words.turned(nowNs: 11_999_999_999)
        #expect(try !socket.hasMessage())
        words.turned(nowNs: 12_000_000_000)
        #expect(try socket.next() == ["WATCHDOG=1"])
    }

    @Test("what cannot be told now is told at a later turn")
    func later() throws {
        let folder = try TemporaryFolder()
        let name = folder.path("notify")
        let manager = try #require(try ServiceManager.of(["NOTIFY_SOCKET": name]))
        var words = ManagerWords(manager, log: quiet)
        words.turned(nowNs: 1)
        #expect(words.turnMs != nil)
        let socket = try NotifySocket(name)
        words.turned(nowNs: 2)
        #expect(try socket.next() == ["READY=1"])
    }

    @Test("nobody is told where nobody asks")
    func nobody() {
        var words = ManagerWords(nil, log: quiet)
        words.turned()
        words.stopping(withinMs: 1)
        #expect(words.turnMs == nil)
    }
}
