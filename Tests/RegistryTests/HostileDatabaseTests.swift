import GRDB
import Lifecycle
import Registry
import TestSupport
import Testing

@Suite("a registry edited by hand")
struct HostileDatabaseTests {
    /// The triggers, the references and the strict types are gone, as in a file made to harm.
    private static let disarm = """
        PRAGMA foreign_keys = OFF;
        PRAGMA ignore_check_constraints = ON;
        PRAGMA writable_schema = ON;
        UPDATE sqlite_master SET sql = replace(replace(sql, 'STRICT', ''), 'NOT NULL', '')
            WHERE type = 'table';
        DELETE FROM sqlite_master WHERE type = 'trigger';
        PRAGMA writable_schema = RESET;
        """

    @Test(
        "wrong values are errors, not traps",
        arguments: [
            "UPDATE deployments SET salt = -1",
            "UPDATE deployments SET salt = 'seven'",
            "UPDATE deployments SET epoch = 0",
            "UPDATE deployments SET epoch = 9223372036854775807",
            "UPDATE deployments SET stable = NULL",
            "UPDATE deployments SET stable = 77",
            "UPDATE deployments SET candidate = 1, candidate_mode = 'duel', candidate_share = 5",
            "UPDATE deployments SET candidate = 1, candidate_mode = 'canary', candidate_share = 0",
            "UPDATE deployments SET candidate = 1, candidate_mode = x'00', candidate_share = 5",
            "UPDATE deployments SET settings = 'not json'",
            "UPDATE deployments SET settings = '[]'",
            "UPDATE deployments SET model = 'NOT A NAME'",
            "UPDATE versions SET number = 'one'",
            "UPDATE versions SET number = 99999999999",
            "UPDATE versions SET artifact = 'md5:1234'",
            "UPDATE version_metadata SET note = NULL",
            "UPDATE version_metadata SET note = hex(zeroblob(3000))",
            "UPDATE version_metadata SET metrics = 'x'",
            "UPDATE models SET name = x'FF'",
            "UPDATE models SET name = hex(zeroblob(1000000))",
            "UPDATE outbox SET record = x'00'",
            "UPDATE outbox SET record = NULL",
            "UPDATE outbox SET record = zeroblob(1000000)",
            "UPDATE outbox SET epoch = 2",
            "UPDATE deployment_history SET after = '{}'",
            "UPDATE artifacts SET manifest = zeroblob(5000000)",
            "UPDATE artifacts SET manifest = 'text'",
            "DROP TABLE blobs; CREATE VIEW blobs AS "
                + "SELECT sha256, zeroblob(620000000) AS content FROM artifact_files",
            "INSERT INTO artifact_files SELECT artifact, name || r, sha256 FROM artifact_files, "
                + "(WITH RECURSIVE n(r) AS (SELECT 1 UNION ALL SELECT r + 1 FROM n WHERE r < 99) "
                + "SELECT r FROM n)",
            "DELETE FROM artifacts",
            "UPDATE blobs SET sha256 = rowid",
        ])
    func errors(sql: String) throws {
        let fixture = try Fixture(versions: 1)
        try fixture.change(.promote(1))
        try fixture.raw().writeWithoutTransaction { db in
            try db.execute(sql: Self.disarm)
            try db.execute(sql: sql)
        }
        let (_, digest) = Fixture.artifact("model 1")
        #expect(throws: SwerveError.self) {
            let registry = try Registry.open(path: fixture.path, access: .readOnly)
            _ = try registry.models()
            _ = try registry.versions(of: fixture.model)
            _ = try registry.deployment(of: fixture.model)
            _ = try registry.deployments()
            _ = try registry.history(of: fixture.model)
            _ = try registry.pendingPublications()
            _ = try registry.artifact(digest)
            _ = try registry.manifest(digest)
        }
    }

    @Test(
        "wrong values of the catalogue are one clear line for whoever reads or changes it",
        arguments: [
            ("UPDATE version_facts SET format = NULL", "format is missing"),
            ("UPDATE version_facts SET format = hex(zeroblob(100))", "format is 200 long"),
            ("UPDATE version_facts SET bytes = -1", "bytes is not a number"),
            ("UPDATE version_facts SET bytes = 'many'", "bytes is not a number"),
            ("UPDATE version_facts SET threshold = 'high'", "threshold is not a finite number"),
            ("UPDATE version_facts SET threshold = 9e999", "threshold is not a finite number"),
            ("UPDATE version_facts SET golden = x'00'", "golden is not a text"),
            ("UPDATE version_facts SET labels = '{\"a\":1}'", "labels is not JSON of the form"),
            ("UPDATE version_facts SET labels = '[1]'", "labels is not JSON of the form"),
            ("UPDATE version_facts SET labels = '\"a'", "not JSON"),
            ("UPDATE version_facts SET labels = hex(zeroblob(600000))", "labels is 1200000 long"),
            ("UPDATE version_facts SET features = 'all'", "features is not a number"),
            ("UPDATE version_facts SET task = x'FF'", "task is not a text"),
            ("DELETE FROM version_facts", "bytes is missing"),
            ("UPDATE version_metadata SET lineage = NULL", "lineage is missing"),
            ("UPDATE version_metadata SET lineage = '[]'", "lineage is not JSON of the form"),
            ("UPDATE version_metadata SET lineage = '{\"tool\":1}'", "lineage is not JSON"),
            ("UPDATE version_metadata SET tags = 'x'", "not JSON"),
            ("UPDATE version_metadata SET tags = hex(zeroblob(600000))", "tags is 1200000 long"),
            ("UPDATE version_metadata SET metrics = '{\"auc\":\"high\"}'", "metrics is not JSON"),
            ("DELETE FROM version_metadata", "note is missing"),
            ("UPDATE aliases SET number = 77", "names version 77 of http-anomaly, which does not"),
            ("UPDATE aliases SET number = NULL", "number is"),
            ("UPDATE aliases SET name = 'NOT ONE'", "alias is 'NOT', not an alias"),
            ("UPDATE aliases SET name = hex(zeroblob(1000))", "alias is "),
            ("UPDATE aliases SET set_by = hex(zeroblob(1000))", "by is 2000 long"),
            ("UPDATE archived_versions SET archived_at = NULL", "archived_at is missing"),
            ("UPDATE archived_versions SET archived_by = x'07'", "archived_by is not a text"),
            ("UPDATE archived_versions SET reason = x'00'", "archive_reason is not a text"),
            ("UPDATE archived_versions SET collected_at = x'00'", "collected_at is not a text"),
            (
                "UPDATE archived_versions SET number = 99",
                "of http-anomaly@99, which does not exist"
            ),
            (
                "INSERT INTO artifact_signatures SELECT model, artifact, '', '', '' FROM versions",
                "signature is malformed"
            ),
            (
                "INSERT INTO artifact_signatures SELECT model, artifact, hex(zeroblob(99)), '', 'x' "
                    + "FROM versions", "signature is malformed"
            ),
        ])
    func catalogue(sql: String, said: String) throws {
        let fixture = try Fixture(versions: 2)
        let champion = try AliasName("champion")
        try fixture.change(.promote(1))
        try fixture.registry.setAlias(champion, to: fixture.reference(1), note: Fixture.note)
        try fixture.registry.archive(fixture.reference(2), note: Fixture.note)
        try fixture.raw().writeWithoutTransaction { db in
            try db.execute(sql: Self.disarm)
            try db.execute(sql: sql)
        }
        let registry = try Registry.open(path: fixture.path, access: .readOnly)
        let before = try fixture.count("audit")
        var lines: [String] = []
        for call in Self.calls(registry, fixture) {
            do {
                try call()
            } catch {
                let line = try #require(error as? SwerveError).description
                #expect(!line.contains("\n"))
                lines.append(line)
            }
        }
        #expect(lines.contains { $0.contains(said) }, "\(lines)")
        #expect(try fixture.count("audit") == before)
    }

    /// Everything that reads the catalogue, and changes that must not come through on such rows.
    private static func calls(_ registry: Registry, _ fixture: Fixture) -> [() throws -> Void] {
        [
            { _ = try registry.models() }, { _ = try registry.versions(of: fixture.model) },
            { _ = try registry.version(fixture.reference(1)) },
            { _ = try registry.aliases(of: fixture.model) },
            { _ = try registry.resolve(VersionSelector("http-anomaly@champion")) },
            { _ = try registry.versions(matching: VersionQuery("labels = a and tag.x = 1")) },
            { _ = try registry.versions(matching: VersionQuery("metric.auc > 0 or archived")) },
            { _ = try registry.collectionPlan() },
            { try registry.archive(fixture.reference(1), note: Fixture.note) },
        ]
    }

    @Test("a registry whose id was taken away is refused")
    func identity() throws {
        for sql in ["DELETE FROM registry", "UPDATE registry SET id = 'mine'"] {
            let fixture = try Fixture()
            try fixture.raw().writeWithoutTransaction { db in
                try db.execute(sql: Self.disarm)
                try db.execute(sql: sql)
            }
            #expect {
                try Registry.open(path: fixture.path, access: .readOnly)
            } throws: { code($0) == .invalid }
        }
    }
}
