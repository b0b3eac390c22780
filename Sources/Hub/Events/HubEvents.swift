import Fleet
import Lifecycle
import Operations
import Pages
import Platform
import Registry
import Synchronization
import Web

/// `GET /v1/events`: all that happens, as server-sent events, from one thread to all who listen.
///
/// Entries of the audit chain are sent by their numbers, so whoever was away asks for those behind
/// the last one that they heard. The fleet is sent whole at the beginning, and then what changes.
/// A client is sent no more than it takes: what it lacks is read again once it has taken the rest.
final class HubEvents: Sendable {
    private struct Client: Sendable {
        let feed: HTTPFeed
        let subject: HubSubject
        /// The number of the last entry that it was sent, or need not be.
        var heard: Int64
        /// Up to which turn of the news it knows the fleet; nil where it knows nothing.
        var fleetTurn: Int64?
        var fault: String?
        var sentAtMs: Int64
        var checkedAtMs: Int64
        var stuckSinceMs: Int64?
    }

    private struct State {
        var clients: [Client] = []
        var isStopping = false
    }

    /// How far a client may stay behind, and for how long.
    struct Bounds: Sendable {
        var feedBytes = 256 << 10
        var stuckMs: Int64 = 30_000
    }

    private let door: any RegistryDoor
    private let watch: HubWatch
    private let access: HubAccess
    private let bounds: Bounds
    private let state = Guarded(State())
    private let wake: EventFD
    private let thread = Guarded<OSThread?>(nil)

    /// - Throws: where the machine has no descriptor left.
    init(
        _ door: any RegistryDoor, _ watch: HubWatch, _ access: HubAccess,
        _ bounds: Bounds = Bounds()
    ) throws(SwerveError) {
        self.bounds = bounds
        self.door = door
        self.watch = watch
        self.access = access
        wake = try EventFD()
    }

    func start() {
        let wake = wake
        watch.onChange { wake.signal() }
        let started = OSThread(name: "hub-events") { [self] in run() }
        thread.withLock { $0 = started }
    }

    /// Something was changed: who listens hears of it at once.
    func look() { wake.signal() }

    /// Once, behind `start`.
    func stop() {
        state.withLock { $0.isStopping = true }
        wake.signal()
        thread.withLock { $0.take() }?.join()
        for client in state.withLock({ $0.clients }) { client.feed.end() }
    }

    // MARK: - Requests

    var route: HTTPRoute {
        HTTPRoute("GET", Self.path, .work(bodyBytes: 0)) { [self] request in
            do throws(SwerveError) {
                switch access.subject(of: request) {
                case .refused(let problem): return problem.response
                case .admitted(let subject): return try open(request, subject)
                }
            } catch {
                return HubProblem(error).response
            }
        }
    }

    private func open(
        _ request: HTTPRequest, _ subject: HubSubject
    ) throws(SwerveError) -> HTTPResponse {
        let head = try door.readable().auditHead()?.sequence ?? 0
        let feed = HTTPFeed(limit: bounds.feedBytes)
        var heard = try Self.place(request) ?? head
        if heard > head {
            feed.send(EventMessage(resetTo: head).bytes)
            heard = head
        }
        let nowMs = BootClock.nowMs
        let client = Client(
            feed: feed, subject: subject, heard: heard, sentAtMs: nowMs, checkedAtMs: nowMs)
        let isOver = state.withLock { state in
            if !state.isStopping { state.clients.append(client) }
            return state.isStopping
        }
        if isOver { feed.end() }
        wake.signal()
        var response = HTTPResponse(
            contentType: "text/event-stream; charset=utf-8", payload: .feed(feed))
        response.fields = [
            ("X-Content-Type-Options", "nosniff"), ("X-Accel-Buffering", "no"),
        ]
        return response
    }

    /// Behind which entry a stream goes on; nil for now.
    private static func place(_ request: HTTPRequest) throws(SwerveError) -> Int64? {
        let query = try request.queryValues()
        if let unknown = query.keys.sorted().first(where: { $0 != "after" }) {
            throw SwerveError(
                .usage, act: "reading the query",
                reason: "'\(unknown.shortened(to: 40))' means nothing here",
                remedy: "there are: after")
        }
        guard let text = request.fields["last-event-id"] ?? query["after"] else { return nil }
        guard text.utf8.count <= 18, let number = Int64(text), number >= 0 else {
            throw SwerveError(
                .usage, act: "resuming the events",
                reason: "'\(text.shortened(to: 40))' is no number of an entry",
                remedy: "send the id of the last event that came, or 0 for all")
        }
        return number
    }

    // MARK: - The thread

    private func run() {
        var news = FleetNews()
        var generation: Int64 = -1
        var isMore = false
        while true {
            if !isMore {
                let isAlone = state.withLock { $0.clients.isEmpty }
                _ = try? Poll.waitForAny(
                    [wake.descriptor], timeoutMs: isAlone ? nil : Self.everyMs)
            }
            wake.drain()
            let (clients, isStopping) = state.withLock { ($0.clients, $0.isStopping) }
            guard !isStopping else { return }
            guard !clients.isEmpty else { continue }
            let now = watch.now
            if now.generation != generation {
                generation = now.generation
                if now.snapshot != nil { news.take(now.reports.map { ($0.model, $0.glance) }) }
            }
            isMore = serve(clients, news, now)
        }
    }

    /// - Returns: whether there is more that could be sent at once.
    private func serve(_ clients: [Client], _ news: FleetNews, _ now: FleetView) -> Bool {
        var isMore = false
        var portions: [Int64: [AuditEntry]] = [:]
        var served: [ObjectIdentifier: Client] = [:]
        for var client in clients where !client.feed.isOver {
            let portion = entries(behind: client.heard, &portions)
            if let subject = current(&client, before: portion) {
                tell(&client, subject, news, now)
                isMore = tell(&client, subject, portion) || isMore
                keepAlive(&client)
            }
            served[ObjectIdentifier(client.feed)] = client
        }
        state.withLock { state in
            state.clients = state.clients.compactMap { client in
                guard !client.feed.isOver else { return nil }
                // Others may have come meanwhile.
                return served[ObjectIdentifier(client.feed)] ?? client
            }
        }
        return isMore
    }

    /// Ends the stream of one whose token does not hold any more.
    ///
    /// - Parameter entries: what it is to be told, which nobody is whose token they end.
    private func current(_ client: inout Client, before entries: [AuditEntry]) -> HubSubject? {
        let nowMs = BootClock.nowMs
        let isTokenEnded = entries.contains { $0.act == AuditAct.revokeToken.rawValue }
        guard isTokenEnded || nowMs - client.checkedAtMs >= Self.checkMs else {
            return client.subject
        }
        client.checkedAtMs = nowMs
        do throws(SwerveError) {
            if let subject = try access.current(client.subject) { return subject }
            client.feed.end()
            return nil
        } catch {
            // A registry that cannot be read now is asked again; nothing of it is sent meanwhile.
            return nil
        }
    }

    /// One reading for all who stand at the same place.
    private func entries(
        behind sequence: Int64, _ portions: inout [Int64: [AuditEntry]]
    ) -> [AuditEntry] {
        if let known = portions[sequence] { return known }
        // A registry that cannot be read now is asked again.
        let read =
            try? door.readable().auditEntries(after: sequence, atMost: Self.portion)
        portions[sequence] = read ?? []
        return read ?? []
    }

    private func tell(
        _ client: inout Client, _ subject: HubSubject, _ news: FleetNews, _ now: FleetView
    ) {
        guard let turn = client.fleetTurn else {
            let models = news.changes(since: nil)
                .filter { subject.sees("\($0.model)") }.map(\.document)
            let whole = EventMessage(fleet: models, fault: now.told, atMs: now.atMs)
            guard send(whole.bytes, to: &client) else { return }
            client.fleetTurn = news.turn
            client.fault = now.told
            return
        }
        if now.told != client.fault {
            guard send(EventMessage(fault: now.told).bytes, to: &client) else { return }
            client.fault = now.told
        }
        guard turn < news.turn else { return }
        var bytes: [UInt8] = []
        for (model, document) in news.changes(since: turn)
        where subject.sees("\(model)") {
            bytes += EventMessage(changed: document, of: model).bytes
        }
        guard bytes.isEmpty || send(bytes, to: &client) else { return }
        client.fleetTurn = news.turn
    }

    /// - Returns: whether there may be more behind what was sent.
    private func tell(
        _ client: inout Client, _ subject: HubSubject, _ entries: [AuditEntry]
    ) -> Bool {
        for entry in entries {
            let message = EventMessage(entry)
            if subject.sees(entryOn: message.model.map { "\($0)" }) {
                guard send(message.bytes, to: &client) else { return false }
            }
            client.heard = entry.sequence
        }
        return entries.count == Self.portion
    }

    private func keepAlive(_ client: inout Client) {
        guard BootClock.nowMs - client.sentAtMs >= Self.aliveMs else { return }
        _ = send(EventMessage.alive, to: &client)
    }

    /// - Returns: false where it has to take what it has first.
    private func send(_ bytes: [UInt8], to client: inout Client) -> Bool {
        let nowMs = BootClock.nowMs
        guard client.feed.room >= bytes.count else {
            let since = client.stuckSinceMs ?? nowMs
            client.stuckSinceMs = since
            if nowMs - since >= bounds.stuckMs { client.feed.end() }
            return false
        }
        client.stuckSinceMs = nil
        client.sentAtMs = nowMs
        return client.feed.send(bytes)
    }

    static let path = "/v1/events"
    private static let portion = 200
    private static let everyMs = 500
    private static let aliveMs: Int64 = 15_000
    private static let checkMs: Int64 = 5_000
}
