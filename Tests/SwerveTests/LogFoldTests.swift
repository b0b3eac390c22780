import Lifecycle
import Logging
import Platform
import Testing

@testable import swerve

@Suite("Lines of the log that say the same")
struct LogFoldTests {
    private static let minute: UInt64 = 60_000_000_000

    @Test("the first is written, those within a minute are counted, the next one tells the count")
    func counts() {
        var fold = LogFold()
        #expect(fold.take("a", at: 5) == .tell(untold: 0))
        #expect(fold.take("a", at: 6) == .keep)
        #expect(fold.take("a", at: 5 + Self.minute - 1) == .keep)
        #expect(fold.take("b", at: 7) == .tell(untold: 0))
        #expect(fold.take("a", at: 5 + Self.minute) == .tell(untold: 2))
        #expect(fold.take("a", at: 6 + Self.minute) == .keep)
    }

    @Test("what was counted and does not come again is told once its minute is over")
    func over() {
        var fold = LogFold()
        _ = fold.take("a", at: 0)
        _ = fold.take("a", at: 1)
        _ = fold.take("once", at: 2)
        #expect(fold.takeOver(at: Self.minute - 1).isEmpty)
        let over = fold.takeOver(at: Self.minute + 2)
        #expect(over.map(\.line) == ["a"])
        #expect(over.map(\.untold) == [1])
        #expect(fold.takeOver(at: 2 * Self.minute).isEmpty)
        #expect(fold.take("a", at: 2 * Self.minute) == .tell(untold: 0))
    }

    @Test("at the end all that was counted is told")
    func end() {
        var fold = LogFold()
        _ = fold.take("a", at: 0)
        _ = fold.take("a", at: 1)
        #expect(fold.takeOver(at: 2, isAll: true).map(\.untold) == [1])
    }

    @Test("lines without end do not fill the memory: beyond a bound each is written")
    func bounded() {
        var fold = LogFold()
        for number in 0..<LogFold.linesMax {
            #expect(fold.take("line \(number)", at: 0) == .tell(untold: 0))
        }
        #expect(fold.take("one more", at: 0) == .tell(untold: 0))
        #expect(fold.take("one more", at: 1) == .tell(untold: 0))
        #expect(fold.take("line 0", at: 1) == .keep)
    }
}

@Suite("The log of a process")
struct ProcessLogTests {
    private static func line(
        _ message: String, level: Logger.Level = .warning, _ metadata: [String: String] = [:]
    ) -> LogLine {
        LogLine(level: level, logger: "worker", message: message, metadata: metadata)
    }

    /// What a log writes, without the time at the beginning of each line.
    private static func written(_ form: LogLine.Form, _ body: (ProcessLog) -> Void) -> [String] {
        let lines = Guarded<[String]>([])
        let log = ProcessLog(form, LogVerbosity("info"), steps: { 0 }) { text in
            lines.withLock { $0.append(text) }
        }
        body(log)
        log.end()
        return lines.withLock { $0 }.map {
            form == .json ? $0 : String($0.drop { $0 != " " }.dropFirst())
        }
    }

    @Test("a warning that is repeated is written once, and its count at the end")
    func repeated() {
        let lines = Self.written(.text) { log in
            for _ in 1...3 { log.take(Self.line("a fault", ["slot": "0"])) }
            log.take(Self.line("a fault", ["slot": "1"]))
            for pid in 1...2 { log.take(Self.line("ended", ["slot": "0", "pid": "\(pid)"])) }
            for _ in 0..<2 { log.take(Self.line("news", level: .info)) }
        }
        #expect(
            lines == [
                "warning worker: slot=0 a fault", "warning worker: slot=1 a fault",
                "warning worker: pid=1 slot=0 ended", "warning worker: pid=2 slot=0 ended",
                "info worker: news", "info worker: news",
                "warning worker: slot=0 a fault (and 2 such lines within a minute before)",
            ])
    }

    @Test("a line is one line, whatever is in it")
    func hostile() {
        let lines = Self.written(.text) { log in
            log.take(Self.line("a\nb\u{1B}[31m\u{202E}c", ["slot": "1\n2"]))
        }
        #expect(lines == ["warning worker: slot=1\\u{a}2 a\\u{a}b\\u{1b}[31m\\u{202e}c"])
    }

    @Test("as JSON, each line is one document")
    func json() throws {
        let lines = Self.written(.json) { log in
            log.take(Self.line("a \"fault\"\n", ["slot": "3", "level": "forged", "why": "no"]))
        }
        let document = try JSONValue(
            parsing: Array(try #require(lines.first).utf8), act: "reading a line")
        #expect(lines.count == 1)
        #expect(document["level"] == .string("warning"))
        #expect(document["logger"] == .string("worker"))
        #expect(document["message"] == .string("a \"fault\"\n"))
        #expect(document["slot"] == .int(3))
        #expect(document["why"] == .string("no"))
        let at = try #require(document["at"]?.string)
        #expect(Timestamp.milliseconds(of: at) != nil)
    }

    @Test(
        "each request is one level further, and then back to the configured one",
        arguments: [
            ("info", [Logger.Level.info, .debug, .trace, .info, .debug]),
            ("debug", [.debug, .trace, .debug]), ("error", [.error, .debug, .trace, .error]),
        ])
    func levels(name: String, levels: [Logger.Level]) {
        let verbosity = LogVerbosity(name)
        for (steps, level) in levels.enumerated() {
            #expect(verbosity.level(after: steps) == level)
        }
    }
}
