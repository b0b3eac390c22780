import Lifecycle
import Testing

@testable import Hub

@Suite("changes that wait for a fleet")
struct WaitingChangesTests {
    @Test("one too many changes nothing, and each that is over leaves its place")
    func places() throws {
        let waiting = WaitingChanges(max: 2)
        var made = 0
        func nested(_ depth: Int) throws(SwerveError) {
            try waiting.one { () throws(SwerveError) in
                made += 1
                if depth > 1 { try nested(depth - 1) }
            }
        }
        for _ in 0..<3 {
            try nested(2)
            let error = #expect(throws: SwerveError.self) { try nested(3) }
            #expect(error?.code == .unavailable)
        }
        #expect(made == 12)
    }
}
