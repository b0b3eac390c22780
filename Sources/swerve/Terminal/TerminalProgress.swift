import Lifecycle
import Platform

/// One line on standard error that is redrawn while work goes on; nothing where no terminal is.
final class TerminalProgress: Sendable {
    private struct Drawing {
        var isThere = false
        var lastNs: UInt64 = 0
    }

    private let isTerminal = StandardStream.error.isTerminal
    private let drawing = Guarded(Drawing())

    /// Draws the text if the last drawing is old enough.
    func show(_ text: String) {
        let now = MonotonicClock.now
        drawing.withLock { drawing in
            guard isTerminal, now &- drawing.lastNs >= Self.redrawNs else { return }
            drawing = Drawing(isThere: true, lastNs: now)
            StandardStream.error.write(
                "\r\u{1B}[2K" + text.printable.shortened(to: Self.columns))
        }
    }

    /// Leaves the line empty for others.
    func clear() {
        drawing.withLock { drawing in
            guard drawing.isThere else { return }
            drawing.isThere = false
            StandardStream.error.write("\r\u{1B}[2K")
        }
    }

    private static let redrawNs: UInt64 = 200_000_000
    private static let columns = 79
}
