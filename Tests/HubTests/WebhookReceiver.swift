import Foundation
import Lifecycle
import Platform
import Registry
import TestSupport
import Web

@testable import Hub

/// A receiver of webhooks on this machine, which answers as its path says: a status, or `held`
/// (not before it is let go), `redirect`, `long`, `told` (what it was told).
final class WebhookReceiver: Sendable {
    struct Message: Sendable {
        let path: String
        let fields: HTTPFields
        let body: String

        var id: String { fields["webhook-id"] ?? "" }
    }

    private struct State {
        var port = 0
        var status = 200
        var messages: [Message] = []
        var held: [EventFD] = []
        var isLettingGo = false
    }

    private final class Face: Sendable {
        let state = Guarded(State())
        let arrived: EventFD

        init() throws { arrived = try EventFD() }

        func answer(_ request: HTTPRequest) -> HTTPResponse {
            let body = (try? request.body.all(limit: 1 << 20)) ?? []
            let what = request.parameters["what"] ?? ""
            let message = Message(
                path: request.path, fields: request.fields,
                body: String(decoding: body, as: UTF8.self))
            let hold = try? EventFD()
            let (isHeld, port, status) = state.withLock { state in
                state.messages.append(message)
                let isHeld = what == "held" && !state.isLettingGo
                if isHeld, let hold { state.held.append(hold) }
                return (isHeld, state.port, state.status)
            }
            arrived.signal()
            if isHeld, let hold {
                _ = try? Poll.waitForAny([hold.descriptor], timeoutMs: nil)
            }
            switch what {
            case "redirect":
                var response = HTTPResponse.text("", status: 302)
                response.fields = [("Location", "http://127.0.0.1:\(port)/hook/200")]
                return response
            case "long":
                return HTTPResponse(
                    contentType: "text/plain", body: [UInt8](repeating: 7, count: 4 << 20))
            default: return .text("", status: Int(what) ?? status)
            }
        }
    }

    private let face: Face
    private let server: HTTPServer

    init() throws {
        let face = try Face()
        var limits = HTTPLimits()
        limits.workers = 16
        server = try HTTPServer(
            address: HTTPAddress(host: "127.0.0.1", port: 0), limits: limits,
            routes: HTTPRoutes([
                HTTPRoute("POST", "/hook/{what}", .work(bodyBytes: 1 << 20)) { face.answer($0) }
            ])
        ) { event in
            guard case .listening(let port) = event else { return }
            face.state.withLock { $0.port = port }
            face.arrived.signal()
        }
        self.face = face
        server.start()
        try wait { $0.port != 0 }
    }

    var port: Int { face.state.withLock { $0.port } }
    var messages: [Message] { face.state.withLock { $0.messages } }

    func setStatus(_ status: Int) { face.state.withLock { $0.status = status } }

    func stop() {
        letGo()
        server.stop()
    }

    /// Answers what was held back, and everything from now on.
    func letGo() {
        let held = face.state.withLock { state in
            state.isLettingGo = true
            return state.held
        }
        held.forEach { $0.signal() }
    }

    @discardableResult
    func wait(for count: Int) throws -> [Message] {
        try wait { $0.messages.count >= count }
        return messages
    }

    private func wait(until holds: (State) -> Bool) throws {
        while !face.state.withLock({ holds($0) }) {
            _ = try Poll.waitForAny([face.arrived.descriptor], timeoutMs: nil)
            face.arrived.drain()
        }
    }
}

/// A registry, a receiver, and what delivers from one to the other.
final class WebhookSetup {
    let folder: TemporaryFolder
    let registry: Registry
    let receiver: WebhookReceiver
    private let ended: Ended
    private var deliverer: WebhookDeliverer?

    typealias Attempt = (delivery: DueDelivery, verdict: WebhookOutcome.Verdict, words: String)

    private final class Ended: Sendable {
        let attempts = Guarded<[Attempt]>([])
        let arrived: EventFD

        init() throws { arrived = try EventFD() }
    }

    init() throws {
        folder = try TemporaryFolder()
        registry = try Registry.open(
            path: folder.path("swerve.db"), access: .readWrite(create: true))
        receiver = try WebhookReceiver()
        ended = try Ended()
    }

    deinit {
        receiver.letGo()
        deliverer?.stop()
        receiver.stop()
    }

    func start(_ change: (inout WebhookDeliverer.Pace) -> Void = { _ in }) throws {
        var pace = WebhookDeliverer.Pace()
        pace.lookMs = 10
        change(&pace)
        let ended = ended
        let made = try WebhookDeliverer(registry, pace: pace, isLeading: { true }) { news in
            if case .attempted(let delivery, let verdict, let words) = news {
                ended.attempts.withLock { $0.append((delivery, verdict, words)) }
            }
            ended.arrived.signal()
        }
        deliverer = made
        made.start()
    }

    func stop() {
        deliverer?.stop()
        deliverer = nil
    }

    func add(
        _ what: String, scheme: String = "http", allowsPrivate: Bool = true
    ) throws -> (id: Int64, secret: String) {
        let added = try registry.addWebhook(
            NewWebhook(
                url: "\(scheme)://localhost:\(receiver.port)/hook/\(what)",
                allowsPrivate: allowsPrivate), note: Self.note)
        return (added.webhook.id, added.secret)
    }

    @discardableResult
    func test(_ webhook: Int64) throws -> WebhookDelivery {
        try registry.testWebhook(webhook, note: Self.note)
    }

    /// The attempts that ended, once there are so many.
    @discardableResult
    func wait(for count: Int) throws -> [Attempt] { try wait { $0.count >= count } }

    @discardableResult
    func wait(until holds: ([Attempt]) -> Bool) throws -> [Attempt] {
        while !holds(ended.attempts.withLock { $0 }) {
            _ = try Poll.waitForAny([ended.arrived.descriptor], timeoutMs: nil)
            ended.arrived.drain()
        }
        return ended.attempts.withLock { $0 }
    }

    static let note = ChangeNote(by: "ada", at: "2026-11-23T18:52:00.000Z")
}
