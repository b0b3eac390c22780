package import Fleet
package import Lifecycle
import Platform

/// Listens to the status topic, and feeds a `FleetWatcher` with what it hears.
///
/// Blocking; one thread; `close` ends it. Who waits for a change opens it and reads the topic to
/// its end before the change is made: what the topic holds by then is the past, and reading it
/// while the workers load would take their processors from them.
package final class FleetListener {
    package private(set) var watcher: FleetWatcher
    private let feed: any StatusFeed
    private let clock: @Sendable () -> Int64

    /// - Parameters:
    ///   - expected: groups for whose words there is always room.
    ///   - nowMs: a clock that only goes forward, wall-clock milliseconds.
    package init(
        feed: any StatusFeed, expecting expected: [String] = [],
        nowMs: @escaping @Sendable () -> Int64 = steadyClock()
    ) {
        self.feed = feed
        watcher = FleetWatcher(areSigned: feed.asksForSignatures, expecting: expected)
        clock = nowMs
    }

    package static func steadyClock() -> @Sendable () -> Int64 {
        let clock = SteadyClock()
        return { clock.nowMs }
    }

    package var nowMs: Int64 { clock() }

    /// Why the brokers do not answer by now; nil where they do, as far as that is known.
    package var absence: String? { feed.absence }

    package func close() { feed.close() }

    /// Hears what comes within `milliseconds`.
    ///
    /// - Throws: what waiting does not mend, as a missing topic. Brokers out of reach are told by
    ///   the watcher's progress.
    package func listen(milliseconds: Int) throws(SwerveError) {
        // One at a time, since together they may be more than memory holds.
        let isAtEnd = try feed.poll(milliseconds: milliseconds) { heard in
            watcher.take(.heard(heard), nowMs: clock())
        }
        watcher.take(isAtEnd ? .reachedEnd : .behind(fault: feed.fault), nowMs: clock())
    }

    /// Reads what stands on the topic.
    ///
    /// - Parameter isStopped: asked between the polls.
    /// - Returns: whether its end was reached within `timeoutMs`.
    package func reachEnd(
        timeoutMs: Int64, isStopped: () throws(SwerveError) -> Bool = FleetListener.never
    ) throws(SwerveError) -> Bool {
        let deadline = deadlineMs(after: timeoutMs)
        while true {
            try listen(milliseconds: Self.waitingPollMs)
            guard case .reading = watcher.progress(nowMs: clock()) else { return true }
            if try isStopped() || clock() >= deadline { return false }
        }
    }

    /// Reads what stands on the topic, and then listens until everybody of `model`, or of all
    /// models, who lives was heard, or for two heartbeats.
    ///
    /// - Parameter isStopped: asked between the polls; whoever stops it gets no error.
    /// - Throws: `.unavailable` where the end was not reached within `timeoutMs`, with the fault.
    package func settle(
        on model: ModelName?, timeoutMs: Int64, isStopped: () throws(SwerveError) -> Bool
    ) throws(SwerveError) {
        guard try reachEnd(timeoutMs: timeoutMs, isStopped: isStopped) else {
            if try isStopped() { return }
            throw SwerveError(
                .unavailable, act: "reading the status topic",
                reason: "its end was not reached within \(timeoutMs) ms"
                    + (feed.fault.map { ": \($0)" } ?? ""),
                remedy: "check that the brokers are up and bootstrap.servers is right")
        }
        while watcher.progress(of: model, nowMs: clock()) != .settled, try !isStopped() {
            try listen(milliseconds: Self.pollMs)
        }
    }

    /// Listens until the wait is over.
    ///
    /// - Parameters:
    ///   - groups: those that are waited for; none are all that were heard.
    ///   - timeoutMs: however long; below 0 is 0.
    ///   - isStopped: asked between the polls; then the wait ends as with its time.
    package func wait(
        for wanted: WantedEpoch, of model: ModelName, groups: [String] = [], timeoutMs: Int64,
        isStopped: () -> Bool = { false }
    ) throws(SwerveError) -> ConvergenceWait.Outcome {
        let deadlineMs = deadlineMs(after: timeoutMs)
        let wait = ConvergenceWait(for: wanted, of: model, groups: groups, deadlineMs: deadlineMs)
        while true {
            try listen(milliseconds: Self.waitingPollMs)
            let nowMs = isStopped() ? deadlineMs : clock()
            if let outcome = wait.outcome(watcher, nowMs: nowMs) { return outcome }
        }
    }

    /// So many milliseconds from now; the end of all times where that is behind it.
    package func deadlineMs(after timeoutMs: Int64) -> Int64 {
        let (deadlineMs, isBehind) = clock().addingReportingOverflow(max(0, timeoutMs))
        return isBehind ? .max : deadlineMs
    }

    package static func never() throws(SwerveError) -> Bool { false }

    package static let pollMs = 100
    /// Shorter than where a person watches: the time until convergence is measured.
    private static let waitingPollMs = 20
}
