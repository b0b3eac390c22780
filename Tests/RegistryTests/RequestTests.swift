import Lifecycle
import Platform
import Testing

@testable import Registry

@Suite("requests that are carried out once")
struct RequestTests {
    private static let day: Int64 = 86_400_000

    private static func mark(
        _ key: String, _ asked: UInt8 = 1, by subject: String = "ada", atMs: Int64 = day
    ) -> RequestMark {
        RequestMark(
            subject: subject, key: key, request: ContentHash.sha256([asked]), atMs: atMs)
    }

    private static let answer = RequestAnswer(
        status: 200, head: ["ETag": "\"1\""], body: Array("{}".utf8))

    private func promote(_ fixture: Fixture, _ version: Int, _ mark: RequestMark) throws {
        _ = try fixture.registry.marked(by: mark) { () throws(SwerveError) in
            try fixture.registry.change(
                ChangeOrder(.change(.promote(version)), of: fixture.model, note: Fixture.note))
        }
    }

    @Test("a change is written with its request, and the same request is answered alike")
    func once() throws {
        let fixture = try Fixture(versions: 2)
        let registry = fixture.registry
        let first = Self.mark("a")
        #expect(try registry.answer(to: first) == nil)
        try promote(fixture, 1, first)
        // Until its answer is known, and where it was lost, nobody makes the change again.
        #expect { _ = try registry.answer(to: Self.mark("a")) } throws: {
            ($0 as? SwerveError)?.problem?.kind == .requestAnswerLost
        }
        try registry.keep(Self.answer, of: first)
        #expect(try registry.answer(to: Self.mark("a")) == Self.answer)
        #expect { _ = try registry.answer(to: Self.mark("a", 2)) } throws: {
            ($0 as? SwerveError)?.problem?.kind == .requestKeyReused
        }
        // A key is its subject's own.
        #expect(try registry.answer(to: Self.mark("a", by: "bob")) == nil)
        // Two at once: the second one's transaction finds the first one's, and changes nothing.
        #expect { try promote(fixture, 2, Self.mark("a")) } throws: {
            ($0 as? SwerveError)?.problem?.kind == .requestAtWork
        }
        #expect(try registry.deployment(of: fixture.model)?.stable.version == 1)
    }

    @Test("a wall clock that steps by hours forgets none, and one far ahead keeps none for ever")
    func clockSteps() throws {
        let fixture = try Fixture(versions: 6)
        let registry = fixture.registry
        let hour: Int64 = 3_600_000
        let first = Self.mark("a", atMs: 10 * Self.day)
        try promote(fixture, 1, first)
        try registry.keep(Self.answer, of: first)
        for (number, step) in [23 * hour, -23 * hour].enumerated() {
            try promote(fixture, number + 2, Self.mark("b\(number)", atMs: 10 * Self.day + step))
            #expect(try registry.answer(to: Self.mark("a")) == Self.answer, "\(step)")
        }
        // What a clock wrote that was far ahead does not stay for ever.
        let ahead = Self.mark("ahead", atMs: 500 * Self.day)
        try promote(fixture, 4, ahead)
        try registry.keep(Self.answer, of: ahead)
        try promote(fixture, 5, Self.mark("c", atMs: 10 * Self.day))
        #expect(try registry.answer(to: Self.mark("ahead")) == Self.answer)
        try promote(fixture, 6, Self.mark("d", atMs: 11 * Self.day + 1))
        #expect(try registry.answer(to: Self.mark("ahead")) == nil)
    }

    @Test("what is refused leaves nothing behind")
    func nothing() throws {
        let fixture = try Fixture(versions: 1)
        let refused = Self.mark("a")
        #expect(throws: SwerveError.self) { try promote(fixture, 9, refused) }
        try fixture.registry.keep(Self.answer, of: refused)
        #expect(try fixture.registry.answer(to: Self.mark("a")) == nil)
    }

    @Test("a request is kept for a day, whatever the clock does")
    func age() throws {
        let fixture = try Fixture(versions: 3)
        let (first, second) = (Self.mark("a"), Self.mark("b", atMs: 2 * Self.day))
        try promote(fixture, 1, first)
        try fixture.registry.keep(Self.answer, of: first)
        try promote(fixture, 2, second)
        #expect(try fixture.registry.answer(to: Self.mark("a")) == Self.answer)
        let third = Self.mark("c", atMs: 2 * Self.day + 1)
        try promote(fixture, 3, third)
        #expect(try fixture.registry.answer(to: Self.mark("a")) == nil)
        try fixture.registry.keep(Self.answer, of: second)
        // Set back by days: it is kept for a day from then on, and no longer.
        for (place, atMs) in [Self.day / 2, Self.day, 3 * Self.day / 2].enumerated() {
            try promote(fixture, place + 1, Self.mark("d\(place)", atMs: atMs))
            #expect(try fixture.registry.answer(to: Self.mark("b")) == Self.answer, "\(atMs)")
        }
        try promote(fixture, 1, Self.mark("e", atMs: 3 * Self.day / 2 + 1))
        #expect(try fixture.registry.answer(to: Self.mark("b")) == nil)
    }
}
