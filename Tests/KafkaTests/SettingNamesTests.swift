import Lifecycle
import Testing

@testable import Kafka

@Suite("what was meant by a setting that librdkafka does not have")
struct SettingNamesTests {
    @Test(
        "underscores, other clients' names and slips of the fingers lead to librdkafka's name",
        arguments: [
            ("linger_ms", "linger.ms"), ("LINGER.MS", "linger.ms"), ("lingr.ms", "linger.ms"),
            ("brokers", "bootstrap.servers"), ("bootstrap", "bootstrap.servers"),
            ("socket_connection_setup_timeout_ms", "socket.connection.setup.timeout.ms"),
            ("fetch.max.wait.ms", "fetch.wait.max.ms"), ("buffer.memory", "in KiB"),
            ("ssl.truststore.location", "ssl.ca.location"),
        ])
    func meant(key: String, words: String) {
        let error = #expect(throws: SwerveError.self) {
            try KafkaSettings([key: "1"]).check(act: "checking")
        }
        #expect(error?.code == .usage && error?.reason.contains(key) == true)
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    @Test("what is near nothing is sent to the documentation")
    func nothingNear() {
        let error = #expect(throws: SwerveError.self) {
            try KafkaSettings(["banana.split": "1"]).check(act: "checking")
        }
        #expect(error?.remedy.contains("CONFIGURATION.md") == true)
    }
}
