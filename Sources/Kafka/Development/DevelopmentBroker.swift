import CRdKafka
package import Lifecycle

/// librdkafka's mock cluster: one node, in memory, the last 5 MiB of each partition.
///
/// For the demo and the tests, never for production: it has no compaction, no static members, no
/// admin calls, no transactions, and it drops the oldest records silently. It answers the requests
/// of transactions, but keeps none: one that outlives its time is not ended, and what was aborted
/// is read. So workers with fixed partitions take no claim on their slot here (`SlotClaim`): of two
/// processes in one slot neither is ended. It lives in a process of its own (`swerve broker`).
@safe
package final class DevelopmentBroker {
    /// With which the mock cluster's id begins.
    static let clusterPrefix = "mockCluster"

    private let handle: KafkaHandle
    /// For tests that make it go away or refuse.
    let cluster: OpaquePointer

    /// `127.0.0.1:PORT`; the port is the kernel's choice.
    package let bootstrap: String

    package init(topics: [(name: String, partitions: Int)]) throws(SwerveError) {
        let act = "starting the development broker"
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
            let code = unsafe rd_kafka_mock_topic_create(
                cluster, topic.name, Int32(topic.partitions), 1)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
                stop()
                throw SwerveError(
                    act: "creating \(topic.name) on the development broker", kafka: code)
            }
        }
    }

    /// Makes requests that touch `topic` fail as if it did not exist, or heals it.
    package func setMissing(_ topic: String, _ isMissing: Bool) {
        unsafe rd_kafka_mock_topic_set_error(
            cluster, topic,
            isMissing ? RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART : RD_KAFKA_RESP_ERR_NO_ERROR)
    }

    /// Makes the next requests to write fail as without the right to, one each.
    package func denyWrites(_ count: Int) {
        var errors = Array(repeating: RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, count: count)
        unsafe rd_kafka_mock_push_request_errors_array(cluster, 0, errors.count, &errors)
    }

    package func stop() {
        unsafe rd_kafka_mock_cluster_destroy(cluster)
        handle.destroy()
    }
}
