import CRdKafka
import Lifecycle

@testable import Kafka

/// A broker of librdkafka's mock cluster that goes away, comes back, and refuses requests.
@safe
final class FaultyBroker {
    /// The kinds of requests, as the protocol numbers them.
    enum Request: Int16 {
        case produce = 0
        case fetch = 1
        case offsetCommit = 8
        case initProducerID = 22
        case addPartitionsToTransaction = 24
        case addOffsetsToTransaction = 25
        case endTransaction = 26
        case commitOffsetsOfTransaction = 28
    }

    private let broker: DevelopmentBroker

    init(topics: [(name: String, partitions: Int)]) throws {
        broker = try DevelopmentBroker(topics: topics)
    }

    var bootstrap: String { broker.bootstrap }

    private var cluster: OpaquePointer { unsafe broker.cluster }

    var settings: KafkaSettings {
        KafkaSettings([
            "bootstrap.servers": bootstrap, "fetch.wait.max.ms": "10",
            "reconnect.backoff.max.ms": "100",
        ])
    }

    /// The next requests of this kind get these answers, one each.
    func answer(_ request: Request, with errors: [rd_kafka_resp_err_t]) {
        var errors = errors
        unsafe rd_kafka_mock_push_request_errors_array(
            cluster, request.rawValue, errors.count, &errors)
    }

    /// Cuts all connections and takes no new ones.
    func goAway() { _ = unsafe rd_kafka_mock_broker_set_down(cluster, Self.node) }

    func comeBack() { _ = unsafe rd_kafka_mock_broker_set_up(cluster, Self.node) }

    func stop() { broker.stop() }

    /// All records of a topic's partition, at least `count` of them.
    func read(_ topic: String, count: Int, partition: Int32 = 0) throws -> [TopicRecord] {
        let reader = try TopicReader(
            settings: settings, topics: [(topic, Int(partition) + 1, .beginning)]
        ) { _, _ in }
        defer { reader.close() }
        var records: [TopicRecord] = []
        let end = try reader.end(of: topic, partition: partition, timeoutMs: 30_000)
        while records.count < count || reader.position(of: topic, partition: partition) < end {
            try reader.poll(milliseconds: 100) { record in
                if record.partition == partition { records.append(record) }
            }
        }
        return records
    }

    private static let node: Int32 = 1
}
