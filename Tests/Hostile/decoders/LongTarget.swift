import Foundation
import Inputs
import Lifecycle
import Scoring

/// Records of a mebibyte, in which what costs the square of a record shows.
///
/// Made of a beginning, a piece that is repeated, and an end, which line breaks part; the first
/// byte chooses the format, `a` JSON.
enum LongTarget {
    private static let bytes = 1 << 20
    /// At most for one reading, of the thread's own time.
    ///
    /// It may take 50 ms without the sanitizers, which make it some 2 to 4 times as slow.
    private static let nanosecondsMax: UInt64 = 250_000_000
    nonisolated(unsafe) private static var slowest: UInt64 = 0

    nonisolated(unsafe) private static let readers: [Reader] = {
        let views: InputViews = [.text, .dense, .sparse]
        let want = InputWant(views, fieldNames: ["status", "time", "n.o"], wantsParts: true)
        var formats = LogTarget.formats.map(\.format)
        formats += [
            .nginx(#""$request" $upstream_status "$upstream_addr" $status"#, escape: .json)
        ]
        do {
            return try
                ([.json(.standard), .text]
                + formats.map { .log(LogSettings(plan: try LogPlan($0), idField: "request")) })
                .map {
                    Reader(
                        InputSettings(format: $0, limitBytes: bytes, recordBytes: bytes), [want])
                }
        } catch {
            fail("\(error)")
        }
    }()

    static func run(_ input: [UInt8]) {
        guard let first = input.first else { return }
        let pieces = input.dropFirst().split(
            separator: 0x0A, maxSplits: 2, omittingEmptySubsequences: false)
        var record = Array(pieces[0])
        let end = pieces.count > 2 ? Array(pieces[2]) : []
        if pieces.count > 1, !pieces[1].isEmpty {
            let room = max(0, bytes - record.count - end.count)
            let unit = Array(pieces[1])
            record.reserveCapacity(bytes)
            for _ in 0..<(room / unit.count) { record += unit }
        }
        record += end
        let reader = unsafe readers[Int(first &- 0x61) % readers.count]
        let start = now()
        let reason = reader.decoder.decode(record.span)
        if case .json(.malformed(nil)) = reason { fail("no JSON, and nobody knows where") }
        let spent = now() - start
        guard unsafe spent > slowest else { return }
        unsafe slowest = spent
        FileHandle.standardError.write(
            Data("slowest: \(spent / 1_000) us for \(record.count) bytes\n".utf8))
        expect(spent <= nanosecondsMax, "a record takes \(spent / 1_000_000) ms")
    }

    private static func now() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
