import CRdKafka
package import Lifecycle

/// The consumer of the input topic.
///
/// Owned by the poll thread: every call is made there.
///
/// librdkafka 2.0.2's batch consumption has holes next to pause, seek and cooperative assignment,
/// so none of them is used; records gathered before a change of assignment inside one poll are
/// marked stale (`RecordBatch.staleCount`), because librdkafka does not take them back.
@safe
package final class DataConsumer {
    package let topic: String
    /// The topic's name as C wants it: to hand a String over would allocate at every store.
    private let topicName: UnsafeMutablePointer<CChar>
    private let handle: KafkaHandle
    private let queue: OpaquePointer
    private let membership: GroupMembership
    private let start: StartPosition
    private unowned let listener: any AssignmentListener
    private var current: RecordBatch?
    private var partitions: [Int32] = []

    /// Makes the handle; joins nothing yet.
    ///
    /// `settings` must name `bootstrap.servers` and `group.id`; what the delivery rules need is set
    /// here and wins over them.
    package init(
        settings: KafkaSettings, topic: String, membership: GroupMembership, start: StartPosition,
        listener: any AssignmentListener, log: @escaping KafkaLogSink
    ) throws(SwerveError) {
        self.topic = topic
        let name = topic.utf8CString
        unsafe topicName = .allocate(capacity: name.count)
        for (index, byte) in name.enumerated() { unsafe topicName[index] = byte }
        self.membership = membership
        self.start = start
        self.listener = listener
        var settings = settings.withDefaults(Self.defaults)
        settings["enable.auto.commit"] = "true"
        settings["enable.auto.offset.store"] = "false"
        settings["auto.offset.reset"] = "error"
        settings["allow.auto.create.topics"] = "false"
        settings["enable.partition.eof"] = "false"
        if case .static(let instanceID) = membership {
            settings["group.instance.id"] = instanceID
            settings["partition.assignment.strategy"] = "range"
        }
        handle = try unsafe KafkaHandle(
            RD_KAFKA_CONSUMER, settings: settings, act: "opening the consumer of \(topic)", log: log
        ) { conf in
            unsafe rd_kafka_conf_set_rebalance_cb(conf) { handle, code, list, _ in
                guard let handle = unsafe handle, let list = unsafe list else { return }
                unsafe KafkaHandle.context(of: handle)?.onRebalance?(code, list)
            }
        }
        unsafe rd_kafka_poll_set_consumer(handle.raw)
        guard let queue = unsafe rd_kafka_queue_get_consumer(handle.raw) else {
            handle.destroy()
            throw SwerveError(
                .system, act: "opening the consumer of \(topic)", reason: "no consumer queue")
        }
        unsafe self.queue = queue
        unsafe handle.context.onRebalance = { [unowned self] code, list in
            unsafe self.assignmentChanged(code, list)
        }
    }

    deinit { unsafe topicName.deallocate() }

    /// Joins the group (`static`) or takes the slot's partitions (`fixed`).
    package func begin(partitionCount: Int) throws(SwerveError) {
        switch membership {
        case .static:
            let list = unsafe rd_kafka_topic_partition_list_new(1)
            defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
            unsafe rd_kafka_topic_partition_list_add(list, topic, -1)
            let code = unsafe rd_kafka_subscribe(handle.raw, list)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
                throw SwerveError(act: "subscribing to \(topic)", kafka: code)
            }
        case .fixed(let slot, let total):
            let own = (0..<Int32(partitionCount)).filter { Int($0) % total == slot }
            try take(own)
        }
    }

    /// Fills `batch`, waiting up to `milliseconds` while it is not full.
    ///
    /// Changes of assignment happen in here. 0 takes what is there and returns at once.
    package func poll(into batch: RecordBatch, milliseconds: Int32) {
        batch.release()
        current = batch
        let gathered = unsafe rd_kafka_consume_batch_queue(
            queue, milliseconds, batch.messages, batch.capacity)
        current = nil
        batch.count = max(0, gathered)
    }

    /// Marks offsets as done; they are committed in the background, at a revocation and at close.
    ///
    /// Partitions that are no longer assigned are refused by librdkafka and passed over here.
    package func store(_ positions: [PartitionOffset]) {
        guard !positions.isEmpty else { return }
        let list = unsafe rd_kafka_topic_partition_list_new(Int32(positions.count))
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        for position in positions {
            let entry = unsafe rd_kafka_topic_partition_list_add(
                list, topicName, position.partition)
            unsafe entry?.pointee.offset = position.offset
        }
        _ = unsafe rd_kafka_offsets_store(handle.raw, list)
    }

    package func takeFaults() -> [KafkaFault] { handle.context.takeFaults() }

    /// Commits what is stored, leaves (a static member stays in the group's books), and ends.
    package func close() {
        unsafe rd_kafka_queue_destroy(queue)
        _ = unsafe rd_kafka_consumer_close(handle.raw)
        unsafe handle.context.onRebalance = nil
        handle.destroy()
    }

    // MARK: - Changes of assignment

    private func assignmentChanged(
        _ code: rd_kafka_resp_err_t, _ list: UnsafePointer<rd_kafka_topic_partition_list_t>
    ) {
        if let current { current.staleCount = current.gatheredCount() }
        switch code {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
            let partitions = unsafe (0..<Int(list.pointee.cnt)).map {
                unsafe list.pointee.elems[$0].partition
            }
            do throws(SwerveError) {
                try take(partitions)
            } catch {
                // Without the committed offsets there is no safe place to begin: take nothing, and
                // let the caller see why.
                _ = unsafe rd_kafka_assign(handle.raw, nil)
                handle.context.report(
                    KafkaFault(code: RD_KAFKA_RESP_ERR__FATAL, text: error.description))
            }
        default:
            release()
            _ = unsafe rd_kafka_assign(handle.raw, nil)
        }
    }

    private func release() {
        let going = partitions
        partitions = []
        guard !going.isEmpty else { return }
        if unsafe rd_kafka_assignment_lost(handle.raw) != 0 {
            listener.lost(going)
        } else {
            // What it stores is committed by librdkafka when the partitions are unassigned, before
            // it joins again. A commit of our own here would wait without a bound for a broker that
            // is gone.
            listener.revoking(going)
        }
    }

    /// Assigns `own`, each from its committed offset, or from `start` where there is none.
    private func take(_ own: [Int32]) throws(SwerveError) {
        let list = unsafe rd_kafka_topic_partition_list_new(Int32(own.count))
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        for partition in own {
            unsafe rd_kafka_topic_partition_list_add(list, topic, partition)
        }
        try unsafe committed(list)
        let logical = start == .earliest ? RD_KAFKA_OFFSET_BEGINNING : RD_KAFKA_OFFSET_END
        for index in 0..<own.count {
            guard let elements = unsafe list?.pointee.elems else { continue }
            if unsafe elements[index].offset < 0 { unsafe elements[index].offset = Int64(logical) }
        }
        let code = unsafe rd_kafka_assign(handle.raw, list)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw SwerveError(act: "taking partitions of \(topic)", kafka: code)
        }
        partitions = own
        listener.assigned(own)
    }

    /// Fills in the committed offsets, asking again while brokers are away.
    private func committed(
        _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    ) throws(SwerveError) {
        for attempt in 1...Self.committedAttempts {
            let code = unsafe rd_kafka_committed(handle.raw, list, Self.committedTimeoutMs)
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { return }
            let error = SwerveError(
                act: "reading the committed offsets of \(topic)", kafka: code)
            guard error.isRetryable, attempt < Self.committedAttempts else { throw error }
            handle.context.log(false, error.description)
        }
    }

    private static let committedTimeoutMs: Int32 = 10_000
    private static let committedAttempts = 6

    /// Measured starting points; see librdkafka's CONFIGURATION.md.
    ///
    /// `swerve.yaml` overrides them. The queue's bound is what a backlog costs in memory (about
    /// twice itself). A broker thread that finds it full sleeps up to a second, whatever is taken
    /// out meanwhile, unless something wakes it: the refresh of the metadata does, five times a
    /// second. Without it the same bound gave 200,000 records a second instead of 340,000.
    private static let defaults = [
        "session.timeout.ms": "45000", "auto.commit.interval.ms": "250",
        "queued.min.messages": "1000000", "queued.max.messages.kbytes": "65536",
        "fetch.message.max.bytes": "262144", "fetch.max.bytes": "2097152",
        "fetch.wait.max.ms": "50", "topic.metadata.refresh.interval.ms": "200",
        "isolation.level": "read_committed",
    ]
}
