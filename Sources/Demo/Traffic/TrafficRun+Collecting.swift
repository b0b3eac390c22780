import Kafka
import Lifecycle
import Platform

/// What comes back: predictions, dead letters, deployments, status.
extension TrafficRun {
    /// Takes in what is there, waiting up to `milliseconds` for the first record.
    func collect(milliseconds: Int32) throws(SwerveError) {
        let topics = service.topics
        var repeated: [StreamRecord] = []
        let before = checker.answered
        try reader.poll(milliseconds: milliseconds) { found in
            let record = StreamRecord(found)
            switch found.topic {
            case topics.output:
                if let again = heardOutput(record) { repeated.append(again) }
            case topics.deadLetters: heardDeadLetter(record)
            case topics.control: heardControl(record)
            default: heardStatus(record)
            }
        }
        if checker.answered > before { progressedNs = MonotonicClock.now }
        for record in repeated {
            try writer.write(
                topic: topics.output, partition: record.partition, key: record.key,
                value: record.value)
        }
    }

    /// - Returns: a record that is to be written once more, as the fault that was asked for.
    private func heardOutput(_ record: StreamRecord) -> StreamRecord? {
        switch injector.pass(record, stale: { stale($0) }) {
        case .withheld: return nil
        case .passed(let record):
            check(record)
            return nil
        case .repeated(let record):
            check(record)
            return record
        }
    }

    private func check(_ record: StreamRecord) {
        kept["predictions"]?.append(record)
        guard let value = record.value, let prediction = predictions.read(value) else {
            return checker.unreadable()
        }
        let answered = checker.predicted(
            prediction, key: record.key, partition: record.partition)
        if let answered {
            outstanding.answered(
                partition: Int(prediction.partition), record: answered.value.count)
        }
    }

    /// The prediction as the first version makes it, where only the second one decides.
    private func stale(_ record: StreamRecord) -> StreamRecord? {
        guard let value = record.value, let prediction = predictions.read(value),
            let deployment = checker.deployment(epoch: prediction.epoch),
            deployment.stable.version == versions[1].version,
            let request = checker.waiting(
                partition: prediction.partition, offset: prediction.offset),
            let old = scorers.scores(
                version: versions[0].version, value: request.value, isThorough: false
            ).first,
            case .object(var fields)? = try? JSONValue(parsing: value, act: "planting a fault")
        else { return nil }
        fields["version"] = .int(Int64(versions[0].version))
        fields["score"] = .double(old.score)
        fields["label"] = old.label.flatMap { label in
            try? JSONValue(parsing: [0x22] + label + [0x22], act: "planting a fault")
        }
        fields["decision"] = old.decisions.map { .array($0.map { .double($0) }) }
        fields["probability"] = nil
        var stale = record
        stale.value = JSONValue.object(fields).bytes
        return stale
    }

    private func heardDeadLetter(_ record: StreamRecord) {
        kept["dead_letters"]?.append(record)
        let answered = checker.deadLetter(
            key: record.key, value: record.value, partition: record.partition)
        if let answered {
            outstanding.answered(partition: Int(record.partition), record: answered.value.count)
        }
    }

    private func heardControl(_ record: StreamRecord) {
        kept["control"]?.append(record)
        guard let value = record.value,
            let announced = try? ControlRecord(key: record.key, value: value),
            announced.deployment.model == service.model
        else { return }
        checker.announced(announced.deployment)
    }

    private func heardStatus(_ record: StreamRecord) {
        kept["status"]?.append(record)
        guard let slot = SlotID(key: record.key) else { return }
        fleet.hear(
            slot, record.value.flatMap { StatusRecord(value: $0) }, atMs: WallClock.nowMs)
    }
}
