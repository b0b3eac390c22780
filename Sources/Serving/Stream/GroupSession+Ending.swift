/// The time that the session's end may take, and what is said of it.
extension GroupSession {
    /// Until when what is out may be waited for, as things stand now, in monotonic nanoseconds.
    ///
    /// - Parameter begunAt: when whoever waits began to; it counts for a revocation.
    func drainEnd(begunAt: UInt64) -> UInt64 {
        let stop = shared.signals.stopAskedAt.map {
            DrainDeadline.Stop(askedAt: $0, awaySince: shared.log.brokersAwaySince)
        }
        return drainDeadline.end(stop, begunAt: begunAt)
    }

    /// Says once, behind the consumer's close, what was left undone.
    ///
    /// - Parameter isHeard: whether the brokers were there at the close.
    package func tellEnd(isHeard: Bool) {
        let count = tracker.outstandingCount
        guard isHeard else {
            let undone = transactions == nil ? "" : ", and taken back by the brokers"
            return shared.log.warning(
                "ending without the brokers, which do not answer: "
                    + (count > 0 ? "\(count) predictions were not acknowledged, and " : "")
                    + "what is not committed is scored again\(undone)")
        }
        guard !tracker.isIdle else { return }
        let what = "\(count) predictions were "
        shared.log.warning(
            shared.failure == nil
                ? what + "not acknowledged within \(configuration.drainMs) ms; their requests are "
                    + "scored again"
                : what + "out as the worker ended, and are not committed: whoever has the "
                    + "partitions next scores their requests")
    }
}
