import CRdKafka
package import Lifecycle

/// Which partition of the status topic has the words of a slot: the one rule for who writes them
/// and for who reads them.
///
/// The one that Kafka's own producers choose for the record's key (murmur2), so that a record that
/// somebody writes with another tool lies with the slot's others. A record in another partition is
/// from before the topic grew, and is passed over by everybody: the slot's later words are not
/// behind it.
package struct StatusPartitions: Sendable, Equatable {
    package let count: Int

    package init(count: Int) { self.count = max(1, count) }

    package func partition(of slot: SlotID) -> Int32 {
        partition(ofKey: Array(slot.description.utf8))
    }

    func partition(ofKey key: [UInt8]) -> Int32 {
        unsafe key.withUnsafeBytes { key in
            unsafe rd_kafka_msg_partitioner_murmur2(
                nil, key.baseAddress, key.count, Int32(clamping: count), nil, nil)
        }
    }
}
