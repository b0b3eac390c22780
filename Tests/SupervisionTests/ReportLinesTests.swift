import Lifecycle
import Supervision
import TestSupport
import Testing

@Suite("ReportLines")
struct ReportLinesTests {
    private static let newline = UInt8(ascii: "\n")

    private static func line(records: Int64) -> [UInt8] {
        var figures = WorkerFigures()
        figures.records = records
        return WorkerReport.line(
            status: Array("{}".utf8), figures: figures, standing: WorkerReport.Standing())
            + [newline]
    }

    @Test("a report comes with the piece that ends its line, however it is cut")
    func cut() {
        let line = Self.line(records: 7)
        for size in [1, 2, 7, line.count - 1] {
            var lines = ReportLines()
            var reports: [WorkerReport] = []
            var rest = (line + line)[...]
            while !rest.isEmpty {
                if let report = lines.take(Array(rest.prefix(size))) { reports.append(report) }
                rest = rest.dropFirst(size)
            }
            #expect(reports.map(\.figures.records) == [7, 7], "pieces of \(size)")
            #expect(lines.faults == 0)
        }
    }

    @Test("of several lines at once the last whole one is read, and the rest waits for its end")
    func several() {
        var lines = ReportLines()
        let last = Self.line(records: 3)
        let report = lines.take(
            Self.line(records: 1) + Self.line(records: 2) + Array(last.prefix(9)))
        #expect(report?.figures.records == 2)
        #expect(lines.take(Array(last.dropFirst(9)))?.figures.records == 3)
    }

    @Test("garbage is counted and passed over, and what follows it is read")
    func garbage() {
        var lines = ReportLines()
        #expect(lines.take(Array("warning: something\n".utf8)) == nil)
        #expect(lines.faults == 1)
        #expect(lines.take([0xFF, 0x00, Self.newline]) == nil)
        #expect(lines.faults == 2)
        #expect(lines.take(Self.line(records: 1))?.figures.records == 1)
    }

    @Test("a line without an end is let go of at the bound, and what follows its end is read")
    func endless() {
        var lines = ReportLines()
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 64 << 10)
        for _ in 0..<40 { #expect(lines.take(piece) == nil) }
        #expect(lines.faults == 1, "one line, one fault")
        #expect(lines.take(piece + [Self.newline] + Self.line(records: 4))?.figures.records == 4)
        #expect(lines.take(Self.line(records: 5))?.figures.records == 5)
    }

    @Test("no bytes that a worker may write stop the reader")
    func mutated() {
        var generator = SeededGenerator(seed: 13)
        var lines = ReportLines()
        var sound = 0
        for number in 0..<500 {
            var bytes = Self.line(records: Int64(number))
            for _ in 0..<Int.random(in: 0..<4, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[place] = UInt8.random(in: 0...255, using: &generator)
            }
            _ = lines.take(bytes)
            _ = lines.take([Self.newline])
            if lines.take(Self.line(records: 1)) != nil { sound += 1 }
        }
        #expect(sound == 500, "what follows a broken line is always read")
    }
}
