import CRdKafka
package import Lifecycle
import Platform

/// The transactions of a producer: each holds predictions, dead letters and the offsets of the
/// records that they answer, so that all of it counts or none.
///
/// Owned by the poll thread, as the producer and the consumer are. Every call waits no longer than
/// it is told to; what comes next, and what the answers mean for the worker, is its caller's.
///
/// librdkafka waits in `commit` and `abort` for the reports of all records that are out, and these
/// are taken by `RecordProducer.serve` alone: so what is out is to be waited for before a commit,
/// and `serve` belongs between two tries of an abort.
@safe
package final class ProducerTransactions {
    private let producer: RecordProducer
    private let id: String
    private let owner = ThreadOwner()
    /// Whose offsets are committed; whoever owns the consumer keeps it.
    package weak var consumer: DataConsumer?

    /// After which the coordinator ends a transaction by itself.
    ///
    /// Short, since a dead process's transaction holds back its successor, and whoever reads what
    /// is committed, for as long.
    package static let timeoutMs = 10_000

    /// - Parameter producer: one that was made with a transactional id.
    package init(of producer: RecordProducer) {
        guard let id = producer.transactionalID else {
            preconditionFailure("a producer without a transactional id has no transactions")
        }
        self.producer = producer
        self.id = id
    }

    /// The id of a slot's producer: no two slots have the same one, and no slot's claim has it
    /// (`SlotClaim.transactionalID`).
    ///
    /// For access rules: begins with the group, as the group's other names do.
    package static func transactionalID(of slot: SlotID) -> String {
        "\(slot.group)-\(slot.slot)-stream"
    }

    /// Takes the transactional id: whoever had it is fenced, and its open transaction is aborted.
    ///
    /// To be done once, before anything is produced and before the committed offsets are read.
    package func take(timeoutMs: Int32) -> TransactionAnswer {
        owner.assertCurrent()
        return unsafe answer(
            rd_kafka_init_transactions(raw, timeoutMs), "taking the transactional id \(id)")
    }

    /// Asks no broker.
    package func begin() -> TransactionAnswer {
        owner.assertCurrent()
        return unsafe answer(rd_kafka_begin_transaction(raw), "beginning a transaction")
    }

    /// Makes offsets part of the transaction, under the consumer's generation: a member that is no
    /// longer one cannot commit.
    ///
    /// - Parameter positions: by partition, the next offset to read; the same ones at every try.
    package func sendOffsets(
        _ positions: [PartitionOffset], timeoutMs: Int32
    ) -> TransactionAnswer {
        owner.assertCurrent()
        let act = "adding offsets to a transaction"
        guard let consumer,
            let metadata = unsafe rd_kafka_consumer_group_metadata(consumer.handle.raw)
        else {
            return .needsAbort(SwerveError(.system, act: act, reason: "there is no consumer"))
        }
        defer { unsafe rd_kafka_consumer_group_metadata_destroy(metadata) }
        return unsafe answer(
            positions.withList(of: consumer.topicName) { list in
                unsafe rd_kafka_send_offsets_to_transaction(raw, list, metadata, timeoutMs)
            }, act, consumer.rights)
    }

    /// Only with nothing out.
    package func commit(timeoutMs: Int32) -> TransactionAnswer {
        owner.assertCurrent()
        return unsafe answer(
            rd_kafka_commit_transaction(raw, timeoutMs), "committing a transaction")
    }

    /// Drops what is out and takes the transaction back.
    package func abort(timeoutMs: Int32) -> TransactionAnswer {
        owner.assertCurrent()
        return unsafe answer(rd_kafka_abort_transaction(raw, timeoutMs), "aborting a transaction")
    }

    private var raw: OpaquePointer { unsafe producer.handle.raw }

    private func answer(
        _ failure: OpaquePointer?, _ act: String, _ rights: [KafkaRight] = []
    ) -> TransactionAnswer {
        unsafe TransactionAnswer(
            failure, of: producer.handle, act: act, rights: producer.rights + rights)
    }
}
