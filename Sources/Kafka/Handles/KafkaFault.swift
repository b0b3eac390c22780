import CRdKafka
package import Lifecycle

/// An error of Kafka's or librdkafka's, with its meaning and its words.
package struct KafkaFault: Sendable, Equatable {
    package let meaning: KafkaMeaning
    package let text: String
    private let code: Int32

    /// A fault of a known meaning, for tests of what follows from it.
    package init(meaning: KafkaMeaning, text: String) {
        self.meaning = meaning
        self.text = text
        code = RD_KAFKA_RESP_ERR_UNKNOWN.rawValue
    }

    init(code: rd_kafka_resp_err_t, text: String = "") {
        let words = text.isEmpty ? kafkaErrorText(code) : text
        self.text = "\(words) (\(kafkaErrorName(code)))".printable
        self.code = code.rawValue
        meaning =
            Self.isBrokenConnection(code, words) || Self.isAllFenced(code, words)
            ? .passing : KafkaErrorTable.meaning(of: code)
    }

    /// The same with more words.
    func remarked(_ remark: String) -> KafkaFault {
        KafkaFault(meaning: meaning, text: text + remark, code: code)
    }

    private init(meaning: KafkaMeaning, text: String, code: Int32) {
        self.meaning = meaning
        self.text = text
        self.code = code
    }

    /// Whether librdkafka tells a connection that ended in the middle of a handshake, or a token
    /// that could not be fetched, as a refusal.
    ///
    /// A broker that is stopping closes connections at any moment, and then nobody has to act.
    private static func isBrokenConnection(_ code: rd_kafka_resp_err_t, _ text: String) -> Bool {
        guard code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__SSL else {
            return false
        }
        return brokenConnection.contains { text.contains($0) }
    }

    /// Whether the controller takes a number of replicas for too large because no broker has
    /// reported to it yet, or lately: a cluster that starts, or a machine that stood still.
    private static func isAllFenced(_ code: rd_kafka_resp_err_t, _ text: String) -> Bool {
        code == RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR
            && text.contains("All brokers are currently fenced")
    }

    private static let brokenConnection = [
        kafkaErrorText(RD_KAFKA_RESP_ERR__TRANSPORT), kafkaErrorText(RD_KAFKA_RESP_ERR__TIMED_OUT),
        kafkaErrorText(RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE),
        kafkaErrorText(RD_KAFKA_RESP_ERR__DESTROY), TokenSource.passing, "Disconnected",
        "Connection reset",
        "Connection closed", "Broken pipe",
    ]

    /// How much it tells an operator: of several, the one with the most is named.
    var weight: Int {
        switch (meaning, rd_kafka_resp_err_t(rawValue: code)) {
        case (.denied, _), (.fenced, _): 5
        case (.passing, RD_KAFKA_RESP_ERR__AUTHENTICATION), (.passing, RD_KAFKA_RESP_ERR__SSL): 4
        case (.passing, RD_KAFKA_RESP_ERR__RESOLVE): 3
        case (.passing, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN): 1
        case (.passing, RD_KAFKA_RESP_ERR__TIMED_OUT),
            (.passing, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE),
            (.passing, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT), (.passing, RD_KAFKA_RESP_ERR__WAIT_COORD):
            0
        default: 2
        }
    }

    /// Whether it says that no broker at all is connected.
    var isAllBrokersDown: Bool { code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN.rawValue }

    /// Whether it says that there was nothing to commit.
    var isOfNoOffset: Bool { code == RD_KAFKA_RESP_ERR__NO_OFFSET.rawValue }

    /// Whether the member's generation is over: a new assignment comes by itself.
    var isOfGroup: Bool {
        switch rd_kafka_resp_err_t(rawValue: code) {
        case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION,
            RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST:
            true
        default: false
        }
    }

    /// The same as a failed act.
    ///
    /// - Parameters:
    ///   - rights: what the act needs, to name what is missing.
    ///   - remedy: what to do where the fault itself does not say it.
    package func error(
        _ act: String, rights: [KafkaRight] = [], remedy: String = ""
    ) -> SwerveError {
        switch meaning {
        case .passing: SwerveError(.unavailable, act: act, reason: text, remedy: remedy)
        case .denied(let denial): denied(denial, act, rights)
        case .missing:
            SwerveError(
                .notFound, act: act, reason: "there is no such topic or partition: \(text)",
                remedy: remedy.isEmpty ? Self.missingRemedy : remedy,
                problem: remedy.isEmpty ? Problem(.topicNotFound) : nil)
        case .offsetGone, .fenced: SwerveError(.refused, act: act, reason: text, remedy: remedy)
        case .nothing, .broken, .final:
            SwerveError(.system, act: act, reason: text, remedy: remedy)
        }
    }

    /// For logs; a person at a terminal is told which command makes it.
    static let missingRemedy = "correct its name, or make it"

    /// For logs; a person at a terminal is told which command lists the rights.
    private static let rightsRemedy = "give it to the user of these credentials"

    /// Whether a topic's name stands in the text.
    private func isNamed(_ name: String) -> Bool {
        text.split { !($0.isLetter || $0.isNumber || "._-".contains($0)) }.contains(name[...])
    }

    private func denied(
        _ denial: KafkaMeaning.Denial, _ act: String, _ rights: [KafkaRight]
    ) -> SwerveError {
        switch denial {
        // librdkafka's words for what `TokenSource` tells it.
        case .credentials where text.hasPrefix("Failed to acquire SASL OAUTHBEARER token"):
            return SwerveError(.refused, act: act, reason: text)
        case .credentials:
            return SwerveError(
                .refused, act: act, reason: "the brokers refuse the credentials: \(text)",
                remedy: "correct sasl.mechanism, user and password, or client id and secret, in "
                    + "the kafka settings")
        case .tls:
            return SwerveError(
                .refused, act: act, reason: "no TLS connection can be made: \(text)",
                remedy: text.contains("certificate verify failed")
                    ? "the broker's certificate has expired, is for another name, or is of an "
                        + "authority that ssl.ca.location does not name: openssl s_client -connect "
                        + "HOST:PORT shows it"
                    : "correct security.protocol and the ssl settings in the kafka settings")
        case .delegationToken:
            return SwerveError(
                .refused, act: act, reason: "the brokers refuse the delegation token: \(text)",
                remedy: "renew it")
        case .topic, .group, .cluster, .transactionalID:
            let needed = rights.filter { $0.denial == denial }
            // Of several, those on what the brokers or librdkafka name.
            let named = needed.filter { isNamed($0.name) }
            let missing = named.isEmpty ? needed : named
            let names = missing.map(\.description).joined(separator: ", or ")
            return SwerveError(
                .refused, act: act,
                reason: missing.isEmpty
                    ? "a right on the \(denial.words) is missing: \(text)"
                    : "the right \(names) is missing: \(text)",
                remedy: Self.rightsRemedy, problem: Problem(.rightMissing))
        }
    }
}

extension KafkaMeaning.Denial {
    var words: String {
        switch self {
        case .topic: "topic"
        case .group: "group"
        case .cluster: "cluster"
        case .transactionalID: "transactional id"
        case .credentials, .tls, .delegationToken: "connection"
        }
    }
}

/// What went wrong with a partition or topic that is being consumed.
package struct ConsumerFault: Sendable, Equatable {
    package let fault: KafkaFault
    package let partition: Int32

    package init(fault: KafkaFault, partition: Int32) {
        self.fault = fault
        self.partition = partition
    }

    init(code: rd_kafka_resp_err_t, text: String, partition: Int32) {
        self.init(fault: KafkaFault(code: code, text: text), partition: partition)
    }
}

/// librdkafka's name of an error: `UNKNOWN_TOPIC_OR_PART`.
func kafkaErrorName(_ code: rd_kafka_resp_err_t) -> String {
    guard let name = unsafe rd_kafka_err2name(code) else { return "\(code.rawValue)" }
    return unsafe String(cString: name)
}

/// librdkafka's words for an error.
func kafkaErrorText(_ code: rd_kafka_resp_err_t) -> String {
    guard let text = unsafe rd_kafka_err2str(code) else { return "error \(code.rawValue)" }
    return unsafe String(cString: text)
}

extension SwerveError {
    /// A failed librdkafka call; whether to retry follows from the error's meaning.
    init(
        act: String, kafka code: rd_kafka_resp_err_t, detail: String = "",
        rights: [KafkaRight] = [], remedy: String = ""
    ) {
        self = KafkaFault(code: code, text: detail).error(act, rights: rights, remedy: remedy)
    }
}
