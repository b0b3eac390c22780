import Kafka
import Lifecycle
import Serving
import Testing

@Suite("PlaceDoubt")
struct PlaceDoubtTests {
    private let second: UInt64 = 1_000_000_000
    private let doubtful = MemberStanding.doubtful("another id")

    @Test("what the brokers are sure of is settled at once")
    func sure() {
        let away = SwerveError(.unavailable, act: "asking", reason: "no coordinator")
        for standing in [MemberStanding.free, .replaced("another"), .unknown(away)] {
            var doubt = PlaceDoubt(sessionMs: 45_000)
            #expect(doubt.heard(standing, at: 1) == .settled(standing))
        }
    }

    @Test("an id that nobody knows is another's where it outlives the session, and not before")
    func outlives() {
        var doubt = PlaceDoubt(sessionMs: 45_000)
        #expect(doubt.heard(doubtful, at: 100 * second) == .askAgain(isNews: true))
        #expect(doubt.heard(doubtful, at: 101 * second) == .askAgain(isNews: false))
        #expect(doubt.heard(doubtful, at: 150 * second - 1) == .askAgain(isNews: false))
        #expect(doubt.heard(doubtful, at: 150 * second) == .settled(.replaced("another id")))
    }

    @Test("one that is gone with its session leaves the place free")
    func gone() {
        var doubt = PlaceDoubt(sessionMs: 6_000)
        #expect(doubt.heard(doubtful, at: second) == .askAgain(isNews: true))
        #expect(doubt.heard(.free, at: 8 * second) == .settled(.free))
    }
}
