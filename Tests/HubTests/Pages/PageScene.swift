import Fleet
import Foundation
import Lifecycle
import Operations
import Platform
import Registry
import TestSupport
import Testing
import Web

@testable import Hub

/// A hub with a model of three versions, and brokers in memory that take announcements or not.
final class PageScene: Sendable {
    let hub: Hub
    let folder: TemporaryFolder
    let port: Int
    let registry: Registry
    let brokers = SceneBrokers()
    let model = "http-anomaly"

    /// - Parameter note: of each version.
    init(
        note: String = "", isOpen: Bool = true, flips: (any FlipSource)? = nil,
        issuer: IssuerSettings? = nil
    ) throws {
        folder = try TemporaryFolder()
        let path = folder.path("swerve.db")
        registry = try Registry.open(path: path, access: .readWrite(create: true))
        for number in 1...3 { try Self.register("model \(number)", note, in: registry) }
        _ = try registry.change(
            ChangeOrder(
                .change(.promote(1)), of: try ModelName(model),
                note: ChangeNote(
                    by: "ada.lovelace", at: "2026-11-23T18:52:00.000Z", reason: "first")))
        let heard = Guarded((port: 0, leads: false))
        let arrived = try EventFD()
        let brokers = brokers
        var settings = HubSettings(
            address: HTTPAddress(host: "127.0.0.1", port: 0), registry: path, leaseMs: 5_000,
            version: "1.2.3", brokers: { brokers })
        settings.isOpen = isOpen
        settings.limits.feeds = 4
        if let flips { settings.flips = flips }
        settings.issuer = issuer
        hub = try Hub(settings) { news in
            heard.withLock { heard in
                if case .http(.listening(let port)) = news { heard.port = port }
                if case .leader(.leads) = news { heard.leads = true }
            }
            arrived.signal()
        }
        hub.start()
        while heard.withLock({ $0.port == 0 || !$0.leads }) {
            _ = try Poll.waitForAny([arrived.descriptor], timeoutMs: nil)
            arrived.drain()
        }
        port = heard.withLock { $0.port }
    }

    private let isStopped = Guarded(false)

    /// Stops the hub before its scene ends.
    func stop() {
        let isFirst = isStopped.withLock { isStopped in
            defer { isStopped = true }
            return !isStopped
        }
        if isFirst { hub.stop() }
    }

    deinit { stop() }

    static func register(_ content: String, _ note: String, in registry: Registry) throws {
        let bytes = Array(content.utf8)
        let manifest = ArtifactManifest(
            format: "liblinear",
            files: [
                .init(
                    role: .model, name: "m", bytes: bytes.count, sha256: ContentHash.sha256(bytes))
            ],
            labels: [:], threshold: 0, goldenSource: .own)
        _ = try registry.register(
            Artifact(manifestBytes: manifest.bytes, files: ["m": bytes]),
            digest: ContentHash.sha256(manifest.bytes), as: try ModelName("http-anomaly"),
            metadata: VersionMetadata(
                note: note, registeredAt: "2026-11-23T18:51:00.000Z", registeredBy: "ada.lovelace"))
    }

    // MARK: - As a browser

    struct Answer {
        let status: Int
        let head: String
        let body: String

        func field(_ name: String) -> String? {
            head.components(separatedBy: "\r\n").first {
                $0.lowercased().hasPrefix("\(name.lowercased()): ")
            }.map { String($0.dropFirst(name.count + 2)) }
        }

        /// Name and value, as a browser sends it back.
        var cookie: String? {
            field("Set-Cookie").map { String($0.prefix { $0 != ";" }) }
        }

        /// The hidden fields of the page's forms.
        var fields: [String: String] {
            var found: [String: String] = [:]
            for match in body.matches(
                of: /<input type="hidden" name="([^"]*)" value="([^"]*)">/)
            {
                found[String(match.1)] = String(match.2)
            }
            return found
        }
    }

    func ask(
        _ method: String, _ path: String, form: [String: String]? = nil, json: String? = nil,
        cookie: String? = nil, fields: [String] = [], host: String = "localhost"
    ) throws -> Answer {
        let socket = try TestSocket(port: port)
        var lines = ["\(method) \(path) HTTP/1.1", "Host: \(host)", "Connection: close"] + fields
        if let cookie { lines.append("Cookie: other=1; \(cookie)") }
        var body = ""
        if let form {
            body = form.map { "\($0.key)=\($0.value.percentEncoded)" }.joined(separator: "&")
            lines.append("Content-Type: application/x-www-form-urlencoded")
            lines.append("Content-Length: \(body.utf8.count)")
        }
        if let json {
            body = json
            lines += ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"]
        }
        socket.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
        let text = socket.receiveAll()
        let end = text.range(of: "\r\n\r\n")
        let head = end.map { String(text[..<$0.lowerBound]) } ?? text
        return Answer(
            status: Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0, head: head,
            body: end.map { String(text[$0.upperBound...]) } ?? "")
    }

    /// What a page of this hub would send along.
    static let ownPage = ["Sec-Fetch-Site: same-origin", "Origin: http://localhost"]

    /// Looks at the confirmation, and sends its form.
    func act(
        _ address: String, reason: String = "why not", changing: [String: String] = [:]
    ) throws -> Answer {
        let shown = try ask("GET", address)
        var form = shown.fields
        form["reason"] = reason
        form.merge(changing) { $1 }
        let path = String(address.prefix { $0 != "?" })
        return try ask(
            "POST", path, form: form, cookie: shown.cookie, fields: Self.ownPage)
    }
}

/// Brokers in memory: what the status topic says, and whether anybody answers.
final class SceneBrokers: Brokers, Sendable {
    private struct State {
        var isAway = false
        var news: @Sendable () -> [StatusRecord] = { [] }
        var feeds: Set<String> = []
    }

    private let state = Guarded(State())

    var isAway: Bool {
        get { state.withLock { $0.isAway } }
        set { state.withLock { $0.isAway = newValue } }
    }

    /// What slots say at each poll of one who listens.
    func say(_ news: @escaping @Sendable () -> [StatusRecord]) {
        state.withLock { $0.news = news }
    }

    /// The threads that began to read the status topic.
    var feeds: Set<String> { state.withLock { $0.feeds } }

    fileprivate var news: [HeardStatus] {
        isAway ? [] : state.withLock { $0.news }().map { .fresh($0) }
    }

    var controlTopicName: String { "swerve.control" }
    var readingMs: Int64 { 1_000 }
    var areNamed: Bool { true }
    var findingMs: Int32 { 0 }
    func requireNamed() throws(SwerveError) {}
    func trust(isNeeded: Bool) throws(SwerveError) -> TrustPolicy? { nil }

    fileprivate func requireThere() throws(SwerveError) {
        guard !isAway else {
            throw SwerveError(.unavailable, act: "asking the brokers", reason: "none answers")
        }
    }

    func foundControlTopic(for registry: String) throws(SwerveError) -> any ControlTopic {
        try requireThere()
        return SceneTopic(self)
    }

    func foundControlTopicForPending(
        for registry: String
    ) throws(SwerveError) -> any ControlTopic { try foundControlTopic(for: registry) }

    func controlTopicToGlanceAt() -> any ControlTopic { SceneTopic(self) }
    func controlTopicToAudit() -> any ControlTopic { SceneTopic(self) }

    func statusFeed() throws(SwerveError) -> any StatusFeed {
        state.withLock { _ = $0.feeds.insert(OSThread.currentName) }
        return SceneFeed(self)
    }

    fileprivate let records = Guarded<[String: StoredAnnouncement]>([:])
}

private final class SceneTopic: ControlTopic {
    private let brokers: SceneBrokers
    let name = "swerve.control"

    init(_ brokers: SceneBrokers) { self.brokers = brokers }

    func current() throws(SwerveError) -> [String: StoredAnnouncement] {
        try brokers.requireThere()
        return brokers.records.withLock { $0 }
    }

    func forEachRecord(_ body: (ControlTopicRecord) -> Void) throws(SwerveError) {
        for (key, stored) in try current() {
            body(ControlTopicRecord(offset: 0, key: Array(key.utf8), stored: stored))
        }
    }

    func isFencing() throws(SwerveError) -> Bool { true }
    func claim(for registry: String) throws(SwerveError) { try brokers.requireThere() }

    func publish(
        _ announcements: [KeyedAnnouncement]
    ) throws(SwerveError) -> PublishingAnswer {
        try brokers.requireThere()
        brokers.records.withLock { records in
            for one in announcements {
                records[one.key] = StoredAnnouncement(one.announcement, appended: .appended(0))
            }
        }
        return .published
    }
}

private final class SceneFeed: StatusFeed {
    private let brokers: SceneBrokers
    private let pause = try? EventFD()
    let fault: String? = nil

    init(_ brokers: SceneBrokers) { self.brokers = brokers }

    func poll(
        milliseconds: Int, _ body: (HeardStatus) -> Void
    ) throws(SwerveError) -> Bool {
        brokers.news.forEach(body)
        // As a poll of a topic on which nothing comes.
        if let pause { _ = try? Poll.waitForAny([pause.descriptor], timeoutMs: milliseconds) }
        return true
    }

    func close() {}
}
