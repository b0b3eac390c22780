import Fleet
import Lifecycle
import Platform

/// Where `status --watch` shows its pages: drawn in place on a terminal, one behind the other
/// elsewhere.
struct StatusScreen {
    private let isDrawn: Bool
    private let isJSON: Bool

    init(json: Bool) {
        let terminal = Environment["TERM"] ?? "dumb"
        isJSON = json
        isDrawn = !json && StandardStream.output.isTerminal && terminal != "dumb"
        if isDrawn { Terminal.write(TerminalFrame.begin) }
    }

    func show(_ page: FleetStatus) {
        guard isDrawn else { return Self.write(page, json: isJSON, isFollowed: true) }
        let size = StandardStream.output.terminalSize ?? Self.usualSize
        Terminal.write(
            TerminalFrame.text(
                FleetStatusText.lines(of: page), columns: size.columns, rows: size.rows,
                paint: FleetStatusText.painted))
    }

    /// Gives the terminal back and leaves the last page on it.
    func close(last: FleetStatus?) {
        guard isDrawn else { return }
        Terminal.write(TerminalFrame.end)
        if let last { Self.write(last, json: false, isFollowed: false) }
    }

    static func write(_ page: FleetStatus, json: Bool, isFollowed: Bool) {
        guard !json else { return Terminal.document(page.json) }
        var lines = FleetStatusText.lines(of: page)
        if StandardStream.output.isTerminal { lines = lines.map(FleetStatusText.painted) }
        Terminal.line(lines.joined(separator: "\n") + (isFollowed ? "\n" : ""))
    }

    private static let usualSize = (columns: 80, rows: 24)
}
