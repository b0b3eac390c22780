import CRdKafka
import Lifecycle
import Platform

/// Polls that bring no records, of a member that stays in its group.
///
/// librdkafka before 2.1 hands over records of a partition that was paused while a poll was at
/// work. Here a partition is paused and resumed by the thread that polls, between two polls, and
/// the call returns once librdkafka has done it and has emptied its queue: a later poll has nothing
/// old to hand over, and after `resume` begins behind the last record that was polled.
extension DataConsumer {
    /// From now on polls hand over changes of assignment and faults, and no records.
    ///
    /// What was fetched ahead is fetched again after `resume`. Costs nothing where it is so
    /// already. It ends with the assignment.
    package func pause() {
        owner.assertCurrent()
        guard !isPaused, !partitions.isEmpty else { return }
        pause(partitions)
        isPaused = true
    }

    /// Polls hand over records again.
    package func resume() {
        owner.assertCurrent()
        guard isPaused else { return }
        isPaused = false
        // librdkafka keeps a partition paused over assignments.
        let positions = partitions.map { PartitionOffset(partition: $0, offset: 0) }
        _ = unsafe positions.withList(of: topicName) { list in
            unsafe rd_kafka_resume_partitions(handle.raw, list)
        }
    }

    /// Those that were added while the others are paused.
    func pause(_ partitions: [Int32]) {
        let positions = partitions.map { PartitionOffset(partition: $0, offset: 0) }
        _ = unsafe positions.withList(of: topicName) { list in
            unsafe rd_kafka_pause_partitions(handle.raw, list)
        }
    }
}
