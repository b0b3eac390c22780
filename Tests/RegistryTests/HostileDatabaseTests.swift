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
