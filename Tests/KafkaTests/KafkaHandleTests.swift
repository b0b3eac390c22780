import CRdKafka
import Lifecycle
import Testing

@testable import Kafka

/// The settings that every handle has.
@Suite("KafkaHandle")
struct KafkaHandleTests {
    @Test(
        "handles connect again soon, unless somebody configured otherwise",
        arguments: [
            ([:], "500"), (["reconnect.backoff.max.ms": "10000"], "10000"),
            (["reconnect.backoff.ms": "2000"], "2000"), (["reconnect.backoff.ms": "50"], "500"),
        ] as [([String: String], String)])
    func reconnecting(configured: [String: String], longest: String) throws {
        let settings = KafkaSettings(configured)
        #expect(KafkaHandle.whole(settings)["reconnect.backoff.max.ms"] == longest)
        // librdkafka refuses a first pause that is longer than the longest.
        try KafkaHandle.checkTogether(RD_KAFKA_CONSUMER, settings, act: "checking")
    }

    @Test(
        "a file that a setting names and that cannot be read is named",
        arguments: ["ssl.ca.location", "ssl.certificate.location", "ssl.key.location"])
    func files(key: String) {
        let settings = KafkaSettings(["security.protocol": "ssl", key: "/nowhere/ca.pem"])
        let error = #expect(throws: SwerveError.self) {
            try KafkaHandle.checkTogether(RD_KAFKA_CONSUMER, settings, act: "checking")
        }
        #expect(error?.code == .unavailable)
        #expect(error?.act == "checking, for \(key)")
        #expect(error?.reason.contains("/nowhere/ca.pem") == true)
    }
}
