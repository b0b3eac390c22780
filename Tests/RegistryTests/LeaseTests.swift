import GRDB
import Lifecycle
import TestSupport
import Testing

@testable import Registry

@Suite("the lease of a hub")
struct LeaseTests {
    private static func lease(
        _ incarnation: String = "a", term: Int64 = 4, renewed: Int64 = 50_000,
        boot: String = "boot", isReleased: Bool = false
    ) -> HubLease {
        HubLease(
            term: term, incarnation: incarnation, holder: "h", address: "", takenAt: "t",
            renewed: BootMoment(boot: boot, ms: renewed), spanMs: 10_000, isReleased: isReleased)
    }

    private static func at(_ ms: Int64, _ boot: String = "boot") -> BootMoment {
        BootMoment(boot: boot, ms: ms)
    }

    @Test("a lease lives for its span, on the start of the machine that it was renewed on")
    func lives() {
        let lease = Self.lease()
        #expect(lease.isLive(at: Self.at(50_000)) && lease.isLive(at: Self.at(59_999)))
        for moment in [Self.at(60_000), Self.at(49_999), Self.at(55_000, "other")] {
            #expect(!lease.isLive(at: moment), "\(moment)")
        }
        #expect(!Self.lease(isReleased: true).isLive(at: Self.at(50_001)))
    }

    @Test("an address that stands for all of a machine is told by the machine's name")
    func address() {
        for (told, asked) in [
            ("https://0.0.0.0:9665", "https://host:9665"), ("http://[::]:1", "http://host:1"),
            ("http://127.0.0.1:1", "http://127.0.0.1:1"), ("ada@somewhere", "ada@somewhere"),
        ] {
            #expect(WriteAuthority.ofThisMachine(told, host: "host") == asked)
        }
    }

    @Test("who cannot tell the start of the machine goes by the time since it alone")
    func unknownStart() {
        for (written, read) in [("", "boot"), ("boot", ""), ("", "")] {
            let lease = Self.lease(boot: written)
            #expect(lease.isLive(at: Self.at(59_999, read)), "\(written), \(read)")
            #expect(!lease.isLive(at: Self.at(60_000, read)), "\(written), \(read)")
            #expect(!lease.isLive(at: Self.at(49_999, read)), "\(written), \(read)")
            let claim = LeaseClaim(incarnation: "b", holder: "h", address: "", spanMs: 10_000)
            #expect(claim.term(over: lease, at: Self.at(51_000, read), isAlone: false) == nil)
        }
    }

    @Test(
        "a live lease is its holder's; one that is over is whoever's comes, under a term of its own"
    )
    func claims() {
        let claim = LeaseClaim(incarnation: "b", holder: "h", address: "", spanMs: 10_000)
        func term(_ lease: HubLease?, _ ms: Int64, isAlone: Bool = false) -> Int64? {
            claim.term(over: lease, at: Self.at(ms), isAlone: isAlone)
        }
        #expect(term(nil, 0) == 1)
        #expect(term(Self.lease(), 51_000) == nil)
        #expect(term(Self.lease(), 60_000) == 5)
        #expect(term(Self.lease(isReleased: true), 51_000) == 5)
        #expect(term(Self.lease("b"), 51_000) == 5)
        #expect(term(Self.lease(boot: "other"), 51_000) == 5)
        // Its holder is gone, and has missed a renewal.
        #expect(term(Self.lease(), 52_999, isAlone: true) == nil)
        #expect(term(Self.lease(), 53_000, isAlone: true) == 5)
    }

    @Test("of two that want it one gets it; the other's term never counts again")
    func twoHolders() throws {
        let fixture = try Fixture()
        let (one, two) = (
            fixture.registry,
            try Registry.open(
                path: fixture.path, access: .readWrite(create: false))
        )
        func claim(_ name: String) -> LeaseClaim {
            LeaseClaim(incarnation: name, holder: name, address: "", spanMs: 10_000)
        }
        #expect(try one.takeLease(claim("a"), at: Self.at(0)).term == 1)
        #expect(try two.takeLease(claim("b"), at: Self.at(5_000)).incarnation == "a")
        #expect(try one.renewLease(incarnation: "a", term: 1, at: Self.at(8_000)))
        // The first is paused beyond the term.
        let taken = try two.takeLease(claim("b"), at: Self.at(18_000))
        #expect(taken.term == 2 && taken.incarnation == "b")
        #expect(try !one.renewLease(incarnation: "a", term: 1, at: Self.at(18_001)))
        try one.releaseLease(incarnation: "a", term: 1)
        #expect(try two.renewLease(incarnation: "b", term: 2, at: Self.at(18_002)))
        // One that is over is not renewed: somebody else may have written meanwhile.
        #expect(try !two.renewLease(incarnation: "b", term: 2, at: Self.at(90_000)))
        #expect(try one.takeLease(claim("a"), at: Self.at(90_000)).term == 3)
    }

    @Test("a leader writes under its own term alone, and a command not at all")
    func authority() throws {
        let fixture = try Fixture(versions: 1)
        let claim = LeaseClaim(incarnation: "a", holder: "h", address: "", spanMs: 60_000)
        let lease = try fixture.registry.takeLease(claim)
        fixture.registry.setAuthority(.leader(incarnation: "a", term: lease.term))
        try fixture.change(.promote(1))
        fixture.registry.setAuthority(.leader(incarnation: "a", term: lease.term + 1))
        let command = try Registry.open(path: fixture.path, access: .readWrite(create: false))
        for registry in [fixture.registry, command] {
            #expect(throws: SwerveError.self) { try fixture.change(.promote(1), in: registry) }
            #expect(throws: SwerveError.self) { _ = try registry.giveSpaceBack() }
        }
        try fixture.registry.releaseLease(incarnation: "a", term: lease.term)
        try fixture.register("another", in: command)
    }

    @Test("no statement takes a term back, or gives it to another")
    func rules() throws {
        let fixture = try Fixture()
        let claim = LeaseClaim(incarnation: "a", holder: "h", address: "", spanMs: 60_000)
        _ = try fixture.registry.takeLease(claim)
        for sql in [
            "UPDATE hub_lease SET term = 0", "UPDATE hub_lease SET incarnation = 'b'",
            "DELETE FROM hub_lease", "UPDATE hub_lease SET span_ms = 0",
            "INSERT INTO hub_lease SELECT 2, term, incarnation, holder, address, taken_at, boot, "
                + "renewed_ms, span_ms, released FROM hub_lease",
        ] {
            #expect(throws: DatabaseError.self, "\(sql)") {
                try fixture.raw().write { try $0.execute(sql: sql) }
            }
        }
        _ = try fixture.registry.releaseLease(incarnation: "a", term: 1)
        #expect(throws: DatabaseError.self) {
            try fixture.raw().write { try $0.execute(sql: "UPDATE hub_lease SET released = 0") }
        }
    }
}
