import Foundation
import Lifecycle
import Operations
import Platform
import TestSupport
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
final class Running {
    let hub: Hub
    let folder: TemporaryFolder
    let port: Int

    init(isOpen: Bool = true, issuer: IssuerSettings? = nil) throws {
        folder = try TemporaryFolder()
        let heard = Guarded((port: 0, leads: false))
        let arrived = try EventFD()
        var settings = HubSettings(
            address: HTTPAddress(host: "127.0.0.1", port: 0),
            registry: folder.path("swerve.db"), leaseMs: 5_000, version: "1.2.3",
            brokers: { NoBrokers() })
        settings.isOpen = isOpen
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

    deinit { hub.stop() }

    /// The whole text of an answer that is no document.
    func text(_ path: String) throws -> String {
        let socket = try TestSocket(port: port)
        socket.send("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        return socket.receiveAll()
    }

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
        return Answer(
            status: status, head: head,
            document: (try? JSONValue(parsing: content.utf8, act: "reading")) ?? .null)
    }
}
