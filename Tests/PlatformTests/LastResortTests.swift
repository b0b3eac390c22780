import Foundation
import Platform
import TestSupport
import Testing

@Suite("LastResort", .blocking)
struct LastResortTests {
    @Test("a process whose thread waits for ever is ended")
    func ends() async {
        await #expect(processExitsWith: .signal(SIGALRM)) {
            LastResort.endProcess(afterMs: 5)
            _ = try? Poll.waitForAny([], timeoutMs: nil)
            exit(0)
        }
    }

    @Test("a process that finished in time goes its own way")
    func cancelled() async {
        await #expect(processExitsWith: .exitCode(42)) {
            LastResort.endProcess(afterMs: 3_600_000)
            LastResort.cancel()
            var left = itimerval()
            unsafe getitimer(__itimer_which_t(ITIMER_REAL.rawValue), &left)
            exit(left.it_value.tv_sec == 0 && left.it_value.tv_usec == 0 ? 42 : 1)
        }
    }
}
