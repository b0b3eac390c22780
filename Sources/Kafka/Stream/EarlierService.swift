import Lifecycle
import Platform

/// What is known of how a group was served on a topic before.
package struct EarlierService: Sendable {
    /// Whether it was: then it has committed offsets, unless somebody lost them.
    package internal(set) var isKnown: Bool
    /// Records that were read, at most one a partition; looked for once.
    package internal(set) var marks: [RecordMark]
    /// What somebody does who wants the group to begin as a new one.
    package let beginAnew: String

    package init(isKnown: Bool, marks: [RecordMark], beginAnew: String) {
        self.isKnown = isKnown
        self.marks = marks
        self.beginAnew = beginAnew
    }
}

/// Looks whether records lie where they were read before: a topic that was deleted and made anew
/// has others there.
struct MarkCheck {
    let settings: KafkaSettings
    let topic: String
    let log: KafkaLogSink

    /// The first place where another record lies.
    ///
    /// Nil where there is none, and where nothing can be said: what lay there is gone by retention
    /// or compaction, or the brokers do not hand it out in time. Blocking, with a handle of its
    /// own.
    func changed(
        _ marks: [RecordMark], timeoutMs: Int, isStopping: () -> Bool
    ) throws(SwerveError) -> RecordMark? {
        guard !marks.isEmpty else { return nil }
        var settings = settings
        settings["queued.min.messages"] = "1"
        settings["fetch.message.max.bytes"] = "65536"
        let reader = try TopicReader(
            settings: settings, topic: topic,
            offsets: marks.map { PartitionOffset(partition: $0.partition, offset: $0.offset) },
            log: log)
        defer { reader.close() }
        var open: [Int32: RecordMark] = [:]
        for mark in marks { open[mark.partition] = mark }
        var changed: RecordMark?
        let deadline = Deadline(afterMs: timeoutMs)
        while !open.isEmpty, changed == nil, !deadline.hasPassed, !isStopping() {
            try reader.poll(milliseconds: Self.pollMs, atMost: Self.recordsAtOnce) { record in
                guard let mark = open.removeValue(forKey: record.partition) else { return }
                if record.offset == mark.offset, RecordMark(record) != mark { changed = mark }
            }
            // A hole, or the end.
            for (partition, mark) in open
            where reader.position(of: topic, partition: partition) > mark.offset {
                open[partition] = nil
            }
        }
        if changed == nil, !open.isEmpty, !isStopping() {
            log(
                .notice,
                "\(topic): the brokers did not hand out the records that were read last, so nobody "
                    + "can tell whether it was made anew; going on")
        }
        return changed
    }

    private static let pollMs: Int32 = 50
    private static let recordsAtOnce = 100
}
