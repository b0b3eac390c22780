import Kafka
import Lifecycle

/// librdkafka's settings that would break the delivery promised, refused with the reason.
enum RefusedSettings {
    private static let reasons = [
        "enable.auto.commit": "offsets are committed once their predictions are acknowledged",
        "enable.auto.offset.store": "offsets are stored once their predictions are acknowledged",
        "auto.offset.reset": "where a new group begins is 'start'; an offset out of range stops",
        "group.id": "the group is 'group'",
        "group.instance.id": "it is made of group and slot",
        "partition.assignment.strategy": "static members need range",
        "enable.idempotence": "without it retries duplicate predictions",
        "acks": "a prediction counts when all in-sync replicas have it",
        "request.required.acks": "a prediction counts when all in-sync replicas have it",
        "message.timeout.ms": "predictions are retried without end",
        "delivery.timeout.ms": "predictions are retried without end",
        "transactional.id": "transactions come with delivery: exactly-once",
        "enable.partition.eof": "it is Swerve's own",
        "delivery.report.only.error": "acknowledgements decide which offsets are done",
        "enable.gapless.guarantee": "it makes a passing fault fatal",
        "test.mock.num.brokers": "it would score a stream that does not exist",
    ]

    static func check(_ flat: FlatConfiguration) throws(SwerveError) {
        let sections = [
            ("kafka", flat.kafka), ("kafka.consumer", flat.kafkaConsumer),
            ("kafka.producer", flat.kafkaProducer),
        ]
        for (section, settings) in sections {
            for key in settings.keys.sorted() {
                guard let reason = reasons[key] else { continue }
                throw SwerveError(
                    .usage, act: "reading \(flat.name)",
                    reason: "\(section): \(key) cannot be set: \(reason)", remedy: "remove it")
            }
            try KafkaSettings(settings).check(act: "reading \(flat.name): \(section)")
        }
    }
}
