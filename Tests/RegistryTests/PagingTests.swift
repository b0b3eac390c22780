import Lifecycle
import Registry
import TestSupport
import Testing

/// Lists page by page, and behind a place.
@Suite("pages of lists")
struct PagingTests {
    private let fixture: Fixture

    init() throws {
        fixture = try Fixture(versions: 3)
        for version in [1, 2, 3, 1] { try fixture.change(.promote(version)) }
    }

    @Test("changes below an epoch, the newest of them")
    func history() throws {
        func epochs(_ below: Int64?, _ count: Int) throws -> [Int64] {
            try fixture.registry.history(of: fixture.model, below: below, newest: count)
                .map(\.epoch)
        }
        #expect(try epochs(nil, 2) == [3, 4])
        #expect(try epochs(4, 2) == [2, 3])
        #expect(try epochs(2, 9) == [1])
        #expect(try epochs(1, 9) == [])
    }

    @Test("versions behind a number, so many of them, none left out and none twice")
    func versions() throws {
        func numbers(_ after: Int, _ limit: Int?) throws -> [Int] {
            try fixture.registry.versions(of: fixture.model, after: after, limit: limit)
                .map(\.reference.version)
        }
        #expect(try numbers(0, nil) == [1, 2, 3])
        #expect(try numbers(0, 2) == [1, 2])
        #expect(try numbers(2, 2) == [3])
        #expect(try numbers(3, 2) == [])
        #expect(try numbers(0, 0) == [])
        func below(_ number: Int, _ limit: Int?) throws -> [Int] {
            try fixture.registry.versions(of: fixture.model, before: number, limit: limit)
                .map(\.reference.version)
        }
        #expect(try below(.max, 2) == [2, 3])
        #expect(try below(3, 1) == [2])
        #expect(try below(3, nil) == [1, 2])
        #expect(try below(1, 5) == [])
    }

    @Test("entries of the chain below a number, and behind one, none left out and none twice")
    func audit() throws {
        let registry = fixture.registry
        let head = try #require(try registry.auditHead()).sequence
        let below = try registry.auditEntries(below: head, newest: 2).map(\.sequence)
        #expect(below == [head - 2, head - 1])
        var (place, seen) = (Int64(0), [Int64]())
        while true {
            let portion = try registry.auditEntries(after: place, atMost: 3)
            guard let last = portion.last else { break }
            seen += portion.map(\.sequence)
            place = last.sequence
        }
        #expect(seen == Array(1...head))
        #expect(try registry.auditEntries(after: head, atMost: 3).isEmpty)
        #expect(try registry.auditEntries(of: fixture.model, below: 2).isEmpty)
    }
}
