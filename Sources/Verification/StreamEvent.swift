package import Lifecycle

/// What a record of one of the stream's topics says.
package enum StreamEvent: Sendable, Equatable {
    package enum Expected: Sendable {
        case prediction, deadLetter
    }

    /// With the record of the output topic that says it.
    case predicted(Prediction, StreamRecord)
    case deadLetter(DeadLetter)
    case announced(Deployment)
    /// The record stands where something else was expected.
    case unreadable(Expected)
}

/// Turns records of the stream's topics into events; pure.
package struct StreamEventReader: Sendable {
    private let model: ModelName
    private let topics: StreamTopics
    private let predictions: PredictionReader

    /// - Parameters:
    ///   - model: what speaks of another model is none of the stream's.
    ///   - topics: predictions and dead letters are those of records of its input topic.
    package init(model: ModelName, topics: StreamTopics) {
        self.model = model
        self.topics = topics
        predictions = PredictionReader(model: model, topic: topics.input)
    }

    /// Nil for what is none of the checker's: a deployment of another model, a control record that
    /// cannot be read, the topics of input and status.
    package func event(of record: StreamRecord, on topic: String) -> StreamEvent? {
        switch topic {
        case topics.output:
            prediction(record).map { StreamEvent.predicted($0, record) }
                ?? StreamEvent.unreadable(.prediction)
        case topics.deadLetters:
            DeadLetter(record, model: model, topic: topics.input).map { StreamEvent.deadLetter($0) }
                ?? StreamEvent.unreadable(.deadLetter)
        case topics.control: deployment(record).map { StreamEvent.announced($0) }
        default: nil
        }
    }

    /// Nil for what is no prediction of the model for a record of the input topic.
    package func prediction(_ record: StreamRecord) -> Prediction? {
        record.value.flatMap { predictions.read($0) }
    }

    private func deployment(_ record: StreamRecord) -> Deployment? {
        guard let value = record.value,
            let announced = try? ControlRecord(key: record.key, value: value),
            announced.deployment.model == model
        else { return nil }
        return announced.deployment
    }
}
