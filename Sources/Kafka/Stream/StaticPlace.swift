import CRdKafka
package import Lifecycle
import Platform

/// The place of a static member whose process is gone, given back in its name: the others share its
/// partitions out, instead of waiting for the session timeout.
///
/// Joins under the member's id, which fences a process that still has it, takes no partition, and
/// leaves. Blocking; for the command line, and for a worker that has closed its consumer.
package struct StaticPlace {
    private let settings: KafkaSettings
    private let topic: String
    private let group: String
    private let instanceID: String
    private let log: KafkaLogSink

    /// - Parameter settings: those of the member's consumer.
    package init(
        settings: KafkaSettings, topic: String, instanceID: String, log: @escaping KafkaLogSink
    ) {
        self.settings = settings
        self.topic = topic
        group = settings["group.id"] ?? ""
        self.instanceID = instanceID
        self.log = log
    }

    /// - Throws: `.timedOut` where the group did not take it in, or let it go, in time.
    package func giveBack(timeoutMs: Int) throws(SwerveError) {
        let deadline = Deadline(afterMs: timeoutMs)
        let handle = try unsafe KafkaHandle(
            RD_KAFKA_CONSUMER,
            settings: ConsumerSettings.whole(
                settings, .static(instanceID: instanceID), .withTransactions),
            act: act, log: log
        ) { conf in
            unsafe rd_kafka_conf_set_rebalance_cb(conf) { handle, code, list, _ in
                guard let handle = unsafe handle, let list = unsafe list else { return }
                unsafe KafkaHandle.context(of: handle)?.onRebalance?(code, list)
            }
        }
        var hasJoined = false
        unsafe handle.context.onRebalance = { code, _ in
            guard code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS else {
                _ = unsafe rd_kafka_assign(handle.raw, nil)
                return
            }
            // Nothing is to be read here; without any assignment it would join anew.
            let none = unsafe rd_kafka_topic_partition_list_new(0)
            _ = unsafe rd_kafka_assign(handle.raw, none)
            unsafe rd_kafka_topic_partition_list_destroy(none)
            hasJoined = true
        }
        defer { close(handle) }
        let list = unsafe rd_kafka_topic_partition_list_new(1)
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        unsafe rd_kafka_topic_partition_list_add(list, topic, -1)
        try check(unsafe rd_kafka_subscribe(handle.raw, list), handle)
        while !hasJoined { try serve(handle, deadline) }
        try check(unsafe rd_kafka_unsubscribe(handle.raw), handle)
        while handle.hasMemberID { try serve(handle, deadline) }
    }

    /// A close would wait for brokers that are away.
    private func close(_ handle: KafkaHandle) {
        guard handle.isAnswered(withinMs: DataConsumer.goodbyeMs) else {
            unsafe handle.context.onRebalance = nil
            return handle.leave()
        }
        _ = unsafe rd_kafka_consumer_close(handle.raw)
        unsafe handle.context.onRebalance = nil
        handle.destroy()
    }

    private func serve(_ handle: KafkaHandle, _ deadline: Deadline) throws(SwerveError) {
        if let message = unsafe rd_kafka_consumer_poll(handle.raw, Self.pollMs) {
            unsafe rd_kafka_message_destroy(message)
        }
        handle.serve()
        for fault in handle.context.takeFaults() { throw fault.error(act, rights: rights) }
        guard !deadline.hasPassed else {
            throw handle.error(act, RD_KAFKA_RESP_ERR__TIMED_OUT, rights: rights)
        }
    }

    private func check(
        _ code: rd_kafka_resp_err_t, _ handle: KafkaHandle
    ) throws(SwerveError) {
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw handle.error(act, code, rights: rights)
        }
    }

    private var act: String { "giving back the place of \(instanceID) in group \(group)" }
    private var rights: [KafkaRight] { DataConsumer.rights(topic: topic, group: group) }
    private static let pollMs: Int32 = 50
}

extension DataConsumer {
    /// Gives the place in the group back, which a static member's close keeps; to be called before
    /// it.
    ///
    /// - Returns: whether the brokers are told, as far as is known in time.
    package func leaveGroup(timeoutMs: Int) -> Bool {
        owner.assertCurrent()
        guard membership.isOfGroup else { return true }
        guard handle.isAnswered(withinMs: Self.goodbyeMs),
            unsafe rd_kafka_unsubscribe(handle.raw) == RD_KAFKA_RESP_ERR_NO_ERROR
        else { return false }
        let deadline = Deadline(afterMs: timeoutMs)
        let batch = RecordBatch(capacity: 1)
        defer { batch.release() }
        // The revocation, with its commit, happens inside.
        while handle.hasMemberID, !deadline.hasPassed {
            poll(into: batch, milliseconds: Self.leavePollMs)
            handle.serve()
        }
        return !handle.hasMemberID
    }

    private static let leavePollMs: Int32 = 50
}
