package import Kafka
package import Lifecycle

/// What the poll thread needs of its consumer: `DataConsumer`, or in tests something that needs no
/// broker.
///
/// Poll thread only. Called a few times a batch, never for a record.
package protocol StreamConsumer: AnyObject {
    func poll(into batch: RecordBatch, limit: Int, milliseconds: Int32)
    /// From now on polls bring changes of assignment, and no records; it ends with the assignment.
    func pause()
    func resume()
    /// False where there is nothing to commit.
    func commit() -> Bool
    func serveCommits(milliseconds: Int32)
    func store(_ positions: [PartitionOffset])
    func commitAgain(_ positions: [PartitionOffset])
    /// The offset behind a partition's last record, as last fetched; nil where it is not known.
    func endOffset(of partition: Int32) -> Int64?
    /// Where the assignment at hand began.
    var beginning: [PartitionOffset] { get }
    /// The group's generation in which it was given; nil before the first, and without a group.
    var generation: Int32? { get }
    /// False where the worker is to end instead.
    func grow(to partitionCount: Int) throws(SwerveError) -> Bool

    /// What broke the consumer for good; nil while it can go on.
    var fatalFault: KafkaFault? { get }
    /// Whether another process has taken the member's place.
    func standing(timeoutMs: Int32) -> MemberStanding
    var rights: [KafkaRight] { get }
    func takeFaults() -> [KafkaFault]
    func checkAssignment() throws(SwerveError)
    func doubtTopic()
    func isTopicGone() -> Bool
}

extension DataConsumer: StreamConsumer {}

/// What the poll thread needs of its producer: `RecordProducer`, or in tests something that needs
/// no broker.
///
/// Poll thread only. `append` is called for each record, so whoever calls it is generic over the
/// type and knows it when compiled.
package protocol StreamProducer: AnyObject {
    func append(
        value: UnsafeBufferPointer<UInt8>, key: UnsafeBufferPointer<UInt8>?, partition: Int32,
        tag: UInt)
    /// To the prediction appended last.
    func copyHeaders(of batch: RecordBatch, at index: Int)
    func takeLeftOutHeaders() -> Int
    func send() throws(SwerveError)
    func sendDeadLetter(
        of batch: RecordBatch, at index: Int, topic: String, reason: DeadLetterReason, tag: UInt
    ) throws(SwerveError)
    func serve(milliseconds: Int32)
    /// Nil where no broker says it in time.
    func outputPartitionCount(timeoutMs: Int32) -> Int?

    /// Hears of each delivery from inside the calls above.
    var listener: (any DeliveryListener)? { get set }
    /// What broke the producer for good; nil while it can go on.
    var fatalFault: KafkaFault? { get }
    var rights: [KafkaRight] { get }
    func takeFaults() -> [KafkaFault]
}

extension RecordProducer: StreamProducer {}

/// What exactly-once delivery needs of its transactions: `ProducerTransactions`, or in tests
/// something that needs no broker.
///
/// Poll thread only. Each call waits for `timeoutMs` at most.
package protocol StreamTransactions: AnyObject {
    func take(timeoutMs: Int32) -> TransactionAnswer
    func begin() -> TransactionAnswer
    func sendOffsets(_ positions: [PartitionOffset], timeoutMs: Int32) -> TransactionAnswer
    func commit(timeoutMs: Int32) -> TransactionAnswer
    func abort(timeoutMs: Int32) -> TransactionAnswer
}

extension ProducerTransactions: StreamTransactions {}
