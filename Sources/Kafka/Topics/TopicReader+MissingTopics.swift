import Lifecycle
import Platform

/// Topics that go while they are read.
extension TopicReader {
    /// Looks for topics that are said to be missing, now and then, until a listing has them or
    /// enough of them do not.
    func lookForMissingTopics() throws(SwerveError) {
        // librdkafka tells of a partition that is no longer there by a word about the handle alone.
        if handle.context.takeMissing() {
            for topic in Set(starts.map(\.partition.topic)) { missing.doubt(topic) }
        }
        let topics = missing.due(at: MonotonicClock.now)
        guard !topics.isEmpty else { return }
        let counts: [String: Int]
        do throws(SwerveError) {
            counts = try handle.partitionCounts(
                of: topics, act: act, timeoutMs: Self.lookTimeoutMs)
        } catch {
            guard error.isRetryable else { throw error }
            return missing.notListed()
        }
        for finding in missing.listed(counts, at: MonotonicClock.now) {
            switch finding {
            case .gone(let topic, let isNews):
                if isNews || !isAwaited(topic) {
                    try handle.refuseHidden([topic], act, rights: rights(topic))
                }
                guard isAwaited(topic) else {
                    throw SwerveError(
                        .notFound, act: act, reason: "there is no topic \(topic)",
                        remedy: KafkaFault.missingRemedy, problem: Problem(.topicNotFound))
                }
                if isNews { log(.notice, "there is no topic \(topic) any more: make it anew") }
            case .listedAgain(let topic, let wasGone):
                guard isAwaited(topic) else { continue }
                if wasGone {
                    log(.notice, "topic \(topic) was made anew, and is read from its first record")
                }
                try beginAnew(topic)
            }
        }
    }

    func isAwaited(_ topic: String) -> Bool { waitsForTopics && known.contains(topic) }

    /// What lies where reading would go on has nothing to do with what was read.
    private func beginAnew(_ topic: String) throws(SwerveError) {
        for index in starts.indices {
            let partition = starts[index].partition
            if partition.topic == topic {
                positions[partition] = nil
                starts[index].offset = Start.beginning.offset
            } else {
                starts[index].offset = positions[partition] ?? starts[index].offset
            }
        }
        topicsMadeAnew += 1
        isReading = false
        try begin()
    }
}
