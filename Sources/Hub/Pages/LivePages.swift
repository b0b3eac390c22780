import Lifecycle
import Operations
import Pages
import Platform
import Synchronization
import Web

/// Sends what of pages changes to those who have them open, from one thread.
///
/// A page is written once for all who may see the same of it, however many look.
final class LivePages: Sendable {
    /// One page as some may see it.
    private struct Watched: Hashable, Sendable {
        let asked: PageAsked
        /// Which parts of the registry are theirs, and what they may do.
        let grants: [HubSubject.Grant]
        let mayChange: Bool
    }

    private struct Viewer: Sendable {
        let feed: HTTPFeed
        let isStillKnown: @Sendable () -> Bool
        /// Whether it lacks what was sent to the others.
        var isBehind = true
        /// Since when it takes nothing; nil where it does.
        var stuckSinceMs: Int64?
    }

    private struct Audience: Sendable {
        let subject: HubSubject
        var viewers: [Viewer] = []
        var shown: [LiveFragment] = []
    }

    private let desk: PageDesk
    private let audiences = Guarded<[Watched: Audience]>([:])
    private let wake: EventFD
    private let isStopping = Atomic<Bool>(false)
    private let thread = Guarded<OSThread?>(nil)

    /// - Throws: where the machine has no descriptor left.
    init(_ desk: PageDesk) throws(SwerveError) {
        self.desk = desk
        wake = try EventFD()
    }

    func start() {
        let started = OSThread(name: "hub-pages") { [self] in run() }
        thread.withLock { $0 = started }
    }

    /// Once, behind `start`.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        wake.signal()
        thread.withLock { $0.take() }?.join()
        let feeds = audiences.withLock { audiences in
            defer { audiences = [:] }
            return audiences.values.flatMap { $0.viewers.map(\.feed) }
        }
        for feed in feeds { feed.end() }
    }

    /// - Parameter isStillKnown: asked now and then; the stream ends where it says no.
    /// - Throws: what asking for the page of a model that is not there, or not theirs, would throw;
    ///   where another page cannot be written, its stream says nothing until it can.
    func open(
        _ asked: PageAsked, for subject: HubSubject,
        isStillKnown: @escaping @Sendable () -> Bool
    ) throws(SwerveError) -> HTTPFeed {
        // Nobody follows what they may not see.
        if let model = asked.model {
            _ = try desk.backends(subject).history(HistoryRequest(model: model, limit: 1))
        }
        let feed = HTTPFeed(limit: Self.feedBytes)
        let watched = Watched(
            asked: asked, grants: subject.grants,
            mayChange: asked.model.map { desk.mayChange(subject, $0) } ?? false)
        audiences.withLock { audiences in
            audiences[watched, default: Audience(subject: subject)].viewers.append(
                Viewer(feed: feed, isStillKnown: isStillKnown))
        }
        wake.signal()
        return feed
    }

    // MARK: - The thread

    private func run() {
        while true {
            _ = try? Poll.waitForAny([wake.descriptor], timeoutMs: nil)
            wake.drain()
            // Somebody looks: round by round, until nobody does.
            while !isStopping.load(ordering: .acquiring) {
                let beganNs = MonotonicClock.now
                guard round() else { break }
                let tookMs = Int((MonotonicClock.now &- beganNs) / 1_000_000)
                pause(max(Self.everyMs, tookMs * Self.shareOfTime))
            }
            if isStopping.load(ordering: .acquiring) { return }
        }
    }

    private func pause(_ milliseconds: Int) {
        let deadline = Deadline(afterMs: milliseconds)
        // Who comes now waits for the next round, or everybody who comes would begin one.
        while !deadline.hasPassed, !isStopping.load(ordering: .acquiring) {
            _ = try? Poll.waitForAny([wake.descriptor], until: deadline)
            wake.drain()
        }
    }

    /// - Returns: whether anybody looks.
    private func round() -> Bool {
        let pages = audiences.withLock { audiences -> [(Watched, Audience)] in
            for (watched, audience) in audiences {
                let viewers = audience.viewers.filter { !$0.feed.isOver }
                audiences[watched] =
                    viewers.isEmpty
                    ? nil
                    : Audience(
                        subject: audience.subject, viewers: viewers, shown: audience.shown)
            }
            return audiences.map { ($0.key, $0.value) }
        }
        for (watched, audience) in pages {
            guard !isStopping.load(ordering: .acquiring) else { return false }
            show(watched, audience)
        }
        return !pages.isEmpty
    }

    private func show(_ watched: Watched, _ audience: Audience) {
        let nowMs = WallClock.nowMs
        let context = PageContext(viewer: nil, nowMs: nowMs, registry: "", antiForgery: "")
        var fragments = audience.shown
        var viewers: [ObjectIdentifier: Viewer] = [:]
        do throws(SwerveError) {
            fragments = try desk.page(watched.asked, for: audience.subject)
                .fragments(in: context)
            let clock = LiveEvent.clock(nowMs)
            let changed = fragments.filter { !audience.shown.contains($0) }.flatMap(\.event)
            let all = fragments.flatMap(\.event)
            for var viewer in audience.viewers {
                let isSent = send((viewer.isBehind ? all : changed) + clock, to: &viewer)
                viewer.isBehind = !isSent
                viewers[ObjectIdentifier(viewer.feed)] = viewer
            }
        } catch {
            // It stays as it is, and its clock stands; a proxy is told that somebody is there.
            for var viewer in audience.viewers {
                send(Self.alive, to: &viewer)
                viewers[ObjectIdentifier(viewer.feed)] = viewer
            }
        }
        audiences.withLock { audiences in
            guard var present = audiences[watched] else { return }
            present.shown = fragments
            // Others may have come meanwhile.
            present.viewers = present.viewers.map { viewers[ObjectIdentifier($0.feed)] ?? $0 }
            audiences[watched] = present
        }
    }

    /// - Returns: false where it has no room: it gets all of it once it has taken what it has.
    @discardableResult
    private func send(_ bytes: [UInt8], to viewer: inout Viewer) -> Bool {
        guard viewer.isStillKnown() else {
            viewer.feed.send(LiveEvent.ended)
            viewer.feed.end()
            return false
        }
        guard viewer.feed.room >= bytes.count else {
            let since = viewer.stuckSinceMs ?? BootClock.nowMs
            viewer.stuckSinceMs = since
            if BootClock.nowMs - since >= Self.stuckMs { viewer.feed.end() }
            return false
        }
        viewer.stuckSinceMs = nil
        viewer.feed.send(bytes)
        return true
    }

    /// Above a whole page.
    static let feedBytes = 256 << 10
    private static let everyMs = 2_000
    /// A round at most once in so many times what it takes.
    private static let shareOfTime = 4
    private static let stuckMs: Int64 = 30_000
    private static let alive = Array(": alive\n\n".utf8)
}
