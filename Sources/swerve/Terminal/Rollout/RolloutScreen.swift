import Lifecycle
import Operations
import Platform

/// Where `rollout status --watch` shows its pages: drawn in place on a terminal, one behind the
/// other elsewhere.
struct RolloutScreen {
    private let isDrawn: Bool
    private let isJSON: Bool

    init(json: Bool) {
        let terminal = Environment["TERM"] ?? "dumb"
        isJSON = json
        isDrawn = !json && StandardStream.output.isTerminal && terminal != "dumb"
        if isDrawn { Terminal.write(TerminalFrame.begin) }
    }

    func show(_ standing: RolloutStanding) {
        guard isDrawn else {
            Self.write(standing, json: isJSON)
            if !isJSON { Terminal.line("") }
            return
        }
        let size = StandardStream.output.terminalSize ?? (columns: 80, rows: 24)
        Terminal.write(
            TerminalFrame.text(
                RolloutText.lines(of: standing), columns: size.columns, rows: size.rows))
    }

    /// Gives the terminal back and leaves the last page on it.
    func close(last: RolloutStanding) {
        guard isDrawn else { return }
        Terminal.write(TerminalFrame.end)
        Self.write(last, json: false)
    }

    static func write(_ standing: RolloutStanding, json: Bool) {
        guard !json else { return Terminal.document(standing.document) }
        Terminal.line(RolloutText.lines(of: standing).joined(separator: "\n"))
    }
}
