import GRDB
import Lifecycle
import Registry
import TestSupport
import Testing

@Suite("aliases")
struct AliasTests {
    private let champion: AliasName
    private let fixture: Fixture

    init() throws {
        champion = try AliasName("champion")
        fixture = try Fixture(versions: 3)
    }

    @Test("an alias is given, moved and taken away, and the audit chain tells each")
    func life() throws {
        let registry = fixture.registry
        #expect(
            try registry.setAlias(champion, to: fixture.reference(1), note: Fixture.note) == nil)
        #expect(try registry.resolve(VersionSelector("http-anomaly@champion")).version == 1)
        #expect(try registry.setAlias(champion, to: fixture.reference(3), note: Fixture.note) == 1)
        #expect(try registry.resolve(VersionSelector("http-anomaly@champion")).version == 3)
        #expect(try registry.aliases(of: fixture.model).map(\.version) == [3])
        #expect(try registry.models().first?.aliases.map(\.alias) == [champion])
        #expect(try registry.removeAlias(champion, of: fixture.model, note: Fixture.note) == 3)
        #expect(try registry.aliases(of: fixture.model).isEmpty)
        let told = try fixture.audit().filter { $0["act"] == "alias" }
        #expect(told.map { $0["before"] } == [.null, 1, 3])
        #expect(told.map { $0["version"] } == [1, 3, .null])
    }

    @Test("what makes no sense is refused, with the remedy, and leaves no trace")
    func refused() throws {
        let registry = fixture.registry
        try registry.setAlias(champion, to: fixture.reference(1), note: Fixture.note)
        try registry.archive(fixture.reference(2), note: Fixture.note)
        let before = try fixture.count("audit")
        let cases: [(SwerveError.Code, String, () throws -> Void)] = [
            (
                .unchanged, "called so already",
                { try registry.setAlias(champion, to: fixture.reference(1), note: Fixture.note) }
            ),
            (
                .notFound, "no version 9",
                { try registry.setAlias(champion, to: fixture.reference(9), note: Fixture.note) }
            ),
            (
                .refused, "is archived",
                { try registry.setAlias(champion, to: fixture.reference(2), note: Fixture.note) }
            ),
            (
                .notFound, "no alias other; it has champion",
                {
                    try registry.removeAlias(
                        try AliasName("other"), of: fixture.model, note: Fixture.note)
                }
            ),
            (
                .notFound, "no alias other; it has champion",
                { _ = try registry.resolve(VersionSelector("http-anomaly@other")) }
            ),
            (
                .notFound, "there is no model other",
                { _ = try registry.resolve(VersionSelector("other@champion")) }
            ),
        ]
        for (expected, said, act) in cases {
            #expect { try act() } throws: { code($0) == expected && "\($0)".contains(said) }
        }
        #expect(try fixture.count("audit") == before)
        #expect(try registry.aliases(of: fixture.model).map(\.version) == [1])
    }

    @Test("aliases given at registration are in its transaction, also for a known artifact")
    func atRegistration() throws {
        let done = try fixture.register("model 4", as: "http-anomaly", aliases: ["champion"])
        #expect(done.isNew)
        #expect(try fixture.version(4).aliases == [champion])
        let again = try fixture.register(
            "model 1", as: "http-anomaly", aliases: ["champion", "nightly"])
        #expect(!again.isNew)
        #expect(try fixture.version(4).aliases.isEmpty)
        #expect(try fixture.version(1).aliases.map(\.description) == ["champion", "nightly"])
        let told = try fixture.audit().suffix(4)
        #expect(told.map { $0["act"] } == ["register", "alias", "alias", "alias"])
    }

    @Test("a model keeps a bounded number of aliases")
    func bounded() throws {
        try fixture.raw().write { db in
            try db.execute(
                sql: """
                    INSERT INTO aliases WITH RECURSIVE n(i) AS
                        (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
                    SELECT 'http-anomaly', 'a' || i, 1, '', '' FROM n
                    """)
        }
        #expect {
            try fixture.registry.setAlias(champion, to: fixture.reference(2), note: Fixture.note)
        } throws: { code($0) == .tooLarge }
        try fixture.registry.setAlias(
            try AliasName("a7"), to: fixture.reference(2), note: Fixture.note)
        #expect(try fixture.version(1).aliases.count == 999)
    }
}
