package import Kafka
package import Logging
import Platform
import SchemaRegistry

/// A worker's log lines, with the slot on each.
///
/// Any thread.
package struct WorkerLog: Sendable {
    private let logger: Logger
    private let account = Account()

    package init(_ logger: Logger) { self.logger = logger }

    package func debug(_ line: @autoclosure () -> String) { logger.debug("\(line())") }
    package func info(_ line: String) { logger.info("\(line)") }
    package func warning(_ line: String) { logger.warning("\(line)") }
    package func error(_ line: String) { logger.error("\(line)") }

    /// For what Kafka handles tell; all of the worker's handles share one account of an outage.
    ///
    /// With brokers away librdkafka repeats itself many times a second: told is when they go, once
    /// a minute, and when they answer again. Its other lines of one kind are told once a minute;
    /// what Swerve itself has to say, each time.
    package var kafka: KafkaLogSink {
        { news, line in
            switch news {
            case .detail: logger.debug("kafka: \(line)")
            case .warning: warn(line, as: "kafka: ")
            case .notice: logger.warning("kafka: \(line)")
            case .trouble: tell(line) { $0.trouble(isTotal: false, at: $1) }
            case .allDown: tell(line) { $0.trouble(isTotal: true, at: $1) }
            case .answered: tell(line) { $0.answered(at: $1) }
            case .heard: account.answers.add()
            }
        }
    }

    /// Looks whether any broker has answered any of the worker's handles since the last look: for
    /// the control thread, whose reader is always asking, in each turn.
    ///
    /// - Parameter now: monotonic nanoseconds.
    package func lookForAnswers(at now: UInt64) {
        let hasAnswered = account.answers.take() > 0
        let (finding, lookedBefore) = account.silence.withLock { silence in
            let before = silence.lookedAt
            return (silence.look(hasAnswered: hasAnswered, at: now), before)
        }
        switch finding {
        case .began(let since):
            let seconds = BrokerSilence.limitNs / 1_000_000_000
            tell("no broker has answered anything for \(seconds) s", at: now) {
                $0.silent(since: since, at: $1)
            }
        case .over: tell("", at: now) { $0.answered(at: $1) }
        case nil:
            // One handle without a broker is no outage of the worker, whose others are answered. An
            // answer of before it lost the last one says nothing, so that a whole look passes.
            guard hasAnswered, let since = brokersAwaySince, since < lookedBefore else { return }
            tell("", at: now) { $0.answered(at: $1) }
        }
    }

    /// Since when none of the worker's handles had a broker, or an answer of one, in monotonic
    /// nanoseconds; nil where one answers.
    package var brokersAwaySince: UInt64? { account.outage.withLock { $0.totalSince } }

    /// For what the schema registry's thread tells.
    var schemas: SchemaLog {
        SchemaLog { news, line in
            switch news {
            case .detail: debug(line)
            case .info: info(line)
            case .warning: warning(line)
            case .error: error(line)
            case .ofStrangers: ofStrangers(line)
            }
        }
    }

    /// A line that anybody with the right to write to a topic can cause: a few at once, then one
    /// every six seconds, with how many were not told.
    package func ofStrangers(_ line: String) {
        let (isTold, untold) = account.strangers.withLock { budget in
            let isTold = budget.take(at: MonotonicClock.now)
            return (isTold, isTold ? budget.takeRefused() : 0)
        }
        guard isTold else { return }
        logger.warning("\(line)\(untold > 0 ? " (and \(untold) such lines untold before it)" : "")")
    }

    /// A fault that mends itself was met while talking to the brokers, and is retried.
    package func passing(_ line: String) { kafka(.trouble, line) }

    /// A fault of this machine, as a full disk, keeps something from being done, which is retried:
    /// told at once, and then once a minute.
    package func ofMachine(_ line: String) { warn(line, as: "") }

    private func tell(
        _ line: String, at now: UInt64 = MonotonicClock.now,
        _ news: (inout BrokerOutage, UInt64) -> BrokerOutage.Telling?
    ) {
        let telling = account.outage.withLock { news(&$0, now) }
        switch telling {
        case nil: break
        case .began(let isFirst):
            logger.warning(
                "kafka: brokers away or busy, retrying: \(line)\(isFirst ? Self.remedy(line) : "")")
        case .lasts(let seconds, let untold):
            logger.warning(
                "kafka: brokers away or busy for \(seconds) s, \(untold) errors untold: \(line)")
        case .over(let seconds, let untold):
            logger.info(
                "kafka: the brokers answer again, after \(seconds) s (\(untold) errors untold)")
        }
    }

    /// What to look at where no broker has answered yet: one side speaks TLS and the other does not
    /// where a broker ends a connection while the two agree on how to speak.
    private static func remedy(_ line: String) -> String {
        let isOfTLS = ["SSL_HANDSHAKE", "security.protocol"].contains { line.contains($0) }
        return "; none has answered yet: check kafka.bootstrap.servers"
            + (isOfTLS
                ? ", and kafka.security.protocol: whether this port of the broker speaks TLS" : "")
    }

    /// Tells one line a minute of those that begin alike.
    private func warn(_ line: String, as source: String) {
        let now = MonotonicClock.now
        let kind = source + line.prefix { $0 != ":" }
        let untold: Int? = account.warnings.withLock { told in
            var entry = told[kind] ?? (at: 0, untold: 0)
            guard entry.at == 0 || now &- entry.at >= Account.intervalNs else {
                entry.untold += 1
                told[kind] = entry
                return nil
            }
            defer { told[kind] = (now, 0) }
            return entry.untold
        }
        guard let untold else { return }
        logger.warning("\(source)\(line)\(untold > 0 ? " (and \(untold) more lines)" : "")")
    }

    private final class Account: Sendable {
        let outage = Guarded(BrokerOutage())
        let answers = SharedCounter()
        let silence = Guarded(BrokerSilence(at: MonotonicClock.now))
        let strangers = Guarded(EventBudget(burst: 10, everyNs: 6_000_000_000))
        let warnings = Guarded<[String: (at: UInt64, untold: Int)]>([:])
        static let intervalNs: UInt64 = 60_000_000_000
    }
}
