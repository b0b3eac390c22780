import Lifecycle
import Operations
import Pages
import Platform
import Synchronization

/// Looks for requests on which the versions of a trial disagree, for who has the page of its model
/// open: on one thread of its own, one look after the other over all models.
///
/// A page never waits for it: it shows what is known, and what is found comes with its updates.
final class FlipWatch: Sendable {
    private let source: any FlipSource
    private let hear: @Sendable (HubNews) -> Void
    private let book = Guarded(FlipBook())
    private let wake: EventFD
    private let isStopping = Atomic<Bool>(false)
    private let thread = Guarded<OSThread?>(nil)

    /// - Throws: where the machine has no descriptor left.
    init(
        _ source: any FlipSource, hear: @escaping @Sendable (HubNews) -> Void
    ) throws(SwerveError) {
        self.source = source
        self.hear = hear
        wake = try EventFD()
    }

    func start() {
        let started = OSThread(name: "hub-flips", niceness: 10) { [self] in run() }
        thread.withLock { $0 = started }
    }

    /// Once, behind `start`; a look at work is given up.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        wake.signal()
        thread.withLock { $0.take() }?.join()
    }

    /// What is known by now; any thread, for who may read the model.
    ///
    /// - Returns: nil for a deployment without a candidate.
    func look(at deployment: Deployment) -> FlipLook? {
        let look = book.withLock { $0.look(at: deployment, nowMs: BootClock.nowMs) }
        if look?.isLooking == true { wake.signal() }
        return look
    }

    private func run() {
        var told: [ModelName: SwerveError] = [:]
        while !isStopping.load(ordering: .acquiring) {
            guard let deployment = book.withLock({ $0.next() }) else {
                _ = try? Poll.waitForAny([wake.descriptor], timeoutMs: nil)
                wake.drain()
                continue
            }
            let beganNs = MonotonicClock.now
            var result: Result<FlipFindings, SwerveError>
            do throws(SwerveError) {
                result = .success(
                    try source.flips(in: deployment) { [self] in
                        isStopping.load(ordering: .acquiring)
                            || !book.withLock { $0.isWorthIt(deployment) }
                    })
            } catch {
                result = .failure(error)
            }
            let tookMs = Int64((MonotonicClock.now &- beganNs) / 1_000_000)
            let isWorthIt = book.withLock { book in
                defer {
                    book.found(
                        result, in: deployment, tookMs: tookMs, nowMs: BootClock.nowMs,
                        wallMs: WallClock.nowMs)
                }
                return book.isWorthIt(deployment)
            }
            guard isWorthIt, !isStopping.load(ordering: .acquiring) else { continue }
            tell(result, of: deployment.model, &told)
        }
    }

    /// A fault once, until it is another one.
    private func tell(
        _ result: Result<FlipFindings, SwerveError>, of model: ModelName,
        _ told: inout [ModelName: SwerveError]
    ) {
        guard case .failure(let error) = result else {
            told[model] = nil
            return
        }
        // That nobody said where requests are is no fault: the page says it.
        guard error.code != .usage, told[model] != error else { return }
        if told.count >= FlipBook.modelsMax { told = [:] }
        told[model] = error
        hear(.fault("examples of flips of \(model)", error))
    }
}
