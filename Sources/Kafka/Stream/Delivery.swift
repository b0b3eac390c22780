/// What became of records handed to the producer, counted by tag.
package struct Delivery: Sendable, Equatable {
    /// The tag that the records were produced with.
    package let tag: UInt
    package let count: Int
    /// Nil: acknowledged by all in-sync replicas.
    ///
    /// Otherwise why not.
    package let failure: String?

    package init(tag: UInt, count: Int, failure: String?) {
        self.tag = tag
        self.count = count
        self.failure = failure
    }
}

/// Hears what became of records handed to a producer: on the producer's thread, from inside the
/// calls that serve its reports.
package protocol DeliveryListener: AnyObject {
    func delivered(_ delivery: Delivery)

    /// Asked while librdkafka's queue is full: whether to go on waiting for room.
    var mayWait: Bool { get }
}
