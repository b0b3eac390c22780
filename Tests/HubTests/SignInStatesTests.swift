import Lifecycle
import Platform
import Testing

@testable import Hub

/// What goes to an issuer with a browser, and comes back.
@Suite("states of a sign-in")
struct SignInStatesTests {
    private static let visit = String(repeating: "a", count: 64)

    @Test("a state is taken once, in the browser that it was begun in, for ten minutes")
    func once() throws {
        var states = SignInStates()
        let sent = try states.begin(visit: Self.visit, next: "/fleet?page=2", nowMs: 1_000)
        #expect(sent.state.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
        let other = String(repeating: "b", count: 64)
        #expect(try states.take(sent.state, visit: other, nowMs: 1_001) == .refused)
        let end = 1_000 + SignInStates.lifeMs
        #expect(try states.take(sent.state, visit: Self.visit, nowMs: end) == .refused)
        #expect(try states.take(sent.state, visit: Self.visit, nowMs: 999) == .refused)
        let taken = try states.take(sent.state, visit: Self.visit, nowMs: end - 1)
        #expect(taken == .taken(sent, next: "/fleet?page=2"))
        #expect(try states.take(sent.state, visit: Self.visit, nowMs: end - 1) == .refused)
    }

    @Test("no letter of a state can be changed, and another process's is none")
    func forged() throws {
        var states = SignInStates()
        let sent = try states.begin(visit: Self.visit, next: "/", nowMs: 0)
        let letters = Array(sent.state)
        for place in letters.indices {
            var other = letters
            other[place] = other[place] == "A" ? "B" : "A"
            #expect(
                try states.take(String(other), visit: Self.visit, nowMs: 1) == .refused, "\(place)")
        }
        for text in ["", ".", "..", "a.b", sent.state + "=", "\(sent.state).", "é.\u{0}"] {
            #expect(try states.take(text, visit: Self.visit, nowMs: 1) == .refused, "\(text)")
        }
        let long = String(repeating: "A", count: 1 << 20)
        #expect(try states.take("\(long).\(long)", visit: Self.visit, nowMs: 1) == .refused)
        var later = SignInStates()
        #expect(try later.take(sent.state, visit: Self.visit, nowMs: 1) == .refused)
    }

    @Test("of two sign-ins nothing is the same, and the challenge is the verifier's hash")
    func parts() throws {
        let states = SignInStates()
        let one = try states.begin(visit: Self.visit, next: "/", nowMs: 0)
        let two = try states.begin(visit: Self.visit, next: "/", nowMs: 0)
        #expect(
            Set([one.state, one.nonce, one.verifier, two.state, two.nonce, two.verifier]).count == 6
        )
        #expect((43...128).contains(one.verifier.utf8.count))
        // The example of RFC 7636.
        let known = SignInStates.Sent(
            state: "", nonce: "", verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        #expect(known.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    }

    @Test("an address that is too long is left away, and of those taken only so many are kept")
    func bounds() throws {
        var states = SignInStates()
        let long = try states.begin(
            visit: Self.visit, next: "/" + String(repeating: "x", count: 5_000), nowMs: 0)
        #expect(try states.take(long.state, visit: Self.visit, nowMs: 0) == .taken(long, next: "/"))
        for _ in 0...SignInStates.takenMax {
            let sent = try states.begin(visit: Self.visit, next: "/", nowMs: 1)
            #expect(
                try states.take(sent.state, visit: Self.visit, nowMs: 1) == .taken(sent, next: "/"))
        }
        #expect(states.takenCount == SignInStates.takenMax)
    }
}
