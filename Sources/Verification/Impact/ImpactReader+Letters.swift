import Kafka
import Lifecycle

/// Records that the version refused: they have no prediction that could be corrected.
extension ImpactReader {
    func readLetters(
        _ consumer: RangeConsumer, _ answers: AnswerReader, _ listener: Listener
    ) throws(SwerveError) {
        guard !terms.dropsUnscorable else {
            report.notes.append("records that cannot be scored get no dead letter here")
            return
        }
        let topic = terms.topics.deadLetters
        let counts = try consumer.partitionCounts(of: [topic], timeoutMs: access.timeoutMs)
        guard let count = counts[topic], count > 0 else {
            report.notes.append("there is no topic \(topic): refused records are not known")
            return
        }
        for partition in 0..<Int32(clamping: count) {
            try SpanReader.readWhole(
                consumer, topic, partition: partition, timeoutMs: access.timeoutMs,
                begins: { offset in
                    report.notes.append(
                        "\(topic) [\(partition)] begins at offset \(offset) now: what stood "
                            + "before it is gone, and not known")
                }
            ) { batch, index, offset throws(SwerveError) in
                try take(
                    batch, index, at: StreamPlace(partition: partition, offset: offset), answers,
                    listener)
            }
        }
    }

    private func take(
        _ batch: RecordBatch, _ index: Int, at place: StreamPlace, _ answers: AnswerReader,
        _ listener: Listener
    ) throws(SwerveError) {
        let (key, value) = (batch.key(at: index), batch.value(at: index))
        let record = StreamRecord(
            at: place, key: key ?? [], value: value, headers: batch.headers(at: index))
        guard
            let letter = DeadLetter(record, model: terms.model, topic: terms.topics.input)
        else {
            report.counts.lettersForeign += 1
            return
        }
        guard answers.wanted(letter.source.partition).contains(letter.source.offset) else { return }
        let taken = report.selection.takes(
            epoch: letter.epoch, key: key, isKeyKnown: !letter.isStub || key != nil,
            at: letter.source, book)
        switch taken {
        case .left: return
        case .unknown: report.counts.lettersUnknown += 1
        case .taken:
            report.counts.add(letter: letter.code)
            let opinion =
                letter.isStub
                ? nil : opinion(of: value, schema: access.input.schemaHeader(of: batch, index))
            if let opinion {
                report.rescored?.add(letter: opinion)
            } else if source != nil {
                report.rescored?.lettersUnscored += 1
            }
            try listener.letter(
                ImpactedLetter(
                    source: letter.source, at: place, code: letter.code, epoch: letter.epoch,
                    rescored: opinion))
        }
    }
}
