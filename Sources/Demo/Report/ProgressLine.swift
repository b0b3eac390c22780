import Lifecycle
import Platform

/// How far the run is, on standard error: one line redrawn on a terminal, few elsewhere.
struct ProgressLine {
    struct State {
        var phase: String
        var fed = 0
        var answered = 0
        var records = 0
        /// Of each slot.
        var epochs: [Int64?] = []
    }

    private let isShown: Bool
    private let isTerminal: Bool
    private let isColoured: Bool
    private var lastNs: UInt64 = 0
    private var rateFromNs: UInt64 = 0
    private var rateFromAnswered = 0
    private var rate = 0.0

    init(isShown: Bool, isColoured: Bool) {
        self.isShown = isShown
        self.isColoured = isColoured
        isTerminal = StandardStream.error.isTerminal
    }

    /// Draws the state if the last drawing is old enough; nothing where no terminal is.
    mutating func show(_ state: State) {
        let now = MonotonicClock.now
        guard isShown, isTerminal, now &- lastNs >= Self.redrawNs else { return }
        lastNs = now
        if now &- rateFromNs >= Self.rateNs {
            let seconds = Double(now &- rateFromNs) / 1e9
            rate = Double(state.answered - rateFromAnswered) / seconds
            rateFromNs = now
            rateFromAnswered = state.answered
        }
        let line = Self.line(state, rate: max(0, rate))
        let (bar, rest) = (line.prefix(Self.barCells + 2), line.dropFirst(Self.barCells + 2))
        let shown = isColoured ? "\u{1B}[32m\(bar)\u{1B}[0m\(rest)" : line
        StandardStream.error.write("\r\u{1B}[2K" + shown)
    }

    /// Something worth a line of its own.
    func note(_ text: String) {
        guard isShown else { return }
        StandardStream.error.write((isTerminal ? "\r\u{1B}[2K" : "") + "demo: \(text.printable)\n")
    }

    /// Leaves the terminal's line empty.
    func clear() {
        if isShown, isTerminal { StandardStream.error.write("\r\u{1B}[2K") }
    }

    static func line(_ state: State, rate: Double) -> String {
        let percent = state.records > 0 ? state.answered * 100 / state.records : 0
        let filled = percent * barCells / 100
        let bar =
            String(repeating: "#", count: filled) + String(repeating: ".", count: barCells - filled)
        let epochs = state.epochs.map { $0.map { "\($0)" } ?? "-" }.joined(separator: " ")
        let line =
            "[\(bar)] \(percent) %  \(DemoReport.grouped(state.answered)) records, "
            + "\(DemoReport.grouped(Int(rate.rounded())))/s  epoch \(epochs)  "
            + "lag \(DemoReport.grouped(state.fed - state.answered))  \(state.phase)"
        return line.shortened(to: columns)
    }

    private static let redrawNs: UInt64 = 200_000_000
    private static let rateNs: UInt64 = 1_000_000_000
    private static let barCells = 20
    private static let columns = 100
}
