import Lifecycle
import Platform
import Registry
import Synchronization
import Transfer

/// Delivers what waits in the registry to webhooks, on a thread of its own, while this hub leads.
///
/// What is under way when the process is killed is tried again, with the same webhook-id: a
/// receiver gets everything once at least. Many go on at a time, so that none waits for one that is
/// slow or fails.
final class WebhookDeliverer: Sendable {
    /// What is told to whoever runs the hub.
    enum News: Sendable, Equatable {
        /// An attempt ended; the words are empty where it was a success.
        case attempted(DueDelivery, WebhookOutcome.Verdict, String)
        case fault(SwerveError)
    }

    /// How much it does, and how often it looks.
    struct Pace: Sendable {
        var lookMs = 200
        /// The whole of an attempt, and the part of connecting.
        var attemptMs = 20_000
        var connectSeconds = 5
        /// At a time, and of those to one webhook.
        var atOnce = 32
        var toOne = 4
        /// For how long ended deliveries are kept, and how often older ones are removed.
        var keptMs: Int64 = 7 * 86_400_000
        var pruneMs: Int64 = 3_600_000
        /// What a stop waits for, of those that are under way.
        var stopMs = 5_000
        var againMs = 5_000
    }

    private struct Flight {
        let delivery: DueDelivery
        let atMs: Int64
        let startedNs: UInt64
    }

    private let registry: Registry
    private let isLeading: @Sendable () -> Bool
    private let pace: Pace
    private let connection: WebConnection
    private let hear: @Sendable (News) -> Void
    private let stopping: EventFD
    private let isStopping = Atomic<Bool>(false)
    private let thread = Guarded<OSThread?>(nil)

    /// - Parameters:
    ///   - registry: by whose right outcomes are written.
    ///   - caFile: certificates that are believed in the place of the system's; nil for those.
    init(
        _ registry: Registry, pace: Pace = Pace(), caFile: String? = nil,
        isLeading: @escaping @Sendable () -> Bool, hear: @escaping @Sendable (News) -> Void
    ) throws(SwerveError) {
        self.registry = registry
        self.pace = pace
        self.isLeading = isLeading
        self.hear = hear
        var connection = WebConnection()
        connection.caFile = caFile
        connection.connectSeconds = pace.connectSeconds
        connection.totalMs = pace.attemptMs
        self.connection = connection
        stopping = try EventFD()
    }

    func start() {
        let started = OSThread(name: "hub-webhooks") { [self] in run() }
        thread.withLock { $0 = started }
    }

    /// Waits a moment for what is under way, and ends the thread.
    ///
    /// Once, behind `start`.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        stopping.signal()
        thread.withLock { $0.take() }?.join()
    }

    private var isOver: Bool { isStopping.load(ordering: .acquiring) }

    private func run() {
        var told: SwerveError?
        while !isOver {
            do throws(SwerveError) {
                try deliver { told = nil }
            } catch {
                if told != error { hear(.fault(error)) }
                told = error
                pause(pace.againMs)
            }
        }
    }

    private func pause(_ milliseconds: Int) {
        _ = try? Poll.waitForAny([stopping.descriptor], timeoutMs: milliseconds)
    }

    /// Delivers until it is stopped, or does not lead any more.
    ///
    /// - Throws: where the registry cannot be read or written; what is under way is forgotten, and
    ///   tried again.
    private func deliver(isWell: () -> Void) throws(SwerveError) {
        guard isLeading() else { return pause(pace.lookMs) }
        let transfers = try WebTransfers()
        var flights: [Int: Flight] = [:]
        var prunedMs = Int64.min
        while !isOver, isLeading() {
            if BootClock.nowMs - pace.pruneMs >= prunedMs {
                prunedMs = BootClock.nowMs
                try registry.pruneDeliveries(endedBeforeMs: WallClock.nowMs - pace.keptMs)
            }
            try begin(transfers, &flights)
            let ended = try transfers.wait(
                for: [stopping.descriptor], timeoutMs: pace.lookMs)
            for one in ended { try end(one, &flights) }
            isWell()
        }
        // Told twice is worse than a moment's wait.
        let deadline = Deadline(afterMs: pace.stopMs)
        while !flights.isEmpty, !deadline.hasPassed, isLeading() {
            for one in try transfers.wait(for: [], timeoutMs: pace.lookMs) {
                try end(one, &flights)
            }
        }
    }

    /// Begins what is due, as far as there is room.
    private func begin(
        _ transfers: WebTransfers, _ flights: inout [Int: Flight]
    ) throws(SwerveError) {
        while flights.count < pace.atOnce {
            let nowMs = WallClock.nowMs
            let due = try registry.dueDeliveries(
                nowMs: nowMs, farMs: nowMs + WebhookSchedule.farthestMs, without: busy(flights),
                limit: pace.atOnce)
            let before = flights.count
            for delivery in due where flights.count < pace.atOnce {
                let busy = self.busy(flights)
                guard !busy.full.contains(delivery.webhook),
                    delivery.attempts == 0 || !busy.failing.contains(delivery.webhook)
                else { continue }
                try begin(delivery, transfers, &flights)
            }
            guard flights.count > before else { return }
        }
    }

    private func busy(_ flights: [Int: Flight]) -> DueDelivery.Busy {
        var busy = DueDelivery.Busy()
        busy.deliveries = flights.values.map(\.delivery.id)
        let byWebhook = Dictionary(grouping: flights.values.map(\.delivery), by: \.webhook)
        busy.full = byWebhook.filter { $0.value.count >= pace.toOne }.map(\.key)
        // One place is kept for what was never tried: it waits for no failed one.
        busy.failing = byWebhook.filter { _, deliveries in
            deliveries.count { $0.attempts > 0 } >= max(1, pace.toOne - 1)
        }.map(\.key)
        return busy
    }

    private func begin(
        _ delivery: DueDelivery, _ transfers: WebTransfers, _ flights: inout [Int: Flight]
    ) throws(SwerveError) {
        let atMs = WallClock.nowMs
        let startedNs = MonotonicClock.now
        let act = "telling webhook \(delivery.webhook)"
        do throws(SwerveError) {
            let number = try transfers.begin(
                try request(delivery, seconds: atMs / 1_000, act: act), by: connection,
                limit: Limits.refusalBytes, act: act)
            flights[number] = Flight(delivery: delivery, atMs: atMs, startedNs: startedNs)
        } catch {
            try write(
                Flight(delivery: delivery, atMs: atMs, startedNs: startedNs), .failure(error))
        }
    }

    private func request(
        _ delivery: DueDelivery, seconds: Int64, act: String
    ) throws(SwerveError) -> WebRequest {
        let address = try WebAddress(delivery.url, act: act)
        guard address.scheme == .https || (address.scheme == .http && delivery.allowsPrivate)
        else {
            throw SwerveError(.refused, act: act, reason: "\(address.shown) is not https")
        }
        var request = WebRequest(address)
        request.reach = delivery.allowsPrivate ? .direct : .publicNetworks
        request.isStatusEnough = true
        request.posted = delivery.body
        let signature = try WebhookSignature.header(
            message: delivery.message, seconds: seconds, body: delivery.body,
            secrets: try registry.webhookSecrets(of: delivery.webhook))
        request.headers = [
            "Content-Type: application/json", "Expect:", "webhook-id: \(delivery.message)",
            "webhook-timestamp: \(seconds)", "webhook-signature: \(signature)",
        ]
        return request
    }

    private func end(
        _ ended: WebTransfers.Ended, _ flights: inout [Int: Flight]
    ) throws(SwerveError) {
        guard let flight = flights.removeValue(forKey: ended.number) else { return }
        try write(flight, ended.result.map(\.answer))
    }

    private func write(
        _ flight: Flight, _ result: Result<WebAnswer, SwerveError>
    ) throws(SwerveError) {
        let tookMs = Int64(clamping: (MonotonicClock.now &- flight.startedNs) / 1_000_000)
        let outcome = WebhookSchedule.outcome(
            of: flight.delivery, result, atMs: flight.atMs, nowMs: WallClock.nowMs, tookMs: tookMs,
            jitter: .random(in: 0...1))
        try registry.end(flight.delivery, outcome)
        hear(.attempted(flight.delivery, outcome.verdict, outcome.words))
    }
}
