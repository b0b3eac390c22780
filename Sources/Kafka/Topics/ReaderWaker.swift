import CRdKafka
import Platform

/// Ends the wait of a thread in `TopicReader.poll`, where there is something else for it to do.
///
/// A word for a thread that does not wait is kept for its next wait, as long as the reader is open.
/// Without an open reader it does nothing: before its first poll, and behind a reader that was
/// opened anew, the thread looks at what it shares by itself. Any thread; not for handlers of
/// signals, since it takes a lock.
@safe
package final class ReaderWaker: Sendable {
    /// The reader's queue, while there is one: librdkafka forbids to touch it after its end.
    ///
    /// @unchecked Sendable: librdkafka's queues are safe from any thread, and the pointer is taken
    /// away under the lock before its queue ends.
    @safe
    private struct Queue: @unchecked Sendable {
        var pointer: OpaquePointer?
    }

    private let queue = Guarded(Queue())

    package init() {}

    /// One that no reader is given, so that it wakes nobody; each is another one.
    package static var none: ReaderWaker { ReaderWaker() }

    /// `TopicReader.poll` returns at once, or as soon as it is called; nothing without a reader.
    package func wake() {
        queue.withLock { queue in
            guard let pointer = unsafe queue.pointer else { return }
            unsafe rd_kafka_queue_yield(pointer)
        }
    }

    /// - Parameter pointer: nil before the reader's queue is destroyed.
    func attach(_ pointer: OpaquePointer?) {
        queue.withLock { queue in unsafe queue.pointer = unsafe pointer }
    }
}
