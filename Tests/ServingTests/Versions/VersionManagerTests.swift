import Lifecycle
import Platform
import Serving
import Testing

/// The state machine alone: every order of events up to a depth, and the orders that once raced.
@Suite("VersionManager")
struct VersionManagerTests {
    // MARK: - Every order of events

    /// What the poll thread, the loader and the disk know beside the manager's own state.
    private struct World: Hashable {
        var manager: VersionManager
        /// The state file, as the actions wrote it.
        var file: SlotMemory
        /// Epochs put into the scorer slot and not yet released, oldest first.
        var sets: [Int64] = []
        /// The epoch that the poll thread has taken up.
        var taken: Int64 = 0
        /// Loads that were begun and whose ends nobody has told, cancelled ones among them.
        var loads: [UInt64: Int64] = [:]
        var isRetryDue = false
        /// The highest epoch ever heard, over restarts too.
        var heard: Int64 = 0
        /// Epochs ever swapped in, over restarts too.
        var swapped: Set<Int64> = []

        init(_ manager: VersionManager, file: SlotMemory) {
            self.manager = manager
            self.file = file
        }
    }

    private enum Step: Hashable {
        case hear(Int)
        case trustChanged
        case replayed
        case finish(UInt64, VersionManager.Outcome)
        case retryDue
        case take
        case restart
    }

    private enum Broken: Error { case rule(String, Step, World) }

    /// Epochs 1, 2, 3 of two versions: promoted, promoted again, rolled back.
    private static let records = Result {
        try [(1, 1), (2, 2), (3, 1)].map { epoch, version in
            try TrackedRecords.record(Int64(epoch), version: version).bytes
        }
    }

    private func steps(in world: World) -> [Step] {
        var steps: [Step] = [.hear(0), .hear(1), .hear(2), .trustChanged, .restart]
        if world.manager.tracker.isReplaying { steps.append(.replayed) }
        if world.isRetryDue { steps.append(.retryDue) }
        if let newest = world.sets.last, newest > world.taken { steps.append(.take) }
        for load in world.loads.keys.sorted() {
            steps += [
                .finish(load, .ready), .finish(load, .failedPassing("away")),
                .finish(load, .failedFinally("differs")),
            ]
        }
        return steps
    }

    private func after(_ step: Step, in world: World) throws -> World {
        var next = world
        let actions: [VersionManager.Action]
        switch step {
        case .hear(let index):
            next.heard = max(next.heard, Int64(index + 1))
            actions = next.manager.heard(
                key: TrackedRecords.key, value: try Self.records.get()[index])
        case .trustChanged: actions = next.manager.handle(.trustChanged)
        case .replayed: actions = next.manager.handle(.replayed)
        case .finish(let load, let outcome):
            next.loads[load] = nil
            actions = next.manager.handle(.finished(load: load, outcome))
        case .retryDue:
            next.isRetryDue = false
            actions = next.manager.handle(.retryDue)
        case .take:
            next.taken = next.sets.last ?? 0
            actions = next.manager.handle(.took(epoch: next.taken))
        case .restart:
            // What the process had in memory is gone; the file stays.
            var again = World(
                VersionManager(model: try TrackedRecords.model(), memory: next.file),
                file: next.file)
            again.heard = next.heard
            again.swapped = next.swapped
            return again
        }
        for action in actions { try perform(action, step, world, &next) }
        try check(step, world, next)
        return next
    }

    private func perform(
        _ action: VersionManager.Action, _ step: Step, _ world: World, _ next: inout World
    ) throws {
        func require(_ holds: Bool, _ rule: String) throws {
            if !holds { throw Broken.rule(rule, step, world) }
        }
        switch action {
        case .begin(let load):
            try require(next.manager.load == load, "the load begun is the one under way")
            try require(world.loads[load.id] == nil, "each load has its own id")
            next.loads[load.id] = load.record.deployment.epoch
            next.isRetryDue = false
        case .cancel(let load):
            try require(world.loads[load] != nil, "only what was begun is cancelled")
        case .swap(let load):
            let epoch = world.loads[load] ?? -1
            try require(step == .finish(load, .ready), "only a load that is ready is swapped in")
            try require(world.manager.load?.id == load, "a cancelled load is never swapped in")
            try require(epoch > world.sets.last ?? 0, "the epoch swapped in never falls")
            next.sets.append(epoch)
            next.swapped.insert(epoch)
        case .remember(let memory):
            try require(memory == next.manager.memory, "the file says what the manager knows")
            next.file = memory
        case .keepArtifacts(let load):
            try require(next.loads[load] == nil, "artifacts are kept once their load has ended")
        case .retry: next.isRetryDue = true
        case .release(let epochs):
            try require(
                epochs.allSatisfy { $0 < next.taken },
                "no set is released that the poll thread may still use")
            next.sets.removeAll { epochs.contains($0) }
        case .await:
            try require(
                next.manager.serving == nil && next.manager.load == nil,
                "a worker that serves, or loads what it will serve, does not wait")
        case .ignore: break
        }
    }

    /// What holds after every event, whatever came before it.
    private func check(_ step: Step, _ world: World, _ next: World) throws {
        func require(_ holds: Bool, _ rule: String) throws {
            if !holds { throw Broken.rule(rule, step, world) }
        }
        let manager = next.manager
        let serving = manager.serving?.deployment.epoch
        try require(serving == next.sets.last, "what serves is what was swapped in last")
        try require(
            serving ?? 0 >= world.manager.serving?.deployment.epoch ?? 0,
            "the epoch served never falls")
        try require(
            manager.tracker.highestEpoch >= world.manager.tracker.highestEpoch,
            "the highest epoch seen never falls")
        try require(
            next.file.highest?.deployment.epoch ?? 0 >= world.file.highest?.deployment.epoch ?? 0,
            "the highest epoch on disk never falls")
        try require(next.file == manager.memory, "the file is what the manager remembers")
        try require(
            next.file.good.map { next.swapped.contains($0.deployment.epoch) } ?? true,
            "only what was swapped in is remembered as good")
        try require(
            next.file.good?.deployment.epoch ?? 0 >= world.file.good?.deployment.epoch ?? 0,
            "the last good epoch never falls")
        let isWantedServed = serving != nil && serving == manager.wanted?.deployment.epoch
        try require(
            manager.standing != .served || isWantedServed,
            "served is said of nothing but the wanted deployment in the slot")
        // What is heard while the topic is read counts at its end.
        try require(
            manager.standing == .served || !isWantedServed || manager.tracker.isReplaying,
            "served is said of the wanted deployment in the slot")
        try require(
            manager.standing != .served || next.file.good == manager.serving,
            "what is served as wanted is remembered as good in the same event")
        try require(
            manager.load?.purpose != .lastGood || serving == nil,
            "the last good deployment is resumed only where nothing is served")
        try require(
            manager.load.map { $0.purpose == .lastGood || $0.record == manager.wanted } ?? true,
            "what is loaded is what is wanted now")
        try require(
            !manager.isSettled || manager.wanted == nil || manager.standing != .pending,
            "no partition is scored while the wanted deployment is loading")
        try require(
            manager.tracker.isReplaying || manager.standing != .pending || manager.wanted == nil
                || manager.load != nil,
            "what is wanted is being loaded, or has come to something")
        try require(
            manager.tracker.isReplaying || !isRetrying(manager) || manager.load != nil
                || next.isRetryDue,
            "what failed by a passing fault is tried again")
        try require(
            next.sets.allSatisfy { $0 == serving || manager.retired.contains($0) },
            "every set that is not served waits to be released")
        try require(manager.tracker.highestEpoch <= next.heard, "no epoch is invented")
    }

    private func isRetrying(_ manager: VersionManager) -> Bool {
        if case .retrying = manager.standing { true } else { false }
    }

    @Test("every order of 8 events over 3 epochs of 2 versions keeps every rule")
    func everyOrder() throws {
        let start = World(
            VersionManager(model: try TrackedRecords.model(), memory: SlotMemory()),
            file: SlotMemory())
        var seen: Set<World> = [start]
        var frontier = [start]
        var edges = 0
        for _ in 0..<8 {
            var next: [World] = []
            for world in frontier {
                for step in steps(in: world) {
                    edges += 1
                    let reached = try after(step, in: world)
                    if seen.insert(reached).inserted { next.append(reached) }
                }
            }
            frontier = next
        }
        #expect(seen.count == 2_363)
        #expect(edges == 9_588)
    }

    // MARK: - Orders that once raced

    private func live(_ memory: SlotMemory = SlotMemory()) throws -> VersionManager {
        var manager = VersionManager(model: try TrackedRecords.model(), memory: memory)
        _ = manager.handle(.replayed)
        return manager
    }

    private func hear(
        _ manager: inout VersionManager, _ epoch: Int64, version: Int = 1
    ) throws -> [VersionManager.Action] {
        manager.heard(
            key: TrackedRecords.key,
            value: try TrackedRecords.record(epoch, version: version).bytes)
    }

    private func id(_ manager: VersionManager) throws -> UInt64 { try #require(manager.load).id }

    @Test("a load that a rollback overtook is neither swapped in nor remembered as good")
    func overtaken() throws {
        var manager = try live()
        _ = try hear(&manager, 1)
        _ = manager.handle(.finished(load: try id(manager), .ready))
        _ = try hear(&manager, 2, version: 2)
        let slow = try id(manager)
        let rollback = try hear(&manager, 3)
        #expect(rollback.contains(.cancel(load: slow)))
        _ = manager.handle(.finished(load: try id(manager), .ready))
        #expect(manager.serving?.deployment.epoch == 3)
        for outcome in [VersionManager.Outcome.ready, .failedFinally("x"), .failedPassing("y")] {
            #expect(manager.handle(.finished(load: slow, outcome)) == [])
        }
        #expect(manager.memory.good?.deployment.epoch == 3)
        #expect(manager.memory.highest?.deployment.epoch == 3)
        #expect(manager.standing == .served)
    }

    @Test("resuming the last good deployment lowers no highest epoch, in memory or on disk")
    func highestStays() throws {
        let good = AcceptedRecord(try TrackedRecords.record(2))
        let highest = AcceptedRecord(try TrackedRecords.record(5, version: 2))
        var manager = try live(SlotMemory(highest: highest, good: good))
        #expect(manager.load?.purpose == .lastGood)
        for outcome in [VersionManager.Outcome.failedPassing("away"), .ready] {
            // Whatever it writes, and it need not write anything, says the same as before.
            let actions = manager.handle(.finished(load: try id(manager), outcome))
            #expect(actions.remembered.allSatisfy { $0.highest == highest && $0.good == good })
            #expect(manager.memory == SlotMemory(highest: highest, good: good))
            _ = manager.handle(.retryDue)
        }
        #expect(manager.serving == good)
        #expect(try hear(&manager, 4).ignored?.contains("below 5") == true)
        // A higher one is written once its load has ended, so that what was looked for above is
        // found where it is.
        _ = try hear(&manager, 6)
        let newer = manager.handle(.finished(load: try id(manager), .failedPassing("away")))
        #expect(newer.remembered.map { $0.highest?.deployment.epoch } == [6])
    }

    @Test("a rejected epoch falls back to the last good one at once, and a newer one is taken up")
    func fallBack() throws {
        let good = AcceptedRecord(try TrackedRecords.record(2))
        var manager = VersionManager(
            model: try TrackedRecords.model(), memory: SlotMemory(good: good))
        _ = try hear(&manager, 3, version: 2)
        _ = manager.handle(.replayed)
        let actions = manager.handle(.finished(load: try id(manager), .failedFinally("differs")))
        #expect(actions.begun == good)
        _ = manager.handle(.finished(load: try id(manager), .ready))
        #expect(manager.serving == good && manager.standing == .rejected("differs"))
        #expect(manager.rejected?.epoch == 3)
        #expect(manager.memory.good == good)
        #expect(manager.memory.highest?.deployment.epoch == 3)
        #expect(try hear(&manager, 4).begun?.deployment.epoch == 4)
    }

    @Test("a last good deployment out of reach is tried again until it is there")
    func fallBackRetried() throws {
        let good = AcceptedRecord(try TrackedRecords.record(2))
        var manager = try live(SlotMemory(good: good))
        for attempt in 1...3 {
            let actions = manager.handle(
                .finished(load: try id(manager), .failedPassing("registry away")))
            #expect(actions == [.retry(attempt: attempt)])
            #expect(manager.handle(.retryDue).begun == good)
        }
        _ = manager.handle(.finished(load: try id(manager), .ready))
        #expect(manager.serving == good)
    }

    @Test("a last good deployment that cannot be loaded for good is not loaded at each retry")
    func lastGoodLost() throws {
        let good = AcceptedRecord(try TrackedRecords.record(2))
        var manager = VersionManager(
            model: try TrackedRecords.model(), memory: SlotMemory(good: good))
        _ = try hear(&manager, 3, version: 2)
        _ = manager.handle(.replayed)
        _ = manager.handle(.finished(load: try id(manager), .failedPassing("registry away")))
        #expect(manager.load?.record == good)
        var actions = manager.handle(.finished(load: try id(manager), .failedFinally("differs")))
        #expect(actions == [.retry(attempt: 1)])
        for attempt in 2...3 {
            #expect(manager.handle(.retryDue).begun?.deployment.epoch == 3)
            actions = manager.handle(
                .finished(load: try id(manager), .failedPassing("registry away")))
            #expect(actions == [.retry(attempt: attempt)])
        }
        // Its file is as it was: after a restart it is tried once more.
        #expect(manager.memory.good == good)
    }

    @Test("what was resumed before the topic told of it is not loaded again")
    func toldLate() throws {
        let record = try TrackedRecords.record(2)
        var manager = try live(SlotMemory(good: AcceptedRecord(record)))
        _ = manager.handle(.finished(load: try id(manager), .ready))
        #expect(manager.standing == .pending && manager.wanted == nil)
        let actions = manager.heard(key: TrackedRecords.key, value: record.bytes)
        #expect(actions.begun == nil && manager.standing == .served && manager.load == nil)
        #expect(manager.serving?.valueDigest == ContentHash.sha256(record.bytes))
    }

    @Test("a stop cancels the load, and nothing that ends after it is swapped in")
    func stopping() throws {
        var manager = try live()
        _ = try hear(&manager, 1)
        let load = try id(manager)
        #expect(manager.handle(.stopping) == [.cancel(load: load)])
        #expect(manager.handle(.finished(load: load, .ready)) == [])
        #expect(manager.handle(.retryDue) == [])
        #expect(try hear(&manager, 2).begun == nil)
        #expect(manager.serving == nil)
    }

    @Test("replaced sets are released once the poll thread has taken up a newer one, not before")
    func release() throws {
        var manager = try live()
        for epoch in [1, 2, 3] as [Int64] {
            _ = try hear(&manager, epoch)
            _ = manager.handle(.finished(load: try id(manager), .ready))
        }
        #expect(manager.retired == [1, 2])
        #expect(manager.handle(.took(epoch: 1)) == [])
        #expect(manager.handle(.took(epoch: 2)) == [.release(epochs: [1])])
        #expect(manager.handle(.took(epoch: 3)) == [.release(epochs: [2])])
        #expect(manager.retired == [])
    }

    @Test("of what fails by a passing fault the delays double up to ten seconds")
    func backoff() {
        let delays = [1, 2, 3, 7, 8, 9, 1_000].map { VersionRunner.backoffNs($0) / 1_000_000 }
        #expect(delays == [100, 200, 400, 6_400, 10_000, 10_000, 10_000])
    }
}
