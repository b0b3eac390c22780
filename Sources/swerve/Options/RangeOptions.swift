import ArgumentParser
import Lifecycle
import Platform
import Verification

/// A range of a stream, as people type its ends.
struct RangeOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where it begins: a time (2026-11-23T10:00:00Z, 2026-11-23), '2h ago', 2h, or an offset.",
            valueName: "t"))
    var from: String?

    @Option(help: ArgumentHelp("Where it ends, which is no part of it: the same.", valueName: "t"))
    var to: String?

    /// - Throws: `.usage` for what is no place in time and no offset.
    func edges(
        nowMs: Int64 = WallClock.nowMs
    ) throws(SwerveError) -> (
        from: RangeEdge?, to: RangeEdge?
    ) {
        (
            try from.map { text throws(SwerveError) in try Self.edge(text, nowMs: nowMs) },
            try to.map { text throws(SwerveError) in try Self.edge(text, nowMs: nowMs) }
        )
    }

    static func edge(_ text: String, nowMs: Int64) throws(SwerveError) -> RangeEdge {
        if let offset = Int64(text), offset >= 0 { return .offset(offset) }
        // A length of time alone is that long ago.
        let isLength = text.last.map { "smhd".contains($0) } ?? false
        let time = isLength && Int64(text.dropLast()) != nil ? "\(text) ago" : text
        do throws(SwerveError) {
            let iso = try PastTime.parse(time, nowMs: nowMs)
            guard let ms = Timestamp.milliseconds(of: iso) else { throw Self.refused(text) }
            return .time(ms: ms)
        } catch {
            throw Self.refused(text)
        }
    }

    private static func refused(_ text: String) -> SwerveError {
        SwerveError(
            .usage, act: "reading '\(text.shortened(to: 80))'",
            reason: "neither a time nor an offset",
            remedy: "write 2026-11-23T10:00:00Z (UTC), 2026-11-23, '10m ago', 10m, or an offset")
    }
}
