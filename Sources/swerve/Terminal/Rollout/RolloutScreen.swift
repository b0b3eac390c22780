import Lifecycle
import Operations
import Platform

/// Where `rollout status --watch` shows its pages: drawn in place on a terminal, one behind the
/// other elsewhere.
struct RolloutScreen {
    private let isDrawn: Bool
    private let isJSON: Bool
    private let announcer: Announcer

    /// - Parameter announcer: who carries rollouts out.
    init(json: Bool, by announcer: Announcer) {
        self.announcer = announcer
        let terminal = Environment["TERM"] ?? "dumb"
        isJSON = json
        isDrawn = !json && StandardStream.output.isTerminal && terminal != "dumb"
        if isDrawn { Terminal.write(TerminalFrame.begin) }
    }

    func show(_ standing: RolloutStanding) {
        guard isDrawn else {
            Self.write(standing, json: isJSON, by: announcer)
            if !isJSON { Terminal.line("") }
            return
        }
        let size = StandardStream.output.terminalSize ?? (columns: 80, rows: 24)
        Terminal.write(
            TerminalFrame.text(
                RolloutText.lines(of: standing, nowMs: WallClock.nowMs, by: announcer),
                columns: size.columns, rows: size.rows))
    }

    /// Gives the terminal back and leaves the last page on it.
    func close(last: RolloutStanding) {
        guard isDrawn else { return }
        Terminal.write(TerminalFrame.end)
        Self.write(last, json: false, by: announcer)
    }

    static func write(_ standing: RolloutStanding, json: Bool, by announcer: Announcer) {
        guard !json else { return Terminal.document(standing.document) }
        let lines = RolloutText.lines(of: standing, nowMs: WallClock.nowMs, by: announcer)
        Terminal.line(lines.joined(separator: "\n"))
    }
}
