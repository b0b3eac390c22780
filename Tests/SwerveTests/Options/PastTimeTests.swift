import Lifecycle
import TestSupport
import Testing

@testable import swerve

@Suite("times as people type them")
struct PastTimeTests {
    /// 2023-11-14T22:13:20Z.
    private let nowMs: Int64 = 1_700_000_000_000

    @Test(
        "times are read",
        arguments: [
            ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00.000Z"),
            ("2026-11-23T10:00:00.5Z", "2026-11-23T10:00:00.500Z"),
            ("2026-11-23", "2026-11-23T00:00:00.000Z"), ("now", "2023-11-14T22:13:20.000Z"),
            ("20s ago", "2023-11-14T22:13:00.000Z"), ("13m ago", "2023-11-14T22:00:20.000Z"),
            ("2h ago", "2023-11-14T20:13:20.000Z"), ("4d ago", "2023-11-10T22:13:20.000Z"),
        ])
    func read(text: String, time: String) throws {
        #expect(try PastTime.parse(text, nowMs: nowMs) == time)
    }

    @Test(
        "what is no time is refused, with how to write one",
        arguments: [
            "", "yesterday", "2026-02-30", "2026-11-23T10:00:00+01:00", "10 m ago", "-1m ago",
            "9999999999999999d ago", "99999d ago", "m ago", "10m", "10m ago ",
        ])
    func refused(text: String) {
        #expect {
            try PastTime.parse(text, nowMs: nowMs)
        } throws: { code($0) == .usage && "\($0)".contains("10m ago") }
    }
}
