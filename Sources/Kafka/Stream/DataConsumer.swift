import CRdKafka
package import Lifecycle
import Platform

/// The consumer of the input topic.
///
/// Owned by the thread that makes it, the poll thread: every call is made there.
///
/// librdkafka 2.0.2's batch consumption has holes next to pause, seek and cooperative assignment,
/// so the two latter are not used, and the first only between two polls. What a poll has gathered
/// of an assignment that ends within it is not handed over: librdkafka takes it back before the
/// next one begins, or `poll` does at its end.
@safe
package final class DataConsumer {
    package let topic: String
    let group: String
    /// The topic's name as C wants it: to hand a String over would allocate at every store.
    let topicName: UnsafeMutablePointer<CChar>
    let handle: KafkaHandle
    let queue: OpaquePointer
    let membership: GroupMembership
    private let start: StartPosition
    private var earlier: EarlierService?
    private let check: MarkCheck
    private unowned let listener: any AssignmentListener
    let owner = ThreadOwner()
    /// An assignment has ended within the poll at hand, and none has begun since.
    var isRevoked = false
    /// How many assignments have ended.
    private(set) var endings = 0
    var wakeUp = QueueWakeUp()
    private(set) var partitions: [Int32] = []
    /// Whether polls of this assignment are to bring no records.
    var isPaused = false
    /// What an answer to a commit tells, used over and over: one comes each commit interval.
    private var done: [PartitionOffset] = []
    /// Of the last assignment.
    private(set) var memberID: String?
    /// Of the group, as it gave the assignment at hand; nil before the first, and with `fixed`.
    package private(set) var generation: Int32?
    /// Where the assignment at hand began.
    package private(set) var beginning: [PartitionOffset] = []
    /// Why an assignment could not be taken up.
    private var failure: SwerveError?
    /// While brokers say that the topic is not there: since when, and when to look next.
    private var doubt: (absence: TopicAbsence, lookAt: UInt64)?

    /// Makes the handle; joins nothing yet.
    ///
    /// `settings` must name `bootstrap.servers` and `group.id`; what the delivery rules need is set
    /// here and wins over them.
    ///
    /// - Parameter earlier: nil where nobody keeps such a memory.
    /// - Throws: `.refused` under a librdkafka that nobody may serve with.
    package init(
        settings: KafkaSettings, topic: String, membership: GroupMembership, start: StartPosition,
        commits: OffsetCommits = .standard, earlier: EarlierService? = nil,
        listener: any AssignmentListener, log: @escaping KafkaLogSink
    ) throws(SwerveError) {
        try LibrdkafkaVersion.present.check("opening the consumer of \(topic)")
        self.topic = topic
        group = settings["group.id"] ?? ""
        self.membership = membership
        self.start = start
        self.earlier = earlier
        check = MarkCheck(settings: settings, topic: topic, log: log)
        self.listener = listener
        handle = try unsafe KafkaHandle(
            RD_KAFKA_CONSUMER, settings: ConsumerSettings.whole(settings, membership, commits),
            act: "opening the consumer of \(topic)", log: log
        ) { conf in
            unsafe rd_kafka_conf_set_offset_commit_cb(conf) { handle, code, list, _ in
                guard let handle = unsafe handle else { return }
                unsafe KafkaHandle.context(of: handle)?.onCommit?(code, list)
            }
            unsafe rd_kafka_conf_set_rebalance_cb(conf) { handle, code, list, _ in
                guard let handle = unsafe handle, let list = unsafe list else { return }
                unsafe KafkaHandle.context(of: handle)?.onRebalance?(code, list)
            }
        }
        guard let queue = unsafe rd_kafka_queue_get_consumer(handle.raw) else {
            handle.destroy()
            throw SwerveError(
                .system, act: "opening the consumer of \(topic)", reason: "no consumer queue")
        }
        unsafe self.queue = queue
        // Last, since nothing gives it back where this throws.
        let name = topic.utf8CString
        unsafe topicName = .allocate(capacity: name.count)
        for (index, byte) in name.enumerated() { unsafe topicName[index] = byte }
        unsafe handle.context.onRebalance = { [unowned self] code, list in
            unsafe self.assignmentChanged(code, list)
        }
        unsafe handle.context.onCommit = { [unowned self] code, list in
            unsafe self.committed(code, list)
        }
    }

    deinit { unsafe topicName.deallocate() }

    /// Joins the group (`static`, `dynamic`) or takes the slot's partitions (`fixed`).
    package func begin(partitionCount: Int) throws(SwerveError) {
        owner.assertCurrent()
        switch membership {
        case .static, .dynamic: try subscribe()
        case .fixed(let slot, let total):
            let own = (0..<Int32(partitionCount)).filter { Int($0) % total == slot }
            try take(own, isFounder: slot == 0)
        }
    }

    /// Takes what `partitionCount` partitions have for this consumer beyond what it has: each is
    /// read from where the group begins there.
    ///
    /// With `fixed` those at hand go on. A member of a group joins it again without leaving it, and
    /// is given its partitions anew inside a later poll: for one whose listener left some.
    ///
    /// - Returns: false where the worker is to end instead.
    /// - Throws: where they could not be taken: nothing has changed.
    package func grow(to partitionCount: Int) throws(SwerveError) -> Bool {
        owner.assertCurrent()
        guard case .fixed(let slot, let total) = membership else {
            try subscribe()
            return true
        }
        let added = (0..<Int32(partitionCount)).filter {
            Int($0) % total == slot && !partitions.contains($0)
        }
        guard !added.isEmpty else { return true }
        guard case .known(let offsets) = try beginnings.resolve(added, isFounder: slot == 0) else {
            return false
        }
        // It makes no change of what is read already, so a batch poll is safe beside it.
        let failure = unsafe offsets.withList(of: topicName) { list in
            unsafe rd_kafka_incremental_assign(handle.raw, list)
        }
        if let failure = unsafe failure {
            defer { unsafe rd_kafka_error_destroy(failure) }
            throw handle.error(
                "taking partitions that \(topic) has got", unsafe rd_kafka_error_code(failure),
                rights: rights)
        }
        begun(added)
        if isPaused { pause(added) }
        partitions += added
        beginning += offsets
        listener.added(added)
        return true
    }

    private func subscribe() throws(SwerveError) {
        let whole = [PartitionOffset(partition: -1, offset: 0)]
        let code = unsafe whole.withList(of: topicName) { list in
            unsafe rd_kafka_subscribe(handle.raw, list)
        }
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw handle.error("subscribing to \(topic)", code, rights: rights)
        }
    }

    /// Marks offsets as done; they are committed in the background, at a revocation and at close.
    ///
    /// Partitions that are no longer assigned are refused by librdkafka and passed over here.
    package func store(_ positions: [PartitionOffset]) {
        owner.assertCurrent()
        guard !positions.isEmpty else { return }
        _ = unsafe positions.withList(of: topicName) { list in
            unsafe rd_kafka_offsets_store(handle.raw, list)
        }
    }

    /// Commits what is stored now, beside the commits in the background; the listener hears of it.
    ///
    /// - Returns: false where there is nothing to commit.
    package func commit() -> Bool {
        owner.assertCurrent()
        return unsafe rd_kafka_commit(handle.raw, nil, 1) == RD_KAFKA_RESP_ERR_NO_ERROR
    }

    /// Commits these offsets as well, whether or not the brokers have them already; they must have
    /// been stored, or committed before.
    package func commitAgain(_ positions: [PartitionOffset]) {
        owner.assertCurrent()
        let code = unsafe positions.withList(of: topicName) { list in
            unsafe rd_kafka_commit(handle.raw, list, 1)
        }
        tell(KafkaFault(code: code, text: "committing offsets again: \(kafkaErrorText(code))"))
    }

    /// Has the listener hear of answered commits, errors and log lines; waits for the first.
    package func serveCommits(milliseconds: Int32) {
        owner.assertCurrent()
        handle.serve(milliseconds: milliseconds)
    }

    /// What broke the consumer for good; nil while it can go on.
    package var fatalFault: KafkaFault? { handle.fatalFault }

    /// Faults that are not passing, each handed over a single time.
    package func takeFaults() -> [KafkaFault] {
        owner.assertCurrent()
        handle.serve()
        return handle.context.takeFaults()
    }

    /// - Throws: where an assignment could not be taken up; the consumer reads nothing then.
    package func checkAssignment() throws(SwerveError) { if let failure { throw failure } }

    /// What the consumer needs at the brokers.
    package var rights: [KafkaRight] { Self.rights(topic: topic, group: group) }

    /// A broker said that the topic is not there: brokers that start or stop say so of any.
    package func doubtTopic() { if doubt == nil { doubt = (TopicAbsence(), 0) } }

    /// Whether the topic is gone, as far as listings of all topics say; asks no one where nobody
    /// doubted it.
    package func isTopicGone() -> Bool { isTopicGone(at: MonotonicClock.now) }

    /// - Parameter now: monotonic nanoseconds.
    func isTopicGone(at now: UInt64) -> Bool {
        owner.assertCurrent()
        guard var doubt, now >= doubt.lookAt else { return false }
        doubt.lookAt = now &+ Self.lookEveryNs
        do throws(SwerveError) {
            let counts = try handle.partitionCounts(
                of: [topic], act: "looking for \(topic)", timeoutMs: Self.lookTimeoutMs)
            let isListed = (counts[topic] ?? 0) > 0
            let isGone = doubt.absence.isConfirmed(isListed: isListed, at: now)
            self.doubt = isListed ? nil : doubt
            return isGone
        } catch {
            // No broker says anything: that is no absence either.
            self.doubt = (TopicAbsence(), doubt.lookAt)
            return false
        }
    }

    /// Commits what is stored, leaves the group where it should, and ends.
    ///
    /// With brokers away librdkafka would wait for them for ten seconds and more, for commits and
    /// goodbyes that reach nobody; then it is left behind, and ends with the process.
    ///
    /// - Parameters:
    ///   - isProcessEnding: what librdkafka has for the handle is left to the end of the process.
    ///     To take it down may never end where the right to read was taken away (2.0.2).
    ///   - milliseconds: how long a broker is waited for.
    /// - Returns: whether the brokers were there to be told.
    @discardableResult
    package func close(
        isProcessEnding: Bool = false, withinMs milliseconds: Int32 = goodbyeMs
    ) -> Bool {
        owner.assertCurrent()
        guard handle.isAnswered(withinMs: milliseconds) else {
            unsafe handle.context.onRebalance = nil
            unsafe handle.context.onCommit = nil
            handle.leave()
            return false
        }
        unsafe rd_kafka_queue_destroy(queue)
        _ = unsafe rd_kafka_consumer_close(handle.raw)
        unsafe handle.context.onRebalance = nil
        unsafe handle.context.onCommit = nil
        if isProcessEnding { handle.leave() } else { handle.destroy() }
        return true
    }

    private func committed(
        _ code: rd_kafka_resp_err_t, _ list: UnsafePointer<rd_kafka_topic_partition_list_t>?
    ) {
        done.removeAll(keepingCapacity: true)
        var failure = code
        if let list = unsafe list {
            for index in 0..<Int(unsafe list.pointee.cnt) {
                let entry = unsafe list.pointee.elems[index]
                if unsafe entry.err != RD_KAFKA_RESP_ERR_NO_ERROR {
                    failure = unsafe entry.err
                } else if unsafe code == RD_KAFKA_RESP_ERR_NO_ERROR && entry.offset >= 0 {
                    unsafe done.append(
                        PartitionOffset(partition: entry.partition, offset: entry.offset))
                }
            }
        }
        var isOfOldGeneration = false
        if failure != RD_KAFKA_RESP_ERR_NO_ERROR {
            let fault = KafkaFault(
                code: failure, text: "committing offsets: \(kafkaErrorText(failure))")
            tell(fault)
            isOfOldGeneration = fault.isOfGroup
        }
        if !done.isEmpty { handle.context.answered() }
        listener.committed(done, isOfOldGeneration: isOfOldGeneration)
    }

    /// Of a commit; a generation that is over is followed by a new assignment, and no fault.
    private func tell(_ fault: KafkaFault) {
        if fault.isOfGroup {
            handle.context.log(.detail, fault.text)
        } else if fault.meaning != .nothing, !fault.isOfNoOffset {
            handle.context.report(fault)
        }
    }

    // MARK: - Changes of assignment

    private func assignmentChanged(
        _ code: rd_kafka_resp_err_t, _ list: UnsafePointer<rd_kafka_topic_partition_list_t>
    ) {
        switch code {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
            // The poll has nothing of an assignment before: a partition's stop, of which the group
            // waits for all, is in the queue before this and goes ahead of records.
            isRevoked = false
            let partitions = unsafe (0..<Int(list.pointee.cnt)).map {
                unsafe list.pointee.elems[$0].partition
            }
            do throws(SwerveError) {
                // Of the group's members exactly one has the first partition.
                try take(listener.servable(partitions), isFounder: partitions.contains(0))
            } catch {
                // There is no safe place to begin: take nothing, and let the caller see why.
                _ = unsafe rd_kafka_assign(handle.raw, nil)
                failure = failure ?? error
            }
        default:
            isRevoked = true
            endings += 1
            release()
            _ = unsafe rd_kafka_assign(handle.raw, nil)
        }
    }

    private func release() {
        resume()
        let going = partitions
        partitions = []
        guard !going.isEmpty else { return }
        if unsafe rd_kafka_assignment_lost(handle.raw) != 0 {
            listener.lost(going)
        } else {
            // What it stores librdkafka commits as the partitions are unassigned. A commit of our
            // own here would wait without a bound for a broker that is gone.
            listener.revoking(going)
        }
    }

    /// Assigns `own`, each from its committed offset; what has none gets one first.
    private func take(_ own: [Int32], isFounder: Bool) throws(SwerveError) {
        let offsets: [PartitionOffset]
        switch try beginnings.resolve(own, isFounder: isFounder) {
        case .known(let known): offsets = known
        // Another assignment is on its way, or the worker is about to end.
        case .overtaken: offsets = []
        }
        let code = unsafe offsets.withList(of: topicName) { list in
            unsafe rd_kafka_assign(handle.raw, list)
        }
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw handle.error("taking partitions of \(topic)", code, rights: rights)
        }
        guard offsets.count == own.count else { return }
        begun(own)
        partitions = own
        beginning = offsets
        if membership.isOfGroup { (memberID, generation) = (handle.memberID, handle.generation) }
        listener.assigned(own)
    }

    /// From now on they have offsets, whoever loses them, and their marks were looked at.
    private func begun(_ own: [Int32]) {
        if !own.isEmpty { earlier?.isKnown = true }
        earlier?.marks.removeAll { own.contains($0.partition) }
    }

    private var beginnings: GroupBeginnings {
        GroupBeginnings(
            handle: handle, topic: topic, group: group, start: start,
            hasGenerations: membership.isOfGroup, earlier: earlier, check: check,
            isStopping: { [unowned listener] in listener.isStopping },
            isWaiting: { [unowned listener] in listener.isWaiting() })
    }

    private static let lookEveryNs: UInt64 = 1_000_000_000
    private static let lookTimeoutMs: Int32 = 1_000
    package static let goodbyeMs: Int32 = 2_000
}
