import CRdKafka
import Foundation
import Lifecycle
import TestSupport
import Testing

@testable import Kafka

/// Errors of brokers that are passing, answered to the requests of workers, feed and commands
/// alike; and leaders that are gone for a moment.
@Suite(
    "Faults: refused requests", .serialized, .blocking,
    .enabled(if: TestStream.realBootstrap == nil, "only the mock cluster answers as it is told"))
struct RefusedRequestTests {
    /// By the protocol's number of the request.
    private static let answers: [(request: Int16, errors: [rd_kafka_resp_err_t])] = [
        (
            0,
            [
                RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
                RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
            ]
        ),
        (
            1,
            [
                RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE,
                RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH, RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE,
                RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
            ]
        ),
        (
            2,
            [
                RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
            ]
        ),
        (
            8,
            [
                RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
                RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
            ]
        ),
        (
            10,
            [
                RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
                RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
            ]
        ),
        (22, [RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_NOT_COORDINATOR]),
        (24, [RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS]),
        (26, [RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE]),
    ]

    @Test("passing errors on every kind of request, and partitions without a leader")
    func refused() throws {
        var held: DevelopmentBroker?
        let stream = try TestStream { topics in
            let broker = try DevelopmentBroker(topics: topics)
            held = broker
            return broker.bootstrap
        }
        let broker = try #require(held)
        defer { broker.stop() }
        let trial = try FaultTrial(on: stream)
        for round in 0..<FaultSettings.repeats {
            for (request, errors) in Self.answers {
                var errors = errors
                unsafe rd_kafka_mock_push_request_errors_array(
                    broker.cluster, request, errors.count, &errors)
                trial.faults += errors.count
            }
            let partition = Int32(round % stream.partitions)
            for topic in [stream.input, stream.output] {
                lead(broker, topic, partition, by: -1)
            }
            trial.faults += 2
            try trial.feedOn(milliseconds: 300)
            for topic in [stream.input, stream.output] {
                lead(broker, topic, partition, by: 1)
            }
            try trial.promote()
        }
        try trial.end("errors and lost leaders (mock's injection)", doubled: 0)
    }

    private func lead(
        _ broker: DevelopmentBroker, _ topic: String, _ partition: Int32, by node: Int32
    ) {
        let code = unsafe rd_kafka_mock_partition_set_leader(
            broker.cluster, topic, partition, node)
        #expect(code == RD_KAFKA_RESP_ERR_NO_ERROR)
    }
}
