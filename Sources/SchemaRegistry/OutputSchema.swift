package import Lifecycle
import Platform
import Transfer

/// The schema of predictions at the registry: which id it has, asked at each start, before the
/// group is joined.
package struct OutputSchema: Sendable {
    private let client: RegistryClient
    private let subject: String
    private let text: String
    private let registers: Bool
    private let log: SchemaLog

    /// - Parameters:
    ///   - topic: of the predictions.
    ///   - text: the schema, as it is registered.
    ///   - registers: whether the registry is to take it where it lacks it.
    package init(
        _ settings: SchemaRegistrySettings, topic: String, text: String, registers: Bool,
        log: SchemaLog
    ) {
        client = RegistryClient(settings)
        subject = Self.subject(of: topic)
        self.text = text
        self.registers = registers
        self.log = log
    }

    package static func subject(of topic: String) -> String { "\(topic)-value" }

    /// Asks until there is an answer; blocks, on a thread that may.
    ///
    /// What passes is told at once and then once a minute.
    /// - Parameter stopDescriptors: 8 at most; once one is readable, nobody waits any more.
    /// - Returns: nil after a stop.
    /// - Throws: `.refused` where the registry lacks it and is not to be given it, and where it
    ///   does not take it, with its words; neither passes.
    package func identity(stopDescriptors: [Int32]) throws(SwerveError) -> Int32? {
        let transfers = try WebTransfers()
        var steps = OutputSchemaSteps(
            registers: registers, urlCount: client.settings.urls.count, seed: MonotonicClock.now)
        var registryLog = RegistryLog(log)
        while true {
            let question: (isRegistration: Bool, url: Int)
            switch steps.next(at: MonotonicClock.now) {
            case .ask(let isRegistration, let url): question = (isRegistration, url)
            case .wait(let until):
                let deadline = Deadline(atNs: until)
                if try !Poll.waitForAny(stopDescriptors, until: deadline).isEmpty { return nil }
                continue
            }
            guard
                var reply = try ask(
                    transfers, question.isRegistration, question.url, stopDescriptors)?
                    .from(client.place(question.url))
            else { return nil }
            // What ends a question elsewhere is a fault here, and told as one: it is asked again.
            switch reply {
            case .notThere(let words) where question.isRegistration: reply = .fault(words)
            case .tooLarge: reply = .fault("its answer is too large")
            default: break
            }
            let now = MonotonicClock.now
            registryLog.heard(
                reply, of: "the schema of predictions, subject \(subject)", url: question.url,
                place: client.place(question.url), at: now)
            if let end = steps.heard(reply, from: question.url, at: now) {
                switch end {
                case .identity(let id): return id
                case .missing(let words): throw missing(words)
                case .rejected(let words): throw rejected(words)
                }
            }
        }
    }

    /// Nil after a stop.
    private func ask(
        _ transfers: WebTransfers, _ isRegistration: Bool, _ url: Int, _ stopDescriptors: [Int32]
    ) throws(SwerveError) -> RegistryReply? {
        let question: RegistryClient.Question =
            isRegistration
            ? .register(subject: subject, schema: text) : .lookUp(subject: subject, schema: text)
        let request: WebRequest
        do throws(SwerveError) {
            request = try client.request(question, url: url)
        } catch {
            guard error.code == .unavailable else { throw error }
            return .credentials("\(error.reason); \(error.remedy)")
        }
        _ = try transfers.begin(
            request, by: client.settings.connection, limit: Limits.shortAnswerBytes,
            act: "asking \(client.place(url))")
        while true {
            let ended = try transfers.wait(for: stopDescriptors, timeoutMs: 1_000)
            if let ended = ended.first {
                return RegistryReply(ended.result, wanted: question.wanted)
            }
            if try !Poll.waitForAny(stopDescriptors, timeoutMs: 0).isEmpty { return nil }
        }
    }

    private func missing(_ words: String) -> SwerveError {
        SwerveError(
            .refused, act: "looking up the schema of predictions, subject \(subject)",
            reason: words,
            remedy: "register the schema there, or set output.register: true, and the start does")
    }

    private func rejected(_ words: String) -> SwerveError {
        SwerveError(
            .refused, act: "registering the schema of predictions, subject \(subject)",
            reason: words,
            remedy: "give predictions another topic, or correct what the subject has")
    }
}

/// What is asked next for the schema of predictions: a value that is told answers and the time.
struct OutputSchemaSteps: Sendable {
    enum Next: Sendable, Equatable {
        case ask(isRegistration: Bool, url: Int)
        case wait(until: UInt64)
    }

    enum End: Sendable, Equatable {
        case identity(Int32)
        /// The registry lacks it, and is not to be given it.
        case missing(String)
        case rejected(String)
    }

    private let registers: Bool
    private var isRegistration = false
    private var urls: RegistryURLs
    private var round = RegistryRound()
    private var pauses: SchemaPauses
    private var due: UInt64 = 0

    init(registers: Bool, urlCount: Int, seed: UInt64) {
        self.registers = registers
        urls = RegistryURLs(count: urlCount)
        pauses = SchemaPauses(seed: seed)
    }

    mutating func next(at now: UInt64) -> Next {
        guard due <= now else { return .wait(until: due) }
        guard let url = urls.next(tried: round.tried, at: now) else {
            due = round.end(at: now, earliest: urls.earliest, &pauses)
            return .wait(until: due)
        }
        return .ask(isRegistration: isRegistration, url: url)
    }

    /// - Returns: nil where it goes on.
    mutating func heard(_ reply: RegistryReply, from url: Int, at now: UInt64) -> End? {
        switch reply {
        case .identity(let id): return .identity(id)
        case .rejected(let words): return .rejected(words)
        case .notThere(let words) where !isRegistration:
            guard registers else { return .missing(words) }
            isRegistration = true
            urls.answered(url)
            round = RegistryRound()
        case .credentials: round.failed(at: url, isCredentials: true)
        case .fault(_, let retryAfterMs):
            if let retryAfterMs {
                urls.rest(url, until: now &+ UInt64(max(0, retryAfterMs)) &* 1_000_000)
            }
            round.failed(at: url, isCredentials: false)
        case .notThere, .schema, .bad, .tooLarge: round.failed(at: url, isCredentials: false)
        }
        return nil
    }
}
