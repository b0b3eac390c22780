import Foundation
import Lifecycle
import Operations
import Platform
import TestSupport
import Testing
import Web

@testable import Hub

/// Nobody named any: what needs none is done all the same.
struct NoBrokers: Brokers {
    private var none: SwerveError {
        SwerveError(.usage, act: "looking for the brokers", reason: "none is named")
    }
    var controlTopicName: String { "swerve.control" }
    var readingMs: Int64 { 1_000 }
    var areNamed: Bool { false }
    var findingMs: Int32 { 1_000 }
    func requireNamed() throws(SwerveError) { throw none }
    func trust(isNeeded: Bool) throws(SwerveError) -> TrustPolicy? { nil }
    func foundControlTopic(for registry: String) throws(SwerveError) -> any ControlTopic {
        throw none
    }
    func foundControlTopicForPending(
        for registry: String
    ) throws(SwerveError) -> any ControlTopic { throw none }
    func controlTopicToGlanceAt() -> any ControlTopic { preconditionFailure("none is named") }
    func controlTopicToAudit() -> any ControlTopic { preconditionFailure("none is named") }
    func statusFeed() throws(SwerveError) -> any StatusFeed { throw none }
}

/// A hub at work over a real socket, with a registry in a file and no brokers.
final class Running: Sendable {
    let hub: Hub
    let folder: TemporaryFolder
    let port: Int

    private final class Told: Sendable {
        let words = Guarded<[String]>([])
    }

    private let told = Told()
    private let arrived: EventFD

    /// Waits until the hub says so of itself.
    func wait(for isMeant: (String) -> Bool) {
        while !told.words.withLock({ $0.contains(where: isMeant) }) {
            _ = try? Poll.waitForAny([arrived.descriptor], timeoutMs: nil)
            arrived.drain()
        }
    }

    /// - Parameter folder: of the registry; nil for one of its own.
    init(
        isOpen: Bool = true, issuer: IssuerSettings? = nil, in folder: TemporaryFolder? = nil,
        leaseMs: Int64 = 5_000
    ) throws {
        let folder = try folder ?? TemporaryFolder()
        self.folder = folder
        let told = told
        let heard = Guarded((port: 0, leads: false))
        let arrived = try EventFD()
        self.arrived = arrived
        var settings = HubSettings(
            address: HTTPAddress(host: "127.0.0.1", port: 0),
            registry: folder.path("swerve.db"), leaseMs: leaseMs, version: "1.2.3",
            brokers: { NoBrokers() })
        settings.isOpen = isOpen
        settings.issuer = issuer
        hub = try Hub(settings) { news in
            heard.withLock { heard in
                if case .http(.listening(let port)) = news { heard.port = port }
                if case .leader(.leads) = news { heard.leads = true }
            }
            told.words.withLock { $0.append("\(news)") }
            arrived.signal()
        }
        hub.start()
        while heard.withLock({ $0.port == 0 || !$0.leads }) {
            _ = try Poll.waitForAny([arrived.descriptor], timeoutMs: nil)
            arrived.drain()
        }
        port = heard.withLock { $0.port }
    }

    deinit { hub.stop() }

    /// Where uploads and copies lie at the moment, of all processes.
    func places() -> [String] {
        let all = folder.path("swerve.db.uploads")
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: all)) ?? []
        return processes.flatMap {
            (try? FileManager.default.contentsOfDirectory(atPath: "\(all)/\($0)")) ?? []
        }
    }

    /// The whole text of an answer that is no document.
    func text(_ path: String) throws -> String {
        let socket = try TestSocket(port: port)
        socket.send("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        return socket.receiveAll()
    }

    /// Each answer is held against the document that the hub gives of itself.
    private static let check = OpenAPICheck(
        OpenAPI.document(of: HubOperations.all, version: "1.2.3"))

    struct Answer {
        let status: Int
        let head: String
        let document: JSONValue
    }

    func ask(
        _ method: String, _ path: String, _ body: String? = nil, fields: [String] = [],
        host: String = "127.0.0.1"
    ) throws -> Answer {
        let socket = try TestSocket(port: port)
        var lines =
            ["\(method) \(path) HTTP/1.1", "Host: \(host)", "Connection: close"] + fields
        if let body {
            lines += ["Content-Length: \(body.utf8.count)"]
            if !fields.contains(where: { $0.hasPrefix("Content-Type") }) {
                lines.append("Content-Type: application/json")
            }
        }
        socket.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""))
        let text = socket.receiveAll()
        let parts = text.components(separatedBy: "\r\n\r\n")
        let head = parts[0]
        let status = Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0
        let content = parts.count > 1 ? parts[1] : ""
        let document = (try? JSONValue(parsing: content.utf8, act: "reading")) ?? .null
        let faults = Self.check.faults(method, path, status: status, answer: document)
        #expect(faults == [], "\(text)")
        return Answer(status: status, head: head, document: document)
    }
}
