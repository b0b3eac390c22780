import Lifecycle

/// The topics of a reader that brokers say are missing, and what listings of all topics say of them
/// meanwhile: a value.
///
/// Brokers that start or stop say so of every topic, so a topic counts as gone only once listings
/// bear it out (`TopicAbsence`).
struct MissingTopics {
    enum Finding: Equatable {
        /// Of each listing that bears it out; `isNews` the first time.
        case gone(String, isNews: Bool)
        /// Listings lacked it, and have it again: it may hold other records than before, as many as
        /// were read of it or more. `wasGone` where that was told.
        case listedAgain(String, wasGone: Bool)
    }

    private struct Doubt {
        var absence = TopicAbsence()
        /// Whether a listing lacked it.
        var isUnlisted = false
        var isGone = false
    }

    private var doubts: [String: Doubt] = [:]
    private var lookAt: UInt64 = 0

    /// A broker says that the topic is not there.
    mutating func doubt(_ topic: String) {
        guard doubts[topic] == nil else { return }
        if doubts.isEmpty { lookAt = 0 }
        doubts[topic] = Doubt()
    }

    /// The topics to look for now; none while there is nothing to look for, or before a second has
    /// passed.
    ///
    /// - Parameter now: monotonic nanoseconds.
    mutating func due(at now: UInt64) -> [String] {
        guard !doubts.isEmpty, now >= lookAt else { return [] }
        lookAt = now &+ Self.lookEveryNs
        return doubts.keys.sorted()
    }

    /// A listing has so many partitions of each topic that was due.
    mutating func listed(_ counts: [String: Int], at now: UInt64) -> [Finding] {
        var findings: [Finding] = []
        for topic in doubts.keys.sorted() {
            guard var doubt = doubts[topic], let count = counts[topic] else { continue }
            let isGone = doubt.absence.isConfirmed(isListed: count > 0, at: now)
            if count > 0 {
                if doubt.isUnlisted {
                    findings.append(.listedAgain(topic, wasGone: doubt.isGone))
                }
                doubts[topic] = nil
                continue
            }
            doubt.isUnlisted = true
            if isGone {
                findings.append(.gone(topic, isNews: !doubt.isGone))
                doubt.isGone = true
            }
            doubts[topic] = doubt
        }
        return findings
    }

    /// No broker says anything: that is no absence either.
    mutating func notListed() {
        for topic in doubts.keys { doubts[topic]?.absence = TopicAbsence() }
    }

    private static let lookEveryNs: UInt64 = 1_000_000_000
}
