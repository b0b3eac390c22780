import CRdKafka
import Lifecycle
import Testing

@testable import Kafka

/// What each error means: the table, held against all codes that librdkafka knows.
@Suite("Kafka errors")
struct KafkaErrorTableTests {
    private func fault(_ code: rd_kafka_resp_err_t, _ text: String = "") -> KafkaFault {
        KafkaFault(code: code, text: text)
    }

    @Test("every code that librdkafka lists has its entry, and no entry is a default")
    func complete() {
        let known = KafkaErrorTable.known
        #expect(known.count > 150)
        for (code, name) in known {
            #expect(KafkaErrorTable.entry(code) != nil, "\(name) (\(code)) has no meaning yet")
        }
        #expect(KafkaErrorTable.entry(12_345) == nil)
    }

    @Test("brokers of later versions may say what the librdkafka at hand has no name for")
    func later() {
        for code: Int32 in 98...133 { #expect(KafkaErrorTable.entry(code) != nil, "\(code)") }
    }

    @Test(
        "what is passing is worth another try",
        arguments: [
            RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
            RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
            RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE,
            RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__TRANSPORT,
            RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE,
            RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH,
            RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
            RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
            RD_KAFKA_RESP_ERR_PREFERRED_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
            RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION, RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED,
            RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS,
            RD_KAFKA_RESP_ERR_NOT_CONTROLLER, RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE,
        ])
    func passing(code: rd_kafka_resp_err_t) {
        #expect(KafkaErrorTable.meaning(of: code) == .passing)
        let error = SwerveError(act: "reading t", kafka: code)
        #expect(error.isRetryable)
        #expect(error.description.contains("(passing)"))
    }

    @Test(
        "a missing right is named with what it is on, and is not retried",
        arguments: [
            (RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "the right Read on topic t is missing"),
            (RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, "the right Read on group g is missing"),
            (
                RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
                "the right Create on the cluster is missing"
            ),
            (
                RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
                "a right on the transactional id is missing"
            ),
            (RD_KAFKA_RESP_ERR__AUTHENTICATION, "refuse the credentials"),
            (RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, "refuse the credentials"),
            (RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, "refuse the credentials"),
            (RD_KAFKA_RESP_ERR__SSL, "no TLS connection"),
        ])
    func denied(code: rd_kafka_resp_err_t, words: String) {
        let error = SwerveError(
            act: "reading t", kafka: code,
            rights: [.topic("t", "Read"), .group("g"), .cluster("Create")])
        #expect(error.code == .refused && !error.isRetryable)
        #expect(error.description.contains(words), "\(error)")
        #expect(!error.remedy.isEmpty)
    }

    @Test(
        "a connection that ends in the middle of a handshake is passing, a refusal is none",
        arguments: [
            (
                RD_KAFKA_RESP_ERR__AUTHENTICATION,
                "handshake failed: Local: Broker transport failure", true
            ),
            (
                RD_KAFKA_RESP_ERR__AUTHENTICATION, "SASL authentication error: Local: Timed out",
                true
            ),
            (RD_KAFKA_RESP_ERR__SSL, "SSL handshake failed: Disconnected: connecting to …", true),
            (RD_KAFKA_RESP_ERR__AUTHENTICATION, "Invalid username or password", false),
            (RD_KAFKA_RESP_ERR__SSL, "certificate verify failed", false),
        ])
    func handshakes(code: rd_kafka_resp_err_t, text: String, isPassing: Bool) {
        #expect((fault(code, text).meaning == .passing) == isPassing)
    }

    @Test("a certificate that does not verify is told with what may be wrong with it")
    func certificates() {
        let verify = fault(
            RD_KAFKA_RESP_ERR__SSL, "SSL handshake failed: certificate verify failed")
        #expect(verify.error("a").remedy.contains("has expired"))
        let other = fault(RD_KAFKA_RESP_ERR__SSL, "SSL handshake failed: wrong version number")
        #expect(other.error("a").remedy.contains("security.protocol"))
    }

    @Test("a cluster whose brokers have not reported yet refuses any number of replicas in passing")
    func allFenced() {
        let code = RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR
        let words = "Unable to replicate the partition 1 time(s): "
        let starting = fault(code, words + "All brokers are currently fenced.")
        #expect(starting.meaning == .passing && starting.error("a").isRetryable)
        #expect(
            fault(code, words + "The target replication factor of 3 cannot be reached").meaning
                == .final)
    }

    @Test("missing, fenced, gone and final are told apart")
    func others() {
        #expect(fault(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART).error("a").code == .notFound)
        #expect(fault(RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION).meaning == .missing)
        #expect(fault(RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID).meaning == .fenced)
        #expect(fault(RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE).meaning == .offsetGone)
        #expect(fault(RD_KAFKA_RESP_ERR__FATAL).meaning == .broken)
        for code in [
            RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION,
            RD_KAFKA_RESP_ERR__BAD_MSG, RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR,
        ] {
            #expect(fault(code).meaning == .final)
            #expect(!fault(code).error("a").isRetryable)
        }
    }

    @Test("of several faults the most telling is the cause, and an answer ends it")
    func cause() {
        let context = KafkaHandle.Context { _, _ in }
        context.report(fault(RD_KAFKA_RESP_ERR__TRANSPORT, "connect refused"))
        context.report(fault(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN))
        #expect(context.cause?.text.contains("connect refused") == true)
        context.report(fault(RD_KAFKA_RESP_ERR__AUTHENTICATION, "Invalid password"))
        context.report(fault(RD_KAFKA_RESP_ERR__TRANSPORT, "disconnected"))
        context.report(fault(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN))
        #expect(context.cause?.text.contains("Invalid password") == true)
        #expect(context.takeFaults().map(\.meaning) == [.denied(.credentials)])
        context.answered()
        #expect(context.cause == nil)
    }

    @Test("a topic is missing only once listings have said so for a while")
    func absence() {
        var absence = TopicAbsence()
        let listings: [(isListed: Bool, at: UInt64)] = [
            (false, 1), (false, 1_000_000_000), (true, 2_500_000_000), (false, 3_000_000_000),
            (false, 5_000_000_000),
        ]
        var confirmed: [Bool] = []
        for (isListed, now) in listings {
            confirmed.append(absence.isConfirmed(isListed: isListed, at: now))
        }
        #expect(confirmed == [false, false, false, false, true])
    }
}
