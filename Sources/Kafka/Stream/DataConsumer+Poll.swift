import CRdKafka
import Platform

/// Taking records.
extension DataConsumer {
    /// Fills `batch` with up to `limit` records that are there, waiting up to `milliseconds` for
    /// the first of them.
    ///
    /// Changes of assignment happen in here. 0 milliseconds take what is there and return at once.
    package func poll(into batch: RecordBatch, limit: Int = .max, milliseconds: Int32) {
        owner.assertCurrent()
        batch.release()
        isRevoked = false
        let limit = min(limit, batch.capacity)
        // librdkafka would wait for the last of many; so the first is asked for alone.
        if milliseconds > 0 { gather(1, milliseconds, into: batch) }
        if milliseconds <= 0 || batch.count > 0 {
            let (known, before) = (batch.count, endings)
            gather(limit - known, 0, into: batch)
            if endings != before { batch.releaseRecords(among: known) }
        }
        if isRevoked { batch.releaseRecords() }
        if wakeUp.isDue(afterFullPoll: batch.count == limit, at: MonotonicClock.now) {
            handle.wakeBrokerThreads()
        }
        handle.context.tellAnswers()
    }

    /// One call of librdkafka's, which takes back what it has gathered itself where an assignment
    /// ends and another one begins within.
    private func gather(_ count: Int, _ milliseconds: Int32, into batch: RecordBatch) {
        guard count > 0 else { return }
        let gathered = unsafe rd_kafka_consume_batch_queue(
            queue, milliseconds, batch.messages + batch.count, count)
        batch.count += max(0, gathered)
    }
}
