import Foundation
package import Testing

/// Runs a test that waits in blocking calls (for a process, a broker, a pipe) on threads kept for
/// such tests.
///
/// The cooperative pool has one thread a core. A test that waits there keeps every other test from
/// running, and two of them on two cores stop all tests.
package struct BlockingTests: SuiteTrait, TestTrait, TestScoping {
    package var isRecursive: Bool { true }

    @concurrent package func provideScope(
        for test: Test, testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        try await withTaskExecutorPreference(BlockingThreads.shared) { try await function() }
    }
}

extension Trait where Self == BlockingTests {
    /// For suites whose tests wait in blocking calls.
    package static var blocking: Self { BlockingTests() }
}

/// A fixed number of threads that live as long as the test process.
private final class BlockingThreads: TaskExecutor {
    /// Tests that wait at one time: each may run some processes of its own, and their deadlines
    /// allow for a busy machine, but not for any number of neighbours.
    static let count = 4

    static let shared = BlockingThreads()

    private let condition = NSCondition()
    // Guarded by `condition`.
    nonisolated(unsafe) private var waiting: [UnownedJob] = []

    private init() {
        for number in 0..<Self.count {
            let thread = Thread { [self] in run() }
            thread.name = "blocking-\(number)"
            // As much as a main thread has: parsers of hostile input are tried at their depth.
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        condition.lock()
        unsafe waiting.append(job)
        condition.signal()
        condition.unlock()
    }

    private func run() {
        while true {
            condition.lock()
            while unsafe waiting.isEmpty { condition.wait() }
            let job = unsafe waiting.removeFirst()
            condition.unlock()
            unsafe job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}
