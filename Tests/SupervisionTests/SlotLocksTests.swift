import Lifecycle
import Logging
import Platform
import Supervision
import TestSupport
import Testing

@Suite("SlotLocks", .blocking)
struct SlotLocksTests {
    private let log = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private func places(_ slots: Range<Int>, in folder: String) -> [SlotLocks.Place] {
        slots.map { SlotLocks.Place(slot: $0, path: "\(folder)/m.\($0).g.lock") }
    }

    @Test("a slot that a process has is refused with its folder and the process, others are not")
    func taken() throws {
        let folder = try TemporaryFolder().path("state")
        let first = SlotLocks()
        try first.hold(places(0..<2, in: folder), in: folder, waitMs: 0, log: log)
        // Again, as after a SIGHUP.
        try first.hold(places(0..<2, in: folder), in: folder, waitMs: 0, log: log)
        let second = SlotLocks()
        let refused = #expect(throws: SwerveError.self) {
            try second.hold(places(1..<3, in: folder), in: folder, waitMs: 0, log: log)
        }
        let error = try #require(refused)
        #expect(error.code == .refused && !error.isRetryable)
        #expect(
            error.description.hasPrefix(
                "taking slot 1: state folder \(folder) is in use: the slot is held by "),
            "\(error)")
        #expect(error.reason.contains("process \(ProcessIdentity.processID)"), "\(error)")
        try second.hold(places(2..<4, in: folder), in: folder, waitMs: 0, log: log)
        withExtendedLifetime(first) {}
    }

    @Test("a service that ends is waited for, unless somebody asks this one to stop")
    func ending() throws {
        let folder = try TemporaryFolder().path("state")
        var old: SlotLocks? = SlotLocks()
        try old?.hold(places(0..<1, in: folder), in: folder, waitMs: 0, log: log)
        let stop = try EventFD()
        stop.signal()
        #expect(throws: SwerveError.self) {
            try SlotLocks().hold(
                places(0..<1, in: folder), in: folder, waitMs: 60_000_000, stop: stop.descriptor,
                log: log)
        }
        let isWaiting = try EventFD()
        let held = Guarded(false)
        let thread = OSThread(name: "waiting") { [log] in
            isWaiting.signal()
            let place = SlotLocks.Place(slot: 0, path: "\(folder)/m.0.g.lock")
            let new = SlotLocks()
            let isHeld =
                (try? new.hold([place], in: folder, waitMs: 60_000_000, log: log)) != nil
            held.withLock { $0 = isHeld }
        }
        _ = try Poll.waitForAny([isWaiting.descriptor], timeoutMs: nil)
        old = nil
        thread.join()
        #expect(held.withLock { $0 })
    }

    @Test("what cannot be locked is told, and does not keep a service from its work")
    func noFolder() throws {
        let folder = try TemporaryFolder()
        try folder.write("state", "a file")
        let path = folder.path("state")
        try SlotLocks().hold(places(0..<1, in: path), in: path, waitMs: 0, log: log)
    }
}
