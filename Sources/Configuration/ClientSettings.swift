package import Lifecycle

/// librdkafka's own settings of a configuration, for both kinds of clients and for each, under
/// librdkafka's names.
package struct ClientSettings: Sendable, Equatable {
    package private(set) var common: [String: String] = [:]
    package private(set) var consumer: [String: String] = [:]
    package private(set) var producer: [String: String] = [:]

    /// - Throws: `.usage` for a setting that would break the delivery promised, with the reason.
    package init(_ configuration: Configuration) throws(SwerveError) {
        for (name, entry) in configuration.entries.sorted(by: { $0.key < $1.key }) {
            guard let (section, setting) = KeyNames.clientSetting(name) else { continue }
            if let reason = Self.refused[setting] {
                throw configuration.wrong(
                    "\(section): \(setting) cannot be set: \(reason)", from: entry.origin,
                    remedy: "remove it")
            }
            switch section {
            case "kafka.consumer": consumer[setting] = entry.value
            case "kafka.producer": producer[setting] = entry.value
            default: common[setting] = entry.value
            }
        }
    }

    /// Settings that are Swerve's, with the reason.
    static let refused = [
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
}

extension Configuration {
    /// Has each of librdkafka's own settings looked at by itself.
    ///
    /// - Parameter check: gets one setting, and the act of an error about it, which names where the
    ///   setting comes from.
    package func checkClientSettings(
        _ check: (_ setting: [String: String], _ act: String) throws(SwerveError) -> Void
    ) throws(SwerveError) {
        for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
            guard let (section, setting) = KeyNames.clientSetting(name) else { continue }
            let (act, place) = entry.origin.readingAct(of: self.name)
            try check([setting: entry.value], "\(act): \(place)\(section)")
        }
    }
}
