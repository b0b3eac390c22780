import CRdKafka
import Glibc
import Lifecycle
import Testing

@testable import Kafka

/// A broker of librdkafka's mock cluster that goes away, comes back, and refuses requests.
@safe
final class FaultyBroker {
    /// The kinds of requests, as the protocol numbers them.
    enum Request: Int16 {
        case produce = 0
        case fetch = 1
        case offsetCommit = 8
        case findCoordinator = 10
        case heartbeat = 12
        case initProducerID = 22
        case addPartitionsToTransaction = 24
        case addOffsetsToTransaction = 25
        case endTransaction = 26
        case commitOffsetsOfTransaction = 28
    }

    private let broker: DevelopmentBroker
    private var kept: PortKeeper?

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

    /// Takes the leader of a topic's first partition away, or gives it back.
    func lead(_ topic: String, _ isLed: Bool) {
        let code = unsafe rd_kafka_mock_partition_set_leader(
            cluster, topic, 0, isLed ? Self.node : -1)
        #expect(code == RD_KAFKA_RESP_ERR_NO_ERROR)
    }

    /// Cuts all connections and takes no new ones.
    func goAway() {
        _ = unsafe rd_kafka_mock_broker_set_down(cluster, Self.node)
        kept = PortKeeper(of: bootstrap)
    }

    func comeBack() {
        kept = nil
        _ = unsafe rd_kafka_mock_broker_set_up(cluster, Self.node)
    }

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

/// Keeps a port for a broker that is away: a socket that is bound and does not listen.
///
/// The mock binds its old port as it comes back, and ends the process with an assertion where some
/// other socket has taken it meanwhile (`listen_s != -1`). A port that is bound goes to nobody who
/// asks for any. It is given back right before: not every system lets two sockets bind one port,
/// be it with `SO_REUSEADDR`.
private final class PortKeeper {
    private let descriptor: Int32

    init(of address: String) {
        let port = address.split(separator: ":").last.flatMap { UInt16($0) } ?? 0
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var on: Int32 = 1
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = port.bigEndian
        place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isBound = unsafe withUnsafeBytes(of: &place) { bytes in
            let size = socklen_t(MemoryLayout<sockaddr_in>.size)
            return unsafe setsockopt(
                descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size)) == 0
                && bind(descriptor, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, size)
                    == 0
        }
        #expect(isBound, "keeping port \(port)")
    }

    deinit { close(descriptor) }
}
