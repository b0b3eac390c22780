import Fleet
import Lifecycle
import Platform
import Registry

@testable import Operations

/// Brokers in memory: a control topic, what the status topic says, and whether anybody answers.
final class FakeBrokers: Brokers {
    let topic: FakeControlTopic
    /// Whether anybody named them.
    var isNamed = true
    /// Why they do not answer; nil where they do.
    var absence: SwerveError?
    /// As the workers have it.
    var trusted: TrustFile?
    /// Why the file cannot be read; nil where it can.
    var trustFault: SwerveError?
    /// What each poll of the status topic hands over.
    var news: () -> [HeardStatus] = { [] }
    /// Another status topic than that of `news`.
    var feed: (any StatusFeed)?
    /// What `expectedGroups` says.
    var groups: [String] = []
    /// How often somebody looked for them.
    private(set) var looks = 0
    /// Done once they were found.
    var found: () -> Void = {}

    init(_ topic: FakeControlTopic) { self.topic = topic }

    var controlTopicName: String { topic.name }
    var readingMs: Int64 = 1_000
    let findingMs: Int32 = 0
    var areNamed: Bool { isNamed }

    func requireNamed() throws(SwerveError) {
        guard isNamed else {
            throw SwerveError(.usage, act: "looking for the brokers", reason: "none is named")
        }
    }

    func trust(isNeeded: Bool) throws(SwerveError) -> TrustPolicy? {
        if let trustFault { throw trustFault }
        return trusted.map {
            TrustPolicy(
                trusted: $0, topic: topic.name, isDevelopment: true,
                verify: SignatureCheck.isValid(publicKey:message:signature:))
        }
    }

    func foundControlTopic(for registry: String) throws(SwerveError) -> any ControlTopic {
        looks += 1
        if let absence { throw absence }
        found()
        return topic
    }

    func foundControlTopicForPending(
        for registry: String
    ) throws(SwerveError) -> any ControlTopic {
        try foundControlTopic(for: registry)
    }

    func expectedGroups() throws(SwerveError) -> [String] { groups }

    func controlTopicToGlanceAt() -> any ControlTopic { topic }

    func controlTopicToAudit() -> any ControlTopic { topic }

    func statusFeed() throws(SwerveError) -> any StatusFeed {
        looks += 1
        return feed ?? FakeStatusFeed(news)
    }
}

/// A status topic whose end is reached at once.
final class FakeStatusFeed: StatusFeed {
    private let news: () -> [HeardStatus]
    let fault: String? = nil

    init(_ news: @escaping () -> [HeardStatus]) { self.news = news }

    func poll(
        milliseconds: Int, _ body: (HeardStatus) -> Void
    ) throws(SwerveError) -> Bool {
        for entry in news() { body(entry) }
        return true
    }

    func close() {}
}

/// What a backend told while it was at work.
final class HeardEvents: Sendable {
    private let heard = Guarded<[BackendEvent]>([])

    var all: [BackendEvent] { heard.withLock { $0 } }

    @Sendable func hear(_ event: BackendEvent) { heard.withLock { $0.append(event) } }
}
