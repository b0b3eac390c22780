package import Kafka
package import Lifecycle

/// How whoever looks at a stream from outside gets at it, and how much of the machine it takes.
package struct StreamAccess: Sendable {
    package var settings: KafkaSettings
    /// How workers read records.
    package var input: RecordForm
    package var artifacts: any ArtifactSource
    /// Of those that read partitions side by side; others take one.
    package var threads: Int
    /// How long brokers may say nothing.
    package var timeoutMs: Int32
    package var log: KafkaLogSink

    package init(
        settings: KafkaSettings, input: RecordForm, artifacts: any ArtifactSource,
        threads: Int = 1, timeoutMs: Int32, log: @escaping KafkaLogSink
    ) {
        self.settings = settings
        self.input = input
        self.artifacts = artifacts
        self.threads = threads
        self.timeoutMs = timeoutMs
        self.log = log
    }

    /// A reader of the stream's topics, of the calling thread.
    ///
    /// - Parameter cursors: that are open at once, those of other readers too: what waits for all
    ///   of them stays within a bound.
    /// - Throws: `.unavailable` where no broker answers; refused credentials.
    package func consumer(cursors: Int = 1) throws(SwerveError) -> RangeConsumer {
        try RangeConsumer(
            settings: settings,
            queueKilobytes: max(64, min(2_048, Self.queuedKilobytes / max(1, cursors))),
            timeoutMs: timeoutMs, log: log)
    }

    /// Whether records of a topic may have been compacted away; nil where nobody says.
    func isCompacted(_ topic: String) -> Bool? {
        guard let administrator = try? TopicAdministrator(settings: settings, log: log) else {
            return nil
        }
        defer { administrator.close() }
        let policy = try? administrator.setting("cleanup.policy", of: topic, timeoutMs: timeoutMs)
        return policy.map { $0.contains("compact") }
    }

    private static let queuedKilobytes = 24_576
}
