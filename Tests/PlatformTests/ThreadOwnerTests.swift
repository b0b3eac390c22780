import Platform
import TestSupport
import Testing

@Suite("ThreadOwner", .blocking)
struct ThreadOwnerTests {
    @Test("the thread that made the owner goes on, as often as it asks")
    func ownThread() {
        let asked = Guarded(0)
        let thread = OSThread(name: "owner") {
            let owner = ThreadOwner()
            for _ in 0..<3 {
                owner.assertCurrent()
                asked.withLock { $0 += 1 }
            }
        }
        thread.join()
        #expect(asked.withLock { $0 } == 3)
    }

    #if DEBUG
    @Test("a call from another thread ends the process, and names both threads and the call")
    func foreignThread() async throws {
        let result = try await #require(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            OSThread(name: "rightful") {
                let owner = ThreadOwner()
                OSThread(name: "stranger") { owner.assertCurrent("scoring()") }.join()
            }.join()
        }
        let told = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(
            told.contains("scoring() belongs to the thread rightful, and stranger called it"),
            "\(told)")
    }
    #endif
}
