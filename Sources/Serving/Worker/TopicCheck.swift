import Configuration
package import Kafka
package import Lifecycle

/// What the topics must be before a worker starts, looked at once and named plainly.
package struct TopicCheck: Sendable {
    /// Whether the topics fit each other.
    package enum Fit: Sendable, Equatable {
        /// With the number of partitions of the input, and of the dead letters (the input's, where
        /// dead letters are switched off).
        case fits(partitions: Int, deadLetters: Int)
        /// Predictions have fewer partitions than the input: whoever makes topics grow does so one
        /// after the other. With those that both have, and the dead letters'.
        case isBehind(SwerveError, partitions: Int, deadLetters: Int)
    }

    private let topics: WorkerConfiguration.Topics
    private let isDevelopment: Bool
    private let needsAppendTimes: Bool
    private let rights: [KafkaRight]

    /// - Parameters:
    ///   - needsAppendTimes: the control topic's records are judged by when the broker appended
    ///     them.
    ///   - rights: what the worker needs at the brokers, to name what is missing.
    package init(
        topics: WorkerConfiguration.Topics, isDevelopment: Bool, needsAppendTimes: Bool = false,
        rights: [KafkaRight] = []
    ) {
        self.topics = topics
        self.isDevelopment = isDevelopment
        self.needsAppendTimes = needsAppendTimes
        self.rights = rights
    }

    /// - Throws: `.unavailable` while brokers are away; otherwise what an operator must mend.
    package func run(_ administrator: TopicAdministrator) throws(SwerveError) -> Fit {
        if !isDevelopment { try Self.refuseDevelopmentBroker(administrator) }
        let counts = try administrator.partitionCounts(
            of: topics.all, isConfirming: true, rights: rights, timeoutMs: Self.timeoutMs)
        let fit = try Self.judge(counts, topics)
        // Also of topics of which one is behind: what both have may be served.
        guard !isDevelopment else { return fit }
        for topic in [topics.control, topics.status] {
            try Self.judge(
                cleanupPolicy: try administrator.setting(
                    "cleanup.policy", of: topic, timeoutMs: Self.timeoutMs), of: topic)
        }
        if needsAppendTimes {
            try Self.judge(
                timestampType: try administrator.setting(
                    "message.timestamp.type", of: topics.control, timeoutMs: Self.timeoutMs),
                of: topics.control)
        }
        return fit
    }

    /// Of what the data does not depend on.
    package struct SideTopics: Sendable, Equatable {
        /// Whether there is a ledger to write to.
        package let hasLedger: Bool
        package let statusPartitions: Int
    }

    package func sideTopics(_ administrator: TopicAdministrator) throws(SwerveError) -> SideTopics {
        let ledger = topics.ledger == TopicNames.none ? [] : [topics.ledger]
        let counts = try administrator.partitionCounts(
            of: ledger + [topics.status], timeoutMs: Self.timeoutMs)
        return SideTopics(
            hasLedger: ledger.contains { counts[$0] ?? 0 > 0 },
            statusPartitions: max(1, counts[topics.status] ?? 1))
    }

    /// Why there is no ledger to write to, in one line.
    package func wordsOfMissingLedger(_ administrator: TopicAdministrator) -> String {
        if let denial = administrator.denial(of: topics.ledger, rights: rights) {
            return "\(denial.description); until then nobody will be able to ask who scored which "
                + "record, and the worker looks for it again by itself"
        }
        return Self.words(ofMissingLedger: topics.ledger, isDevelopment: isDevelopment)
    }

    /// What the topics take that the worker writes its results to.
    package func limits(
        _ administrator: TopicAdministrator
    ) throws(SwerveError) -> TopicLimits {
        // That can say nothing of its topics' settings.
        guard !isDevelopment else { return .unknown }
        let letters: Int?? = try topics.deadLettersIfAny.map { topic throws(SwerveError) in
            try administrator.largestBatch(of: topic, timeoutMs: Self.timeoutMs)
        }
        return TopicLimits(
            output: try administrator.largestBatch(of: topics.output, timeoutMs: Self.timeoutMs),
            deadLetters: letters ?? nil)
    }

    /// What is told where the ledger is missing.
    ///
    /// - Parameter isDevelopment: its broker makes no topics when asked.
    package static func words(ofMissingLedger topic: String, isDevelopment: Bool) -> String {
        "there is no topic \(topic): nobody will be able to ask who scored which record; "
            + (isDevelopment
                ? "name it when the development broker is started: swerve broker --topic \(topic):1"
                : "make it with swerve topics create, and it is taken up while this runs")
            + "; or write none: topics.ledger: none"
    }

    /// The development broker can say nothing of its topics' settings.
    private static func refuseDevelopmentBroker(
        _ administrator: TopicAdministrator
    ) throws(SwerveError) {
        guard try administrator.isDevelopmentBroker(timeoutMs: timeoutMs) else { return }
        throw SwerveError(
            .refused, act: "checking the topics",
            reason: "this is a development broker, which keeps everything in memory and cannot "
                + "describe its topics",
            remedy: "for a trial set development: true; else correct bootstrap.servers")
    }

    /// The rule on how long records are kept; pure.
    package static func judge(
        cleanupPolicy policy: String?, of topic: String
    ) throws(SwerveError) {
        guard let policy, policy.contains("compact") else {
            throw SwerveError(
                .refused, act: "checking topic \(topic)",
                reason: "cleanup.policy is '\(policy ?? "unknown")', not compact: deployments "
                    + "would be forgotten",
                remedy: "set cleanup.policy=compact, or make it with swerve topics create")
        }
    }

    /// The rule on whose clock stamps the records; pure.
    package static func judge(
        timestampType type: String?, of topic: String
    ) throws(SwerveError) {
        guard type == "LogAppendTime" else {
            throw SwerveError(
                .refused, act: "checking topic \(topic)",
                reason: "message.timestamp.type is '\(type ?? "unknown")', not LogAppendTime: with "
                    + "trust: the broker must say when a deployment was announced",
                remedy: "set message.timestamp.type=LogAppendTime on it, or make it with swerve "
                    + "topics create; then: swerve republish --sign-with FILE")
        }
    }

    /// The rule on partition counts; pure.
    package static func judge(
        _ counts: [String: Int], _ topics: WorkerConfiguration.Topics
    ) throws(SwerveError) -> Fit {
        for topic in topics.all where (counts[topic] ?? 0) == 0 {
            let orNone =
                topic == topics.deadLettersIfAny
                ? ", or set topics.dead_letters: \(TopicNames.none), which drops them" : ""
            throw SwerveError(
                .notFound, act: "checking topic \(topic)",
                reason: "it does not exist, or these credentials may not see it",
                remedy: "make it with swerve topics create" + orNone)
        }
        let input = counts[topics.input] ?? 0
        let output = counts[topics.output] ?? 0
        // Any number does: letters go to their partition modulo these.
        let letters = topics.deadLettersIfAny.flatMap { counts[$0] } ?? input
        guard counts[topics.control] == 1 else {
            throw SwerveError(
                .refused, act: "checking topic \(topics.control)",
                reason: "it has \(counts[topics.control] ?? 0) partitions, it must have 1 for one "
                    + "order of epochs",
                remedy: "make it with swerve topics create")
        }
        guard output >= input else {
            return .isBehind(
                SwerveError(
                    .refused, act: "checking topic \(topics.output)",
                    reason: "it has \(output) partitions, the input \(topics.input) has \(input)",
                    remedy: "give it as many; predictions keep the partition of their request"),
                partitions: output, deadLetters: letters)
        }
        return .fits(partitions: input, deadLetters: letters)
    }

    private static let timeoutMs: Int32 = 10_000
}

/// How long a worker waits for topics that do not fit each other: a minute where the slot has
/// served before, since they fitted then and somebody is making them grow; else not at all.
///
/// Where it is known that the output has as many partitions as the slot's service had, only the
/// input has grown: what both have is served, as by a worker that has been running.
///
/// A value.
package struct TopicPatience: Sendable {
    package enum Step: Sendable, Equatable {
        /// - isNews: whether it is to be said.
        case wait(isNews: Bool)
        case giveUp
        case serveBoth
    }

    private let hasServed: Bool
    private let served: Int?
    private var since: UInt64?

    /// - Parameter served: partitions that were served last, as far as anybody remembers.
    package init(hasServed: Bool, served: Int? = nil) {
        self.hasServed = hasServed
        self.served = served
    }

    /// They do not fit now.
    ///
    /// - Parameters:
    ///   - both: partitions that input and output have.
    ///   - now: monotonic nanoseconds.
    package mutating func behind(both: Int, at now: UInt64) -> Step {
        if let served, both >= served { return .serveBoth }
        guard hasServed else { return .giveUp }
        guard let since else {
            since = now
            return .wait(isNews: true)
        }
        return now &- since < Self.patienceNs ? .wait(isNews: false) : .giveUp
    }

    package static let patienceSeconds = 60
    private static let patienceNs = UInt64(patienceSeconds) * 1_000_000_000
}
