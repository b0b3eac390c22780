import Glibc
import Platform
import TestSupport
import Testing

@testable import Web

@Suite("threads that clients share", .blocking)
struct HTTPThreadsTests {
    /// What was begun, in order, and a gate behind which it waits.
    private final class Works: Sendable {
        let begun = Guarded<[String]>([])
        private let isOpen = Guarded(false)

        func open() { isOpen.withLock { $0 = true } }

        func held(_ name: String) -> HTTPThreads.Work {
            { [self] in
                begun.withLock { $0.append(name) }
                while !isOpen.withLock({ $0 }) { sched_yield() }
            }
        }

        func short(_ name: String) -> HTTPThreads.Work {
            { [self] in begun.withLock { $0.append(name) } }
        }

        /// False where it does not come to that within a time that is more than enough.
        func wait(until isSo: ([String]) -> Bool) -> Bool {
            let deadline = Deadline(afterMs: 20_000)
            while !begun.withLock({ isSo($0) }) {
                guard !deadline.hasPassed else { return false }
                sched_yield()
            }
            return true
        }
    }

    private func end(_ threads: HTTPThreads, _ works: Works) {
        works.open()
        #expect(threads.finish(withinMs: 20_000))
        threads.join()
    }

    @Test("one who asks without end leaves a thread for another", arguments: [2, 4, 8])
    func held(count: Int) throws {
        let threads = try HTTPThreads(count, waiting: 64, name: "test")
        let works = Works()
        for number in 0..<20 {
            #expect(threads.submit(for: "ada", works.held("ada \(number)")))
        }
        #expect(works.wait { $0.count >= 1 })
        #expect(threads.submit(for: "bob", works.short("bob")))
        #expect(works.wait { $0.contains("bob") })
        #expect(works.begun.withLock { $0.count } <= count)
        end(threads, works)
        #expect(works.begun.withLock { $0.count } == 21)
    }

    @Test("those who wait take turns, each in its own order")
    func turns() throws {
        let threads = try HTTPThreads(1, waiting: 64, name: "test")
        let works = Works()
        #expect(threads.submit(for: "first", works.held("first")))
        #expect(works.wait { !$0.isEmpty })
        for name in ["a1", "a2", "a3", "b1", "b2", "c1"] {
            #expect(threads.submit(for: String(name.prefix(1)), works.short(name)))
        }
        end(threads, works)
        #expect(
            works.begun.withLock { $0 } == ["first", "a1", "b1", "c1", "a2", "b2", "a3"])
    }

    @Test("one who asks without end leaves room to wait in for another")
    func room() throws {
        let threads = try HTTPThreads(1, waiting: 8, name: "test")
        let works = Works()
        #expect(threads.submit(for: "first", works.held("first")))
        #expect(works.wait { !$0.isEmpty })
        let taken = (0..<20).map { threads.submit(for: "ada", works.short("ada \($0)")) }
        #expect(taken.count { $0 } == 6)
        #expect(threads.submit(for: "bob", works.short("bob")))
        #expect(threads.submit(for: "bob", works.short("bob")))
        #expect(!threads.submit(for: "cyd", works.short("cyd")))
        end(threads, works)
        #expect(works.begun.withLock { $0.count } == 9)
    }
}
