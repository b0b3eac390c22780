import CRdKafka
import Lifecycle
import Platform

/// Where a group begins: the offset of each partition, as a number that is committed before any
/// record is polled.
///
/// - A partition with a committed offset begins there.
/// - A partition without one, of a group that has some on this topic, is new to it (the topic grew,
///   or the offset ran out): it begins at its beginning, whatever `start` says, since records may
///   have come before anybody looked.
/// - A group without any begins where `start` says. With `latest` the ends of **all** partitions
///   are committed in one request, by one member: the founder. The others wait for it, so that
///   none takes a partition that has no number yet for a new one, or moves an end on which another
///   has begun.
///
/// - A group without any that was served before has lost them, whoever did it: nothing is decided
///   without somebody's word. So it is where other records lie in front of a committed offset than
///   those that were read there.
///
/// Blocking; the poll thread, inside an assignment. A process that is killed anywhere in here has
/// committed all the numbers or none, and in both cases the next one loses nothing.
@safe
struct GroupBeginnings {
    enum Outcome {
        /// In the order asked for.
        case known([PartitionOffset])
        /// The member's generation is over, or the worker is to end: nothing is to be read.
        case overtaken
    }

    let handle: KafkaHandle
    let topic: String
    let group: String
    let start: StartPosition
    /// Whether the group has generations, of which the broker refuses a late commit; else each slot
    /// commits without one.
    let hasGenerations: Bool
    /// Nil where nobody keeps such a memory.
    let earlier: EarlierService?
    let check: MarkCheck
    let isStopping: () -> Bool
    /// Called while others are waited for: the thread comes on.
    let isWaiting: () -> Void

    /// - Parameters:
    ///   - own: the partitions to be read.
    ///   - isFounder: whether this member decides for a group without offsets.
    /// - Throws: what is passing only after a minute of tries.
    func resolve(_ own: [Int32], isFounder: Bool) throws(SwerveError) -> Outcome {
        do throws(SwerveError) {
            return try resolved(own, isFounder: isFounder)
        } catch {
            // Brokers that are away are no fault of a worker that is told to stop meanwhile.
            guard error.isRetryable, isStopping() else { throw error }
            return .overtaken
        }
    }

    private func resolved(_ own: [Int32], isFounder: Bool) throws(SwerveError) -> Outcome {
        guard !own.isEmpty else { return .known([]) }
        // A member that waits inside an assignment does not see that the founder is gone, and the
        // group cannot share out its partitions anew: it must end to let that happen.
        let patience = Deadline(afterMs: hasGenerations ? Self.patienceMs : nil)
        let unlisted = Deadline(afterMs: Self.timeoutMs)
        var hasTold = false
        while true {
            let deadline = Deadline(afterMs: Self.timeoutMs)
            let all = try everyPartition(deadline)
            // A broker that has just come up may not know the whole topic yet; a founder that
            // believed it would leave partitions without a number.
            guard Set(all).isSuperset(of: own) else {
                guard !patience.hasPassed, !unlisted.hasPassed, !isStopping() else {
                    throw SwerveError(
                        .unavailable, act: "looking where group \(group) begins in \(topic)",
                        reason: "the brokers list \(all.count) partitions, and partition "
                            + "\(own.max() ?? 0) is assigned")
                }
                isWaiting()
                handle.serve(milliseconds: Self.pauseMs)
                continue
            }
            let committed = try committed(all, deadline)
            try refuseOtherRecords(own, committed)
            let step = BeginningRule.step(
                own: own, committed: Set(committed.keys), start: start, isFounder: isFounder,
                wasServed: earlier?.isKnown ?? false)
            if step != .goOn, isStopping() { return .overtaken }
            let begun: [PartitionOffset]
            switch step {
            case .goOn: return known(own, committed)
            case .ask: throw lostOffsets()
            case .begin(let missing):
                begun = try bounds(of: missing, deadline).map(\.first)
                // With `earliest` it is what was asked for: the slots of a new group come in turn.
                if start == .latest { tellOfNew(begun) }
            case .found: begun = try bounds(of: all, deadline).map(\.end)
            case .wait:
                if !hasTold { tellOfWaiting() }
                hasTold = true
                try waitForFounder(patience)
                continue
            }
            guard try commit(begun, deadline) else { return .overtaken }
            return known(
                own, committed.merging(begun.map { ($0.partition, $0.offset) }) { old, _ in old })
        }
    }

    private func waitForFounder(_ patience: Deadline) throws(SwerveError) {
        guard !patience.hasPassed else {
            throw SwerveError(
                .unavailable, act: "looking where group \(group) begins in \(topic)",
                reason: "the member with partition 0 has committed nothing yet",
                remedy: "with start: latest it decides for all partitions")
        }
        isWaiting()
        handle.serve(milliseconds: Self.pauseMs)
    }

    private func lostOffsets() -> SwerveError {
        SwerveError(
            .refused, act: "looking where group \(group) begins in \(topic)",
            reason: "it has no committed offsets, though this slot has served it before: somebody "
                + "deleted them, or the brokers forgot them, or the topic was made anew",
            remedy: "set the group's offsets with kafka-consumer-groups and start "
                + "again; or, to begin as a new group does, \(earlier?.beginAnew ?? "")")
    }

    /// Only where the group goes on behind a record that was read.
    private func refuseOtherRecords(
        _ own: [Int32], _ committed: [Int32: Int64]
    ) throws(SwerveError) {
        let marks = (earlier?.marks ?? []).filter {
            own.contains($0.partition) && (committed[$0.partition] ?? 0) > $0.offset
        }
        guard
            let mark = try check.changed(
                marks, timeoutMs: Self.markTimeoutMs, isStopping: isStopping)
        else { return }
        throw SwerveError(
            .refused,
            act: "looking where group \(group) goes on in \(topic) [\(mark.partition)]",
            reason: "at offset \(mark.offset) lies another record than this slot has read there: "
                + "the topic was made anew, and the committed offset "
                + "\(committed[mark.partition] ?? 0) means nothing in it",
            remedy: "set the group's offsets with kafka-consumer-groups to where it "
                + "is to go on, or delete them to begin as a new group does; then "
                + "\(earlier?.beginAnew ?? "")")
    }

    private func tellOfWaiting() {
        handle.context.log(
            .notice,
            "group \(group) has no offsets yet; waiting for the member with partition 0 of "
                + "\(topic), which commits where all of them begin")
    }

    private func known(_ own: [Int32], _ offsets: [Int32: Int64]) -> Outcome {
        .known(
            own.compactMap { partition in
                offsets[partition].map { PartitionOffset(partition: partition, offset: $0) }
            })
    }

    private func tellOfNew(_ begun: [PartitionOffset]) {
        let names = begun.map { "\($0.partition) at \($0.offset)" }.joined(separator: ", ")
        handle.context.log(
            .notice,
            "group \(group) has offsets on \(topic), but none of partition \(names): new to "
                + "it, read from the beginning")
    }

    /// Of the topic as it is now.
    private func everyPartition(_ deadline: Deadline) throws(SwerveError) -> [Int32] {
        let counts = try handle.partitionCounts(
            of: [topic], act: "looking for \(topic)", timeoutMs: deadline.leftMs,
            isStopped: isStopping)
        return Array(0..<Int32(counts[topic] ?? 0))
    }

    /// The committed offsets; without those partitions that have none.
    private func committed(
        _ partitions: [Int32], _ deadline: Deadline
    ) throws(SwerveError) -> [Int32: Int64] {
        let list = unsafe rd_kafka_topic_partition_list_new(Int32(partitions.count))
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        for partition in partitions {
            unsafe rd_kafka_topic_partition_list_add(list, topic, partition)
        }
        try handle.retrying(
            "reading the committed offsets of \(topic)", timeoutMs: deadline.leftMs, rights: rights,
            isStopped: isStopping
        ) { milliseconds in
            let code = unsafe rd_kafka_committed(handle.raw, list, milliseconds)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
                return handle.refusalOfGroup() ?? code
            }
            return unsafe Self.firstError(list)
        }
        var offsets: [Int32: Int64] = [:]
        for index in 0..<partitions.count {
            guard let elements = unsafe list?.pointee.elems else { continue }
            let entry = unsafe elements[index]
            if unsafe entry.offset >= 0 { unsafe offsets[entry.partition] = unsafe entry.offset }
        }
        return offsets
    }

    private func bounds(
        of partitions: [Int32], _ deadline: Deadline
    ) throws(SwerveError) -> [(first: PartitionOffset, end: PartitionOffset)] {
        var found: [(first: PartitionOffset, end: PartitionOffset)] = []
        for partition in partitions {
            let (first, end) = try handle.bounds(
                of: topic, partition: partition, timeoutMs: deadline.leftMs, rights: rights,
                isStopped: isStopping)
            found.append(
                (
                    PartitionOffset(partition: partition, offset: first),
                    PartitionOffset(partition: partition, offset: end)
                ))
        }
        return found
    }

    /// Commits the numbers and waits for the broker's word.
    ///
    /// - Returns: false where the member's generation is over.
    private func commit(
        _ positions: [PartitionOffset], _ deadline: Deadline
    ) throws(SwerveError) -> Bool {
        let act = "committing where group \(group) begins in \(topic)"
        let list = unsafe rd_kafka_topic_partition_list_new(Int32(positions.count))
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        for position in positions {
            let entry = unsafe rd_kafka_topic_partition_list_add(list, topic, position.partition)
            unsafe entry?.pointee.offset = position.offset
        }
        guard let queue = unsafe rd_kafka_queue_new(handle.raw) else {
            throw SwerveError(.system, act: act, reason: "no queue")
        }
        defer { unsafe rd_kafka_queue_destroy(queue) }
        var isOvertaken = false
        // Each attempt is waited for to its end: an earlier one that came late would move a number
        // back on which reading has begun.
        try handle.retrying(
            act, timeoutMs: deadline.leftMs, rights: rights, isStopped: isStopping
        ) { _ in
            let asked = unsafe rd_kafka_commit_queue(handle.raw, list, queue, nil, nil)
            guard asked == RD_KAFKA_RESP_ERR_NO_ERROR else { return asked }
            guard let event = unsafe answer(on: queue, deadline) else {
                return RD_KAFKA_RESP_ERR__TIMED_OUT
            }
            defer { unsafe rd_kafka_event_destroy(event) }
            var code = unsafe rd_kafka_event_error(event)
            if code == RD_KAFKA_RESP_ERR_NO_ERROR {
                code = unsafe Self.firstError(rd_kafka_event_topic_partition_list(event))
            }
            isOvertaken = hasGenerations && KafkaFault(code: code).isOfGroup
            return isOvertaken ? RD_KAFKA_RESP_ERR_NO_ERROR : code
        }
        return !isOvertaken
    }

    /// Nil where time is over, the worker is to end, or the brokers refuse to talk.
    private func answer(on queue: OpaquePointer, _ deadline: Deadline) -> OpaquePointer? {
        while true {
            if let event = unsafe rd_kafka_queue_poll(queue, min(Self.pauseMs, deadline.leftMs)) {
                return unsafe event
            }
            handle.serve()
            if deadline.hasPassed || isStopping() { return nil }
            if case .denied? = handle.context.cause?.meaning { return nil }
        }
    }

    private static func firstError(
        _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    ) -> rd_kafka_resp_err_t {
        guard let list = unsafe list else { return RD_KAFKA_RESP_ERR_NO_ERROR }
        for index in 0..<Int(unsafe list.pointee.cnt) {
            let code = unsafe list.pointee.elems[index].err
            if code != RD_KAFKA_RESP_ERR_NO_ERROR { return code }
        }
        return RD_KAFKA_RESP_ERR_NO_ERROR
    }

    private var rights: [KafkaRight] { DataConsumer.rights(topic: topic, group: group) }

    private static let timeoutMs = 60_000
    private static let markTimeoutMs = 10_000
    private static let patienceMs = 10_000
    private static let pauseMs: Int32 = 250
}

extension Deadline {
    /// What is left, at least a millisecond.
    fileprivate var leftMs: Int32 { max(1, pollTimeoutMs) }
}
