import Lifecycle
import Platform

/// One line on standard error that is redrawn while work goes on; nothing where no terminal is.
final class TerminalProgress {
    private let isTerminal = StandardStream.error.isTerminal
    private var isDrawn = false
    private var lastNs: UInt64 = 0

    /// Draws the text if the last drawing is old enough.
    func show(_ text: String) {
        let now = MonotonicClock.now
        guard isTerminal, now &- lastNs >= Self.redrawNs else { return }
        lastNs = now
        isDrawn = true
        StandardStream.error.write(
            "\r\u{1B}[2K" + text.printable.shortened(to: Self.columns))
    }

    /// Leaves the line empty for others.
    func clear() {
        guard isDrawn else { return }
        isDrawn = false
        StandardStream.error.write("\r\u{1B}[2K")
    }

    private static let redrawNs: UInt64 = 200_000_000
    private static let columns = 79
}
