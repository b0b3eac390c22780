import CRdKafka

/// What an error of Kafka's means to whoever meets it, and so what is to be done.
package enum KafkaMeaning: Sendable, Hashable {
    /// No error: success, or news that librdkafka hands over in an error's form.
    case nothing
    /// Brokers are away, moving or busy: the same call succeeds later, without anybody's help.
    case passing
    /// An operator has to give rights or credentials.
    case denied(Denial)
    /// There is no such topic or partition.
    ///
    /// Brokers that are starting or stopping say so too: only a listing of all topics confirms it.
    case missing
    /// The next offset to read is not in the topic any more, or there is none.
    case offsetGone
    /// Another process took this one's place.
    case fenced
    /// The handle is of no more use; a new process heals it.
    case broken
    /// It stays so until somebody changes something: a setting, a record, a version.
    case final

    /// What was not allowed.
    package enum Denial: Sendable, Hashable, CaseIterable {
        case credentials, tls, topic, group, cluster, transactionalID, delegationToken
    }
}

/// Every error code of Kafka and librdkafka with its meaning: the one place that says which of them
/// are retried and which are not.
///
/// A test holds it against the codes that librdkafka lists, so a new one cannot slip in unseen.
/// What brokers can say is classed by Kafka's own table, where its column "retriable" is the rule;
/// the exceptions have their reason beside them.
enum KafkaErrorTable {
    /// - Returns: `.final` for a code that no version known here has.
    static func meaning(of code: rd_kafka_resp_err_t) -> KafkaMeaning {
        meanings[code.rawValue] ?? .final
    }

    /// The same, and nil for a code that is not in the table.
    static func entry(_ code: Int32) -> KafkaMeaning? { meanings[code] }

    /// The codes that the librdkafka at hand lists, with their names.
    static var known: [(code: Int32, name: String)] {
        var list: UnsafePointer<rd_kafka_err_desc>?
        var count = 0
        unsafe rd_kafka_get_err_descs(&list, &count)
        return (0..<count).compactMap { index in
            guard let list = unsafe list, let name = unsafe list[index].name else { return nil }
            return (unsafe list[index].code.rawValue, unsafe String(cString: name))
        }
    }

    private static let meanings: [Int32: KafkaMeaning] = {
        var meanings: [Int32: KafkaMeaning] = [:]
        func set(_ meaning: KafkaMeaning, _ codes: [Int32]) {
            for code in codes {
                precondition(meanings[code] == nil, "error \(code) has two meanings")
                meanings[code] = meaning
            }
        }
        set(.nothing, nothing.map(\.rawValue))
        set(.passing, passing.map(\.rawValue) + laterPassing)
        for (denial, codes) in denied { set(.denied(denial), codes.map(\.rawValue)) }
        set(.missing, missing.map(\.rawValue) + laterMissing)
        set(.offsetGone, offsetGone.map(\.rawValue) + laterOffsetGone)
        set(.fenced, fenced.map(\.rawValue) + laterFenced)
        set(.broken, broken.map(\.rawValue) + laterBroken)
        set(.final, final.map(\.rawValue) + laterFinal)
        return meanings
    }()

    private static let nothing: [rd_kafka_resp_err_t] = [
        RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__PARTITION_EOF,
        RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS, RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS,
        RD_KAFKA_RESP_ERR__NOOP,
        // Marks of librdkafka's own list.
        RD_KAFKA_RESP_ERR__BEGIN, RD_KAFKA_RESP_ERR__END,
    ]

    private static let passing: [rd_kafka_resp_err_t] = [
        // Connections and time.
        RD_KAFKA_RESP_ERR__FAIL, RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__RESOLVE,
        RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__TIMED_OUT,
        RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT,
        RD_KAFKA_RESP_ERR__DESTROY, RD_KAFKA_RESP_ERR__INTR, RD_KAFKA_RESP_ERR__PARTIAL,
        RD_KAFKA_RESP_ERR__NODE_UPDATE, RD_KAFKA_RESP_ERR__UNKNOWN_BROKER,
        RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE,
        RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION, RD_KAFKA_RESP_ERR_LISTENER_NOT_FOUND,
        RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED,
        // librdkafka itself tries again, or has begun already.
        RD_KAFKA_RESP_ERR__QUEUE_FULL, RD_KAFKA_RESP_ERR__WAIT_COORD,
        RD_KAFKA_RESP_ERR__WAIT_CACHE, RD_KAFKA_RESP_ERR__IN_PROGRESS,
        RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS, RD_KAFKA_RESP_ERR__RETRY,
        RD_KAFKA_RESP_ERR__OUTDATED,
        // Leaders, replicas and controllers that change.
        RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
        RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH,
        RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH, RD_KAFKA_RESP_ERR_PREFERRED_LEADER_NOT_AVAILABLE,
        RD_KAFKA_RESP_ERR_ELIGIBLE_LEADERS_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_ELECTION_NOT_NEEDED,
        RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_CONTROLLER,
        RD_KAFKA_RESP_ERR_STALE_CTRL_EPOCH, RD_KAFKA_RESP_ERR_STALE_BROKER_EPOCH,
        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR__ISR_INSUFF,
        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
        RD_KAFKA_RESP_ERR_REASSIGNMENT_IN_PROGRESS, RD_KAFKA_RESP_ERR_OPERATION_NOT_ATTEMPTED,
        // Groups and their coordinators: the member joins again.
        RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
        RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
        RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION,
        RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, RD_KAFKA_RESP_ERR_MEMBER_ID_REQUIRED,
        RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST, RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED,
        RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT,
        // Transactions that end, fetch sessions that begin anew.
        RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS,
        RD_KAFKA_RESP_ERR_TRANSACTION_COORDINATOR_FENCED,
        RD_KAFKA_RESP_ERR_FETCH_SESSION_ID_NOT_FOUND,
        RD_KAFKA_RESP_ERR_INVALID_FETCH_SESSION_EPOCH,
        // A record that came damaged; Kafka itself has it sent again.
        RD_KAFKA_RESP_ERR_INVALID_MSG,
        // The broker failed in a way that it has no name for; nobody else could act either.
        RD_KAFKA_RESP_ERR_UNKNOWN,
    ]

    private static let denied: [(KafkaMeaning.Denial, [rd_kafka_resp_err_t])] = [
        (
            .credentials,
            [
                RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED,
                RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE,
                RD_KAFKA_RESP_ERR_SECURITY_DISABLED, RD_KAFKA_RESP_ERR_UNACCEPTABLE_CREDENTIAL,
            ]
        ),
        (.tls, [RD_KAFKA_RESP_ERR__SSL]),
        (.topic, [RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED]),
        (.group, [RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED]),
        (.cluster, [RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED]),
        (.transactionalID, [RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED]),
        (
            .delegationToken,
            [
                RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_AUTH_DISABLED,
                RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_NOT_FOUND,
                RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_OWNER_MISMATCH,
                RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_REQUEST_NOT_ALLOWED,
                RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_AUTHORIZATION_FAILED,
                RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_EXPIRED,
            ]
        ),
    ]

    private static let missing: [rd_kafka_resp_err_t] = [
        RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
        RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION,
    ]

    private static let offsetGone: [rd_kafka_resp_err_t] = [
        RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET,
        RD_KAFKA_RESP_ERR__NO_OFFSET,
    ]

    private static let fenced: [rd_kafka_resp_err_t] = [
        RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, RD_KAFKA_RESP_ERR__FENCED,
        RD_KAFKA_RESP_ERR_PRODUCER_FENCED,
    ]

    private static let broken: [rd_kafka_resp_err_t] = [
        RD_KAFKA_RESP_ERR__FATAL, RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE,
        RD_KAFKA_RESP_ERR__STATE, RD_KAFKA_RESP_ERR__INCONSISTENT,
        RD_KAFKA_RESP_ERR__GAPLESS_GUARANTEE, RD_KAFKA_RESP_ERR__PURGE_QUEUE,
        RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
        RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER, RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID,
        RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING,
        RD_KAFKA_RESP_ERR_INVALID_TXN_STATE,
    ]

    private static let final: [rd_kafka_resp_err_t] = [
        // What came cannot be read; to pass over it would lose records.
        RD_KAFKA_RESP_ERR__BAD_MSG, RD_KAFKA_RESP_ERR__BAD_COMPRESSION,
        RD_KAFKA_RESP_ERR__UNDERFLOW, RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE,
        RD_KAFKA_RESP_ERR__KEY_SERIALIZATION, RD_KAFKA_RESP_ERR__VALUE_SERIALIZATION,
        RD_KAFKA_RESP_ERR__KEY_DESERIALIZATION, RD_KAFKA_RESP_ERR__VALUE_DESERIALIZATION,
        // What is sent does not suit the topic.
        RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE,
        RD_KAFKA_RESP_ERR_INVALID_RECORD, RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP,
        RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS, RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE,
        RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE, RD_KAFKA_RESP_ERR_POLICY_VIOLATION,
        // Names, numbers and settings.
        RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS,
        RD_KAFKA_RESP_ERR_INVALID_PARTITIONS, RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR,
        RD_KAFKA_RESP_ERR_INVALID_REPLICA_ASSIGNMENT, RD_KAFKA_RESP_ERR_INVALID_CONFIG,
        RD_KAFKA_RESP_ERR_TOPIC_DELETION_DISABLED, RD_KAFKA_RESP_ERR_NO_REASSIGNMENT_IN_PROGRESS,
        RD_KAFKA_RESP_ERR_LOG_DIR_NOT_FOUND, RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT,
        RD_KAFKA_RESP_ERR_RESOURCE_NOT_FOUND, RD_KAFKA_RESP_ERR_DUPLICATE_RESOURCE,
        RD_KAFKA_RESP_ERR__INVALID_ARG, RD_KAFKA_RESP_ERR__NOT_CONFIGURED,
        RD_KAFKA_RESP_ERR__READ_ONLY, RD_KAFKA_RESP_ERR__NOENT, RD_KAFKA_RESP_ERR__INVALID_TYPE,
        RD_KAFKA_RESP_ERR__FS,
        // Groups that do not take this member as it is.
        RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL, RD_KAFKA_RESP_ERR_INVALID_GROUP_ID,
        RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT, RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP,
        RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND, RD_KAFKA_RESP_ERR_GROUP_MAX_SIZE_REACHED,
        RD_KAFKA_RESP_ERR_GROUP_SUBSCRIBED_TO_TOPIC, RD_KAFKA_RESP_ERR__UNKNOWN_GROUP,
        RD_KAFKA_RESP_ERR__UNKNOWN_PROTOCOL, RD_KAFKA_RESP_ERR__EXISTING_SUBSCRIPTION,
        RD_KAFKA_RESP_ERR__CONFLICT,
        // Versions and features.
        RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION, RD_KAFKA_RESP_ERR_INVALID_REQUEST,
        RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT,
        RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE, RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE,
        RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, RD_KAFKA_RESP_ERR__APPLICATION,
        // Said between brokers, or to tools that Swerve is not.
        RD_KAFKA_RESP_ERR_INVALID_PRINCIPAL_TYPE,
        RD_KAFKA_RESP_ERR_PRINCIPAL_DESERIALIZATION_FAILURE,
        RD_KAFKA_RESP_ERR_INCONSISTENT_VOTER_SET, RD_KAFKA_RESP_ERR_INVALID_UPDATE_VERSION,
        RD_KAFKA_RESP_ERR_FEATURE_UPDATE_FAILED,
    ]

    // What brokers of later versions can say, and the librdkafka at hand has no names for.

    private static let laterPassing: [Int32] = [
        -137,  // _DESTROY_BROKER
        106,  // FETCH_SESSION_TOPIC_ID_ERROR
        107,  // INELIGIBLE_REPLICA
        108,  // NEW_LEADER_ELECTED
        110,  // FENCED_MEMBER_EPOCH: the member joins again
        113,  // STALE_MEMBER_EPOCH
        129,  // REBOOTSTRAP_REQUIRED
    ]
    private static let laterMissing: [Int32] = [
        100,  // UNKNOWN_TOPIC_ID
        103,  // INCONSISTENT_TOPIC_ID: deleted, and perhaps made again
    ]
    private static let laterFenced: [Int32] = [
        111  // UNRELEASED_INSTANCE_ID: another member has it
    ]
    private static let laterBroken: [Int32] = [
        120  // TRANSACTION_ABORTABLE
    ]
    private static let laterOffsetGone: [Int32] = [
        -139  // _LOG_TRUNCATION
    ]
    private static let laterFinal: [Int32] = [
        -138,  // _INVALID_DIFFERENT_RECORD
        98,  // SNAPSHOT_NOT_FOUND
        99,  // POSITION_OUT_OF_RANGE
        101,  // DUPLICATE_BROKER_REGISTRATION
        102,  // BROKER_ID_NOT_REGISTERED
        104,  // INCONSISTENT_CLUSTER_ID
        105,  // TRANSACTIONAL_ID_NOT_FOUND
        109,  // OFFSET_MOVED_TO_TIERED_STORAGE
        112,  // UNSUPPORTED_ASSIGNOR
        114,  // MISMATCHED_ENDPOINT_TYPE
        115,  // UNSUPPORTED_ENDPOINT_TYPE
        116,  // UNKNOWN_CONTROLLER_ID
        117,  // UNKNOWN_SUBSCRIPTION_ID
        118,  // TELEMETRY_TOO_LARGE
        119,  // INVALID_REGISTRATION
        121,  // INVALID_RECORD_STATE
        122,  // SHARE_SESSION_NOT_FOUND
        123,  // INVALID_SHARE_SESSION_EPOCH
        124,  // FENCED_STATE_EPOCH
        125,  // INVALID_VOTER_KEY
        126,  // DUPLICATE_VOTER
        127,  // VOTER_NOT_FOUND
        128,  // INVALID_REGULAR_EXPRESSION
        130,  // STREAMS_INVALID_TOPOLOGY
        131,  // STREAMS_INVALID_TOPOLOGY_EPOCH
        132,  // STREAMS_TOPOLOGY_FENCED
        133,  // SHARE_SESSION_LIMIT_REACHED
    ]
}
