import Foundation
import Lifecycle
import TestSupport
import Testing

@testable import Platform

@Suite("SignalWatch", .blocking)
struct SignalWatchTests {
    @Test("SIGTERM and SIGINT can be polled and read, in place of ending the process")
    func reads() throws {
        let found = Guarded<[ProcessSignal?]>([])
        let before = Guarded<[Int32]>([-1])
        // A thread of its own: what is blocked belongs to a thread and is handed on to its
        // children.
        let thread = OSThread(name: "signalled") {
            guard let watch = try? SignalWatch(checkingOtherThreads: false) else { return }
            let ready = try? Poll.waitForAny([watch.descriptor], timeoutMs: 0)
            before.withLock { $0 = ready ?? [-1] }
            for signal in [SIGINT, SIGTERM] {
                raise(signal)
                _ = try? Poll.waitForAny([watch.descriptor], timeoutMs: Shell.patienceMs)
                found.withLock { $0.append(watch.next()) }
            }
            raise(SIGHUP)
            raise(SIGPIPE)
            found.withLock { $0.append(watch.next()) }
        }
        thread.join()
        #expect(before.withLock { $0 } == [])
        #expect(found.withLock { $0 } == [.interrupt, .terminate, nil])
    }

    @Test("SIGHUP can be polled beside them, and is told as often as it was read")
    func hangUp() throws {
        let found = Guarded<[ProcessSignal?]>([])
        let thread = OSThread(name: "signalled") {
            let watch = try? SignalWatch([.hangUp], checkingOtherThreads: false)
            guard let watch else { return }
            for _ in 0..<2 {
                raise(SIGHUP)
                found.withLock { $0.append(watch.next()) }
            }
            found.withLock { $0.append(watch.next()) }
        }
        thread.join()
        #expect(found.withLock { $0 } == [.hangUp, .hangUp, nil])
    }

    @Test("a thread that would take the signals first is found, and named")
    func otherThreads() throws {
        let quit = try EventFD()
        let running = try EventFD()
        let other = OSThread(name: "early-bird") {
            running.signal()
            _ = try? Poll.waitForAny([quit.descriptor], timeoutMs: Shell.patienceMs)
        }
        _ = try Poll.waitForAny([running.descriptor], timeoutMs: Shell.patienceMs)
        let found = Guarded<SwerveError?>(nil)
        let thread = OSThread(name: "signalled") {
            do throws(SwerveError) {
                _ = try SignalWatch()
            } catch {
                found.withLock { $0 = error }
            }
        }
        thread.join()
        quit.signal()
        other.join()
        // The test process has other threads too, and which one is found first is not said.
        let error = found.withLock { $0 }
        #expect(error?.code == .refused)
        #expect(error?.reason.contains("is running already and would take them") == true)
    }
}
