import Platform
import TestSupport
import Testing

@Suite("OSThread", .blocking)
struct OSThreadTests {
    @Test("the body has run when join returns")
    func joins() {
        let sum = Guarded(0)
        let threads = (1...8).map { number in
            OSThread(name: "adder-\(number)") { sum.withLock { $0 += number } }
        }
        for thread in threads { thread.join() }
        #expect(sum.withLock { $0 } == 36)
    }

    @Test(
        "a name is cut to what the kernel keeps, at a whole character",
        arguments: [
            ("poll", "poll"), ("exactly-15-byte", "exactly-15-byte"),
            ("a-name-of-more-than-fifteen", "a-name-of-more-"),
            ("fourteen-bytesé", "fourteen-bytes"),
            ("", ""),
        ])
    func names(given: String, kept: String) {
        let found = Guarded("")
        let thread = OSThread(name: given) { found.withLock { $0 = OSThread.currentName } }
        thread.join()
        #expect(found.withLock { $0 } == kept)
    }

    @Test("a lower priority is that of the thread alone")
    func niceness() {
        let before = OSThread.currentNiceness
        let found = Guarded<[Int]>([])
        for niceness in [10, 0] {
            let thread = OSThread(name: "nice", niceness: niceness) {
                found.withLock { $0.append(OSThread.currentNiceness) }
            }
            thread.join()
        }
        #expect(found.withLock { $0 } == [10, before])
        #expect(OSThread.currentNiceness == before)
    }

    @Test("a thread knows whether it is the current one")
    func current() throws {
        let handle = Guarded<OSThread?>(nil)
        let answer = Guarded<Bool?>(nil)
        let go = try EventFD()
        let thread = OSThread(name: "self") {
            _ = try? Poll.waitForAny([go.descriptor], timeoutMs: Shell.patienceMs)
            answer.withLock { $0 = handle.withLock { $0?.isCurrent } }
        }
        handle.withLock { $0 = thread }
        #expect(!thread.isCurrent)
        go.signal()
        thread.join()
        #expect(answer.withLock { $0 } == true)
    }

    @Test("to join twice is a fault of the program")
    func joinedTwice() async {
        await #expect(processExitsWith: .failure) {
            let thread = OSThread(name: "twice") {}
            thread.join()
            thread.join()
        }
    }

    @Test("to drop a thread without joining it is a fault of the program")
    func dropped() async {
        await #expect(processExitsWith: .failure) {
            _ = OSThread(name: "dropped") {}
        }
    }
}
