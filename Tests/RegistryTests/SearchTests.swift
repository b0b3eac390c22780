import GRDB
import Lifecycle
import Registry
import TestSupport
import Testing

@Suite("searching versions")
struct SearchTests {
    /// Three versions of http-anomaly (1 previous, 2 stable, 3 canary) and one of spam, archived.
    private static func fixture() throws -> Fixture {
        let fixture = try Fixture()
        func said(
            _ note: String, _ metrics: [String: Double], _ tags: [String: String],
            _ lineage: Lineage, at: String, by: String = "ada"
        ) -> VersionMetadata {
            VersionMetadata(
                note: note, metrics: metrics, tags: tags, lineage: lineage, registeredAt: at,
                registeredBy: by)
        }
        try fixture.register(
            "1", as: "http-anomaly",
            metadata: said(
                "The First", ["auc": 0.9], ["team": "red"], Lineage(tool: "scikit-learn"),
                at: "2026-10-31T23:59:59.999Z"),
            facts: VersionFacts(
                labels: ["attack", "normal"], task: "classification", inputView: "text",
                features: 64))
        try fixture.register(
            "2", as: "http-anomaly",
            metadata: said(
                "", ["auc": 0.95, "f1": 1], ["team": "blue", "my \"odd\" tag": "x", "ÄRA": "Öl"],
                Lineage(
                    trainingData: "sha256:abc", codeRevision: "f00", tool: "LIBLINEAR",
                    toolVersion: "2.3", author: "Ada"), at: "2026-11-01T00:00:00.000Z"),
            facts: VersionFacts(labels: ["attack", "normal"], features: 128),
            aliases: ["champion", "nightly"])
        try fixture.register(
            "3", as: "http-anomaly",
            metadata: said("50%_off", [:], [:], Lineage(), at: "2026-11-23T18:52:00.000Z"),
            facts: VersionFacts())
        try fixture.register(
            "4", as: "spam",
            metadata: said(
                "naïve ÄRGER", ["auc": 0.5], [:], Lineage(), at: "2026-11-23T19:00:00.000Z",
                by: "bob"))
        try fixture.change(.promote(1))
        try fixture.change(.promote(2))
        try fixture.change(.canary(3, try Share("5%")))
        try fixture.registry.archive(
            VersionReference(model: try ModelName("spam"), version: 1), note: Fixture.note)
        return fixture
    }

    private static let all = "http-anomaly@1 http-anomaly@2 http-anomaly@3 spam@1"

    @Test("each search finds the versions it describes")
    func finds() throws {
        let fixture = try Self.fixture()
        let digest = try fixture.version(2).digest
        let cases: [(String, String)] = [
            ("version >= 1", Self.all), ("model = spam", "spam@1"),
            ("model != spam and version = 2", "http-anomaly@2"),
            ("model ~ ANOM and version < 2", "http-anomaly@1"),
            ("format = liblinear", Self.all), ("not format = liblinear", ""),
            ("bytes > 0 and bytes < 1e6", Self.all), ("features >= 100", "http-anomaly@2"),
            // What is not known is neither below nor above, but it is not equal either.
            ("features < 100", "http-anomaly@1"),
            ("features != 64", "http-anomaly@2 http-anomaly@3 spam@1"),
            ("not features = 64", "http-anomaly@2 http-anomaly@3 spam@1"),
            ("not features", "http-anomaly@3 spam@1"), ("task = classification", "http-anomaly@1"),
            ("input_view ~ Text", "http-anomaly@1"),
            ("labels = attack", "http-anomaly@1 http-anomaly@2"),
            ("labels ~ NORM", "http-anomaly@1 http-anomaly@2"),
            ("labels != attack", "http-anomaly@3 spam@1"),
            ("labels", "http-anomaly@1 http-anomaly@2"), ("threshold = 0", Self.all),
            ("golden = self", Self.all), ("note ~ first", "http-anomaly@1"),
            ("note ~ '%_'", "http-anomaly@3"), ("note ~ 'ärger'", "spam@1"),
            ("note ~ NAÏVE", "spam@1"),
            (
                "tag.team = red or tag.team = blue and live",
                "http-anomaly@1 http-anomaly@2"
            ),
            ("tag.team", "http-anomaly@1 http-anomaly@2"), ("tag.team > n", "http-anomaly@1"),
            (#"tag."my \"odd\" tag" = x"#, "http-anomaly@2"), ("tag.ÄRA ~ öl", "http-anomaly@2"),
            ("metric.auc >= 0.9", "http-anomaly@1 http-anomaly@2"),
            ("metric.f1 = 1", "http-anomaly@2"),
            ("metric.auc != 0.5", "http-anomaly@1 http-anomaly@2 http-anomaly@3"),
            ("training_data = sha256:abc", "http-anomaly@2"),
            ("code_revision = f00", "http-anomaly@2"), ("tool ~ scikit", "http-anomaly@1"),
            ("tool_version = 2.3", "http-anomaly@2"), ("author = Ada", "http-anomaly@2"),
            ("registered_at = 2026-11", "http-anomaly@2 http-anomaly@3 spam@1"),
            ("registered_at <= 2026-11-01", "http-anomaly@1 http-anomaly@2"),
            ("registered_at < 2026-11-01", "http-anomaly@1"),
            ("registered_at > 2026-11-23T18", "spam@1"), ("registered_by = bob", "spam@1"),
            ("alias = champion", "http-anomaly@2"), ("alias ~ night", "http-anomaly@2"),
            ("alias != champion and model != spam", "http-anomaly@1 http-anomaly@3"),
            ("signed_by", ""), ("archived", "spam@1"),
            (
                "archived != true and version = 1",
                "http-anomaly@1"
            ),
            ("collected", ""), ("stable", "http-anomaly@2"), ("candidate", "http-anomaly@3"),
            ("previous", "http-anomaly@1"), ("live", "http-anomaly@2 http-anomaly@3"),
            ("live = false", "http-anomaly@1 spam@1"),
            ("digest = \(digest)", "http-anomaly@2"),
            ("digest = \(digest.short)", "http-anomaly@2"),
            ("digest = \(digest.hex.prefix(20))", "http-anomaly@2"),
            ("digest ~ \(digest.hex.suffix(9))", "http-anomaly@2"),
            ("note = \"'; DELETE FROM versions; --\"", ""),
        ]
        for (search, expected) in cases {
            let found = try fixture.registry.versions(matching: VersionQuery(search))
            let names = found.map(\.reference.description).joined(separator: " ")
            #expect(names == expected, "\(search)")
        }
    }

    @Test("a part of what is found is what stands there in the whole")
    func parts() throws {
        let registry = try Self.fixture().registry
        let query = try VersionQuery("version >= 1 or metric.auc > 2")
        let whole = try registry.versions(matching: query)
        #expect(Set(whole.map(\.reference.model)).count > 1)
        for (index, version) in whole.enumerated() {
            let rest = try registry.versions(matching: query, after: version.reference)
            #expect(rest == Array(whole[(index + 1)...]))
            let next = try registry.versions(matching: query, after: version.reference, limit: 1)
            #expect(next == Array(rest.prefix(1)))
        }
        #expect(try registry.versions(matching: query, limit: 2) == Array(whole.prefix(2)))
        #expect(try registry.versions(matching: query, limit: 0) == [])
        let model = try #require(whole.first).reference.model
        let own = whole.filter { $0.reference.model == model }
        let found = try registry.versions(
            matching: query, of: model, after: own[0].reference, limit: 100)
        #expect(found == Array(own.dropFirst()))
    }

    @Test("a search within a model finds that model's versions alone")
    func withinModel() throws {
        let fixture = try Self.fixture()
        let query = try VersionQuery("version = 1 or metric.auc = 0.5")
        let found = try fixture.registry.versions(matching: query, of: fixture.model)
        #expect(found.map(\.reference.version) == [1])
        #expect {
            try fixture.registry.versions(matching: query, of: try ModelName("other"))
        } throws: { code($0) == .notFound }
    }

    @Test("what is found carries all that is known of it")
    func whole() throws {
        let fixture = try Self.fixture()
        let found = try fixture.registry.versions(matching: VersionQuery("alias = champion"))
        let version = try #require(found.first)
        #expect(version == (try fixture.version(2)))
        #expect(version.facts.scorer.labels == ["attack", "normal"])
        #expect(version.facts.format == "liblinear")
        #expect(version.metadata.lineage.author == "Ada")
        #expect(version.aliases.map(\.description) == ["champion", "nightly"])
        #expect(version.role == .stable)
        #expect(version.archival == nil)
        let spam = try #require(
            try fixture.registry.versions(matching: VersionQuery("archived")).first)
        #expect(spam.archival?.by == "ada")
        #expect(spam.archival?.reason == "tests")
        #expect(spam.archival?.collectedAt == nil)
    }

    @Test("every field and comparison is SQL that the database takes")
    func everyField() throws {
        let fixture = try Self.fixture()
        let fields =
            VersionField.Plain.allCases.map { VersionField.plain($0) } + [.tag("x"), .metric("x")]
        for field in fields {
            let value: VersionQuery.Value =
                switch field.kind {
                case .number: .number(1)
                case .flag: .flag(true)
                case .text, .several, .time, .digest: .text("2026")
                }
            for comparison in field.kind.comparisons {
                let query = VersionQuery.compare(field, comparison, value)
                let found = try fixture.registry.versions(matching: query).count
                let others = try fixture.registry.versions(matching: .not(query)).count
                #expect(found + others == 4, "\(field.description) \(comparison.rawValue)")
            }
            let known = try fixture.registry.versions(matching: .has(field)).count
            #expect(try fixture.registry.versions(matching: .not(.has(field))).count == 4 - known)
        }
    }

    @Test("the largest search that is read is also answered")
    func largest() throws {
        let fixture = try Self.fixture()
        let part = #"tag."a\"b" != x"#
        let count = min(VersionQuery.comparisons, VersionQuery.textBytes / (part.utf8.count + 4))
        let flat = Array(repeating: part, count: count).joined(separator: " or ")
        #expect(try fixture.registry.versions(matching: VersionQuery(flat)).count == 4)
        let depth = VersionQuery.depth
        let leaf = "alias ~ champ"
        // What people could nest: at either end, in the middle, negated, and both ways at once.
        for (open, close) in [
            ("(", ")"), ("(live or ", ")"), ("(", " or live)"), ("not ", ""),
            ("(archived or live and ", ")"), ("(archived or live and ", " and live or archived)"),
        ] {
            let deep =
                String(repeating: open, count: depth) + leaf
                + String(repeating: close, count: depth)
            _ = try fixture.registry.versions(matching: VersionQuery(deep))
            let negated =
                String(repeating: "not " + open, count: depth / 2) + leaf
                + String(repeating: close, count: depth / 2)
            _ = try fixture.registry.versions(matching: VersionQuery(negated))
        }
        let bushy = (0..<6).reduce(leaf) { part, _ in "(\(part) and live or not \(part))" }
        _ = try fixture.registry.versions(matching: VersionQuery(bushy))
    }
}
