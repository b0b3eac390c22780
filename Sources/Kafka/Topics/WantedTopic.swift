/// A topic as it should be made.
package struct WantedTopic: Sendable {
    package let name: String
    package let partitions: Int
    /// The topic's own settings, under Kafka's names; the broker's defaults hold for the rest.
    package let settings: [String: String]

    /// Requests, predictions or dead letters: kept as the broker keeps topics.
    package static func data(_ name: String, partitions: Int) -> WantedTopic {
        WantedTopic(name: name, partitions: partitions, settings: [:])
    }

    /// Deployments: the newest of each model for good, and all of them for a week, so that a
    /// forgery or a replay can be held against what it displaced.
    ///
    /// The broker's clock says when a signed one was announced.
    package static func control(_ name: String) -> WantedTopic {
        WantedTopic(
            name: name, partitions: 1,
            settings: [
                "cleanup.policy": "compact", "message.timestamp.type": "LogAppendTime",
                "min.compaction.lag.ms": "604800000",
            ])
    }

    /// Heartbeats: the newest of each slot.
    ///
    /// Whoever looks reads the topic from its beginning, and the segment that is being written is
    /// never compacted: with the broker's defaults a day of it is a gigabyte. So a new one begins
    /// every ten minutes, and what is full is soon compacted.
    package static func status(_ name: String, partitions: Int = 1) -> WantedTopic {
        WantedTopic(
            name: name, partitions: partitions,
            settings: [
                "cleanup.policy": "compact", "message.timestamp.type": "LogAppendTime",
                "segment.ms": "600000", "segment.bytes": "52428800",
                "min.cleanable.dirty.ratio": "0.1", "delete.retention.ms": "3600000",
            ])
    }

    /// What was served by whom: all of it, for 90 days.
    package static func ledger(_ name: String) -> WantedTopic {
        WantedTopic(
            name: name, partitions: 1,
            settings: [
                "cleanup.policy": "delete", "message.timestamp.type": "LogAppendTime",
                "retention.ms": "7776000000",
            ])
    }

    /// The same, acknowledged only once that many replicas have a record; nil is the brokers' own
    /// bound.
    package func with(minimumInSync count: Int?) -> WantedTopic {
        guard let count else { return self }
        return WantedTopic(
            name: name, partitions: partitions,
            settings: settings.merging(["min.insync.replicas": "\(count)"]) { _, new in new })
    }
}
