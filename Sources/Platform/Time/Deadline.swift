/// A moment of the monotonic clock until which something may wait, or never.
package struct Deadline: Sendable {
    /// Nanoseconds of `MonotonicClock`; nil waits without end.
    package let atNs: UInt64?

    package static let never = Deadline(atNs: nil)

    package init(atNs: UInt64?) { self.atNs = atNs }

    /// `milliseconds` from now; nil is never, and what is below 0 is now.
    package init(afterMs milliseconds: Int?) {
        atNs = milliseconds.map { milliseconds in
            let (span, overflow) = UInt64(clamping: milliseconds)
                .multipliedReportingOverflow(by: 1_000_000)
            let (moment, late) = MonotonicClock.now.addingReportingOverflow(span)
            return overflow || late ? .max : moment
        }
    }

    /// The earlier of the two.
    package func noLater(than other: Deadline) -> Deadline {
        Deadline(atNs: [atNs, other.atNs].compactMap(\.self).min())
    }

    package var hasPassed: Bool { atNs.map { MonotonicClock.now >= $0 } ?? false }

    /// What is left, in milliseconds as poll(2) takes them: -1 is without end.
    ///
    /// Rounded up, so that a waiter does not spin through the last fraction.
    package var pollTimeoutMs: Int32 {
        guard let atNs else { return -1 }
        let now = MonotonicClock.now
        return now >= atNs ? 0 : Int32(clamping: (atNs - now - 1) / 1_000_000 + 1)
    }
}
