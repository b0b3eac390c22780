import Lifecycle
import Platform
import Testing

@testable import Hub

@Suite("failed attempts")
struct FailedAttemptsTests {
    private let address = "192.0.2.1"

    @Test("an address waits behind ten failures, and for less and less as time goes by")
    func waiting() {
        var attempts = FailedAttempts()
        for number in 1...10 {
            #expect(attempts.wait(address, at: 1_000) == nil, "before failure \(number)")
            attempts.fail(address, at: 1_000)
        }
        #expect(attempts.wait(address, at: 1_000) == 6)
        #expect(attempts.wait(address, at: 6_999) == 1)
        #expect(attempts.wait(address, at: 7_000) == nil)
        #expect(attempts.wait("192.0.2.2", at: 1_000) == nil)
        attempts.fail(address, at: 7_000)
        #expect(attempts.wait(address, at: 7_000) == 6)
        #expect(attempts.wait(address, at: 80_000) == nil)
    }

    @Test("however many fail, it waits no longer than for a few of them")
    func bounded() throws {
        var attempts = FailedAttempts()
        for _ in 0..<10_000 { attempts.fail(address, at: 0) }
        #expect(try #require(attempts.wait(address, at: 0)) <= 12)
    }

    @Test("addresses without number are kept in bounded room, and none of them is forgiven")
    func manyAddresses() {
        var attempts = FailedAttempts()
        for number in 0..<FailedAttempts.addressesMax { attempts.fail("a\(number)", at: 0) }
        for _ in 0..<10 { attempts.fail("late", at: 0) }
        #expect(attempts.wait("late", at: 0) != nil)
        #expect(attempts.wait("a1", at: 0) == nil)
        // Once the others are forgotten there is room again.
        attempts.fail("later", at: 100_000)
        #expect(attempts.wait("later", at: 100_000) == nil)
    }

    @Test(
        "addresses of IPv6 count by their first 64 bits",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2"),
            ("2001:db8::1", "2001:db8:0:0"), ("::1", "0:0:0:0"),
            ("1::2:3:4:5:6:7", "1:0:2:3"), ("::ffff:192.0.2.1", "::ffff:192.0.2.1"), ("", ""),
        ])
    func networks(address: String, network: String) {
        #expect(FailedAttempts.network(of: address) == network)
    }

    @Test("tokens that held are remembered, the newest of many")
    func admitted() throws {
        var tokens = AdmittedTokens()
        func token(_ number: Int) -> RawDigest {
            RawDigest(ContentHash.sha256(Array("\(number)".utf8)))
        }
        for number in 0...AdmittedTokens.tokensMax {
            tokens.add(token(number), of: "s\(number)", at: Int64(number))
        }
        #expect(!tokens.contains(token(0)) && tokens.contains(token(AdmittedTokens.tokensMax)))
        #expect(tokens.subject(of: token(7)) == nil)
        let last = AdmittedTokens.tokensMax
        #expect(tokens.subject(of: token(last)) == "s\(last)")
        tokens.remove(token(AdmittedTokens.tokensMax))
        #expect(!tokens.contains(token(AdmittedTokens.tokensMax)))
    }

    @Test("the registry is told of a token's use once a minute")
    func uses() throws {
        var uses = TokenUses()
        let name = try ModelName("ci")
        uses.note(name, at: 0, wallMs: 1_000)
        uses.note(name, at: 1, wallMs: 2_000)
        #expect(uses.take(at: 10) == [name: Timestamp.text(ofMs: 2_000)])
        uses.note(name, at: 60_009, wallMs: 3_000)
        #expect(uses.take(at: 60_009).isEmpty)
        uses.note(name, at: 60_010, wallMs: 4_000)
        #expect(uses.take(at: 60_010) == [name: Timestamp.text(ofMs: 4_000)])
    }
}
