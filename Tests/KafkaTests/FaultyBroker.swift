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
    }

    let bootstrap: String
    private let handle: KafkaHandle
    private let cluster: OpaquePointer

    init(topics: [(name: String, partitions: Int32)]) throws {
        let act = "starting a faulty broker"
        handle = try unsafe KafkaHandle(
            RD_KAFKA_PRODUCER, settings: KafkaSettings(["log_level": "2"]), act: act
        ) { _, _ in }
        guard let cluster = unsafe rd_kafka_mock_cluster_new(handle.raw, 1) else {
            handle.destroy()
            throw SwerveError(.system, act: act, reason: "no mock cluster")
        }
        unsafe self.cluster = cluster
        bootstrap = unsafe String(cString: rd_kafka_mock_cluster_bootstraps(cluster))
        for topic in topics {
            _ = unsafe rd_kafka_mock_topic_create(cluster, topic.name, topic.partitions, 1)
        }
    }

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

    func stop() {
        unsafe rd_kafka_mock_cluster_destroy(cluster)
        handle.destroy()
    }

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
