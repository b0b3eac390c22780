import Kafka
import Lifecycle

/// How far a worker is behind, as told once a second.
package struct StreamLag: Sendable, Equatable {
    /// Over all partitions whose end is known; nil while none is.
    package var sum: Int64?
    /// The first `WorkerFigures.partitionsMax` of them, by number.
    package var byPartition: [Int32: Int64] = [:]
    /// Partitions that `byPartition` leaves out.
    package var untold = 0

    package init() {}
}

extension GroupSession {
    /// Records between what was taken and the end of each partition at hand, by what the consumer
    /// knows of it without asking.
    ///
    /// Poll thread only; less than a microsecond a partition; allocates.
    package func lag() -> StreamLag {
        var lag = StreamLag()
        guard let consumer else { return lag }
        let beginning = consumer.beginning
        for partition in tracker.assignedPartitions {
            guard let end = consumer.endOffset(of: partition),
                let position = tracker.position(of: partition)
                    ?? beginning.first(where: { $0.partition == partition })?.offset,
                position >= 0
            else { continue }
            let behind = max(0, end - position)
            lag.sum = StatusCount.sum(lag.sum ?? 0, behind)
            if lag.byPartition.count < WorkerFigures.partitionsMax {
                lag.byPartition[partition] = behind
            } else {
                lag.untold += 1
            }
        }
        return lag
    }
}
