import CRdKafka

/// What librdkafka reports of each record, told to the listener.
extension RecordProducer {
    /// Counts runs of the same tag and outcome, so that a thousand reports are a few calls.
    func report(_ event: OpaquePointer) {
        while true {
            let count = unsafe rd_kafka_event_message_array(event, reports, Self.reportsAtOnce)
            guard count > 0 else { return }
            var run = (tag: UInt(0), code: RD_KAFKA_RESP_ERR_NO_ERROR, count: 0)
            for index in 0..<count {
                guard let message = unsafe reports[index] else { continue }
                let tag = UInt(bitPattern: unsafe message.pointee._private)
                let code = unsafe message.pointee.err
                if code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE {
                    if unsafe resendAsStub(message, tag) { continue }
                    unsafe noteTooLarge(message)
                }
                if Self.isFault(code), code != run.code {
                    // So that a missing right is told as one, and not as a failed delivery.
                    handle.context.report(
                        KafkaFault(
                            code: code,
                            text: "\(unsafe topic(of: message)): \(kafkaErrorText(code))"))
                }
                if tag != run.tag || code != run.code {
                    tell(run)
                    run = (tag, code, 0)
                }
                run.count += 1
            }
            tell(run)
        }
    }

    /// A dead letter that the broker found too large goes again as a stub, under the same tag; it
    /// counts as delivered when the stub is.
    ///
    /// Not within a transaction, which such a refusal ends: the next process would meet the same
    /// record again, so somebody has to act.
    private func resendAsStub(_ message: UnsafePointer<rd_kafka_message_t>, _ tag: UInt) -> Bool {
        guard transactionalID == nil, let deadLetters,
            unsafe message.pointee.rkt == deadLetters.topic,
            let letter = unsafe DeadLetter(refused: message)
        else { return false }
        let code = unsafe letter.produce(handle.raw, to: deadLetters, tag: tag, limit: 0)
        return code == RD_KAFKA_RESP_ERR_NO_ERROR
    }

    /// The broker takes no batch of this size, and there is nothing smaller to send: the next
    /// process would meet the same, so the worker does not start again by itself.
    private func noteTooLarge(_ message: UnsafePointer<rd_kafka_message_t>) {
        guard ownFaults.isEmpty else { return }
        let topic = unsafe topic(of: message)
        let bytes = unsafe message.pointee.len + message.pointee.key_len
        let remedy =
            unsafe transactionalID != nil && isLetter(message)
            ? "exactly-once delivery needs one that takes \(Self.deadLetterBytes) bytes: raise its "
                + "max.message.bytes to Kafka's own default"
            : "raise its max.message.bytes, or give the workers the right DescribeConfigs on it, by "
                + "which they suit their batches to it as they start"
        ownFaults.append(
            KafkaFault(
                code: RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
                text: "\(topic) does not take a batch with a record of \(bytes) bytes; \(remedy)"))
    }

    private func isLetter(_ message: UnsafePointer<rd_kafka_message_t>) -> Bool {
        unsafe message.pointee.rkt == deadLetters?.topic
    }

    private func topic(of message: UnsafePointer<rd_kafka_message_t>) -> String {
        unsafe isLetter(message) ? deadLetterTopic ?? "" : outputTopic
    }

    /// What was dropped, was dropped because of another fault, or of an abort.
    private static func isFault(_ code: rd_kafka_resp_err_t) -> Bool {
        switch code {
        case RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__PURGE_QUEUE,
            RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
            false
        default: true
        }
    }

    private func tell(_ run: (tag: UInt, code: rd_kafka_resp_err_t, count: Int)) {
        guard run.count > 0 else { return }
        let isFailure = run.code != RD_KAFKA_RESP_ERR_NO_ERROR
        listener?.delivered(
            Delivery(
                tag: run.tag, count: run.count,
                failure: isFailure
                    ? "\(kafkaErrorText(run.code)) (\(kafkaErrorName(run.code)))" : nil))
    }
}
