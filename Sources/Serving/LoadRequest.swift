package import Lifecycle

/// A deployment to be made ready.
package struct LoadRequest: Sendable {
    package let accepted: AcceptedRecord
    /// Monotonic nanoseconds at which the control record arrived.
    package let heardAt: UInt64
    /// Set where a slot falls back to what it served last; it is not retried for ever.
    package let isFallback: Bool

    package init(record: AcceptedRecord, heardAt: UInt64, isFallback: Bool = false) {
        accepted = record
        self.heardAt = heardAt
        self.isFallback = isFallback
    }

    package var record: ControlRecord { accepted.record }
}
