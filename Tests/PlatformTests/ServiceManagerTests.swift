import Lifecycle
import Platform
import TestSupport
import Testing

@Suite("Service manager")
struct ServiceManagerTests {
    @Test("a message reaches a socket by its path and by an abstract name, as one datagram")
    func told() throws {
        let folder = try TemporaryFolder()
        for name in [folder.path("notify"), "@swerve-test-\(ProcessIdentity.makeUUID())"] {
            let socket = try NotifySocket(name)
            try socket.manager().tell(["READY=1", "STATUS=serving"])
            #expect(try socket.next() == ["READY=1", "STATUS=serving"])
        }
    }

    @Test("nobody asks where the environment names no socket, or the watchdog of another process")
    func asked() throws {
        #expect(try ServiceManager.of([:]) == nil)
        #expect(try ServiceManager.of(["NOTIFY_SOCKET": ""]) == nil)
        func span(_ variables: [String: String]) throws -> UInt64? {
            let all = variables.merging(["NOTIFY_SOCKET": "/run/x"]) { $1 }
            return try ServiceManager.of(all, processID: 7)?.watchdogNs
        }
        #expect(try span([:]) == nil)
        #expect(try span(["WATCHDOG_USEC": "3000000"]) == 3_000_000_000)
        #expect(try span(["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "7"]) == 3_000_000_000)
        #expect(try span(["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "8"]) == nil)
        for nonsense in ["0", "-1", "soon", "18446744073709551615", "18446744073709551616"] {
            #expect(try span(["WATCHDOG_USEC": nonsense]) == nil, "\(nonsense)")
        }
    }

    @Test(
        "a socket of another kind is refused, by name",
        arguments: ["vsock:2:1234", "notify", "/", "@", "/" + String(repeating: "x", count: 107)])
    func otherKind(_ name: String) throws {
        let error = #expect(throws: SwerveError.self) {
            try ServiceManager.of(["NOTIFY_SOCKET": name])
        }
        #expect(error?.code == .usage)
        #expect(error?.act == "reading NOTIFY_SOCKET")
    }

    @Test("a socket that is not there is an error, and one whose queue is full passes")
    func refused() throws {
        let folder = try TemporaryFolder()
        let gone = try ServiceManager.of(["NOTIFY_SOCKET": folder.path("gone")])
        let error = #expect(throws: SwerveError.self) { try gone?.tell(["READY=1"]) }
        #expect(error?.code == .notFound)

        let full = try NotifySocket(folder.path("full"))
        let manager = try full.manager()
        let later = #expect(throws: SwerveError.self) {
            // The kernel bounds the queue of such a socket; nobody reads here.
            for _ in 0..<100_000 { try manager.tell(["WATCHDOG=1"]) }
        }
        #expect(later?.code == .unavailable)
        #expect(try full.next() == ["WATCHDOG=1"])
    }
}
