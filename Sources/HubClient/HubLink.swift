import Lifecycle
import Platform
import Transfer

/// Asks a hub, one request after the other, over a connection that is kept.
///
/// Blocks the calling thread, which must be one of our own; one thread at a time.
final class HubLink {
    /// What is asked.
    struct Request {
        let method: String
        /// From `/v1` on, encoded.
        let path: String
        var query: [(name: String, value: String)] = []
        var body: [UInt8]?
        var contentType = "application/json"
        var headers: [String] = []
        /// The most that the whole may take.
        var timeoutMs = HubLink.usualMs
        /// The most bytes of an answer.
        var limit = HubLink.answerBytes

        /// Whether it may change something; it is done once, however often it is sent.
        var isChange: Bool { method != "GET" }
    }

    private(set) var address: HubAddress
    private let transfers: WebTransfers

    init(_ address: HubAddress) throws(SwerveError) {
        self.address = address
        transfers = try WebTransfers()
    }

    /// Of what is not the hub's word: connections that break.
    var act: String { "asking the hub \(address.base.shown)" }

    /// Asks, and asks the hub that leads where the one that is asked names it: that one from then
    /// on.
    ///
    /// - Returns: the bytes of an answer that is a success.
    /// - Throws: the hub's own error, as it threw it; `.unavailable` where it is not reached.
    func ask(_ request: Request) throws(SwerveError) -> [UInt8] {
        do throws(SwerveError) {
            return try asked(request)
        } catch {
            guard let leader = address.leader(named: error) else { throw error }
            address = leader
            return try asked(request)
        }
    }

    private func asked(_ request: Request) throws(SwerveError) -> [UInt8] {
        var wish = WebRequest(
            try WebAddress(address.base.url + request.target, act: act))
        wish.method = request.method
        wish.body = request.body ?? (request.isChange ? [] : nil)
        wish.authorization = try address.authorization(act: act)
        wish.headers = request.headers
        if request.body != nil { wish.headers.append("Content-Type: \(request.contentType)") }
        if request.isChange {
            wish.headers.append("Idempotency-Key: \(ProcessIdentity.makeUUID())")
        }
        var ended = try once(wish, request)
        if case .failure(let error) = ended.result, error.code == .unavailable, !ended.isTimedOut {
            // The connection broke. Whether it was done is not known; under the same key it is done
            // once. One that ran out of time is at work still, and has had all that it may take.
            ended = try once(wish, request)
        }
        let (head, bytes) = try ended.result.get()
        guard head.isSuccess else { throw HubRefusal.error(head, act: act) }
        return bytes
    }

    /// A failure is none of the hub's words: it was not reached, or the connection broke.
    private func once(
        _ wish: WebRequest, _ request: Request
    ) throws(SwerveError) -> WebTransfers.Ended {
        var connection = address.connection
        connection.totalMs = request.timeoutMs
        // A hub that waits for the fleet sends nothing meanwhile.
        connection.slowBytesPerSecond = 0
        _ = try transfers.begin(wish, by: connection, limit: request.limit, act: act)
        while true {
            let ended = try transfers.wait(for: [], timeoutMs: Self.lookMs)
            if let only = ended.first { return only }
        }
    }

    /// Of most requests: the hub may look for brokers, and read a topic to its end.
    static let usualMs = 120_000
    static let answerBytes = 64 << 20
    private static let lookMs = 60_000
}

extension HubLink.Request {
    /// Path and query.
    fileprivate var target: String {
        guard !query.isEmpty else { return path }
        let items = query.map { "\($0.name.percentEncoded)=\($0.value.percentEncoded)" }
        return "\(path)?\(items.joined(separator: "&"))"
    }
}
