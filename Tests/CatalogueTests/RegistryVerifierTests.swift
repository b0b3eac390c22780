import GRDB
import Lifecycle
import Registry
import TestSupport
import Testing

@testable import Catalogue

@Suite("verifying a registry")
struct RegistryVerifierTests {
    private let models: SmallModels

    init() throws { models = try SmallModels() }

    /// Two models of two and one versions; the last shares its artifact with the first.
    private func fill() throws {
        try models.register(models.request())
        try models.register(models.request(SmallModels.text([1: 7])))
        try models.register(models.request(as: "other"))
    }

    private func verify(
        _ scope: RegistryVerifier.Scope = .all
    ) throws -> (counts: RegistryVerifier.Counts, checks: [RegistryVerifier.Check]) {
        let registry = try Registry.open(path: models.path, access: .readOnly)
        var checks: [RegistryVerifier.Check] = []
        let counts = try RegistryVerifier(registry) { checks.append($0) }.run(scope)
        return (counts, checks)
    }

    private func failures(_ checks: [RegistryVerifier.Check]) -> [String: String] {
        var failures: [String: String] = [:]
        for check in checks {
            if case .failed(let reason) = check.outcome { failures[check.subject] = reason }
        }
        return failures
    }

    /// The file as somebody edits it who takes away what stands in the way.
    private func edit(_ sql: String) throws {
        let queue = try DatabaseQueue(path: models.path)
        try queue.writeWithoutTransaction { db in
            try db.execute(
                sql: """
                    PRAGMA foreign_keys = OFF;
                    PRAGMA ignore_check_constraints = ON;
                    PRAGMA writable_schema = ON;
                    UPDATE sqlite_master
                        SET sql = replace(replace(sql, 'STRICT', ''), 'NOT NULL', '')
                        WHERE type = 'table';
                    DELETE FROM sqlite_master WHERE type = 'trigger';
                    PRAGMA writable_schema = RESET;
                    """)
            try db.execute(sql: sql)
        }
        try queue.close()
    }

    @Test("in parts it is the same as at once, and the file is looked at in the first")
    func inParts() throws {
        try fill()
        try edit("UPDATE version_facts SET format = 'other' WHERE model = 'other'")
        let whole = try verify()
        for count in 1...4 {
            let registry = try Registry.open(path: models.path, access: .readOnly)
            var checks: [RegistryVerifier.Check] = []
            var counts = RegistryVerifier.Counts()
            var after: VersionReference?
            repeat {
                let before = checks.count
                let verifier = RegistryVerifier(registry) { checks.append($0) }
                let part = try verifier.run(.all, after: after, atMost: count)
                #expect((part.integrity != nil) == (after == nil))
                #expect(checks.count - before <= count)
                counts.add(part)
                after = verifier.reached
            } while after != nil
            #expect(checks == whole.checks && counts == whole.counts, "\(count)")
        }
    }

    @Test("a sound registry: every version is ok, and the file too")
    func sound() throws {
        try fill()
        let (counts, checks) = try verify()
        #expect(counts.isSound)
        #expect(counts.sound == 3 && counts.total == 3)
        #expect(counts.integrity == [])
        #expect(checks.map(\.subject) == ["http-anomaly@1", "http-anomaly@2", "other@1"])
        #expect(checks[0].digest == checks[2].digest)
        for check in checks {
            guard case .sound(let inputs, let bytes) = check.outcome else {
                Issue.record("\(check)")
                continue
            }
            #expect(inputs == Limits.goldenInputsMade)
            #expect(bytes == (try models.version(1)).bytes || check.subject == "http-anomaly@2")
        }
    }

    @Test("an empty registry is sound")
    func empty() throws {
        let (counts, checks) = try verify()
        #expect(counts.isSound && counts.total == 0 && checks.isEmpty)
    }

    @Test("one model or one version alone, without the file; what is not there is named")
    func scopes() throws {
        try fill()
        #expect(try verify(.model(models.model)).checks.count == 2)
        let one = try verify(.version(VersionReference("other@1")))
        #expect(one.checks.map(\.subject) == ["other@1"])
        #expect(one.counts.integrity == nil && one.counts.isSound)
        for scope in [
            RegistryVerifier.Scope.model(try ModelName("none")),
            .version(try VersionReference("other@2")), .version(try VersionReference("none@1")),
        ] {
            #expect { try verify(scope) } throws: { code($0) == .notFound }
        }
    }

    @Test(
        "each kind of edited row is found, and named by the version that it hurts",
        arguments: [
            (
                "UPDATE blobs SET content = CAST(replace(CAST(content AS TEXT), '7.0', '8.0') AS BLOB)",
                ["http-anomaly@2"], "the manifest says sha256"
            ),
            (
                "UPDATE blobs SET content = x'' WHERE sha256 IN (SELECT sha256 FROM artifact_files "
                    + "WHERE name = 'spec.json')",
                ["http-anomaly@1", "http-anomaly@2", "other@1"], "spec.json has 0 bytes"
            ),
            (
                "UPDATE artifacts SET manifest = CAST(replace(CAST(manifest AS TEXT), "
                    + "'\"threshold\":0', '\"threshold\":9') AS BLOB) WHERE digest IN (SELECT artifact "
                    + "FROM versions WHERE number = 2)",
                ["http-anomaly@2"], "its manifest is sha256"
            ),
            (
                "DELETE FROM artifact_files WHERE name = 'golden.jsonl' AND artifact IN (SELECT "
                    + "artifact FROM versions WHERE number = 2)",
                ["http-anomaly@2"], "no file golden.jsonl"
            ),
            (
                "INSERT INTO artifact_files SELECT artifact, 'extra', min(sha256) FROM artifact_files "
                    + "WHERE artifact IN (SELECT artifact FROM versions WHERE number = 2)",
                ["http-anomaly@2"], "does not list file 'extra'"
            ),
            (
                "DELETE FROM blobs WHERE sha256 IN (SELECT sha256 FROM artifact_files WHERE "
                    + "name = 'model.txt' AND artifact IN (SELECT artifact FROM versions "
                    + "WHERE number = 2))",
                ["http-anomaly@2"], "size is missing"
            ),
            (
                "UPDATE versions SET artifact = 'md5:1' WHERE number = 2", ["http-anomaly@2"],
                "artifact is"
            ),
            (
                "UPDATE versions SET artifact = 'sha256:' || hex(zeroblob(32)) WHERE number = 2",
                ["http-anomaly@2"], "no artifact sha256:0000"
            ),
            ("DELETE FROM version_facts WHERE number = 2", ["http-anomaly@2"], "no facts"),
            (
                "UPDATE version_facts SET threshold = 5 WHERE model = 'other'", ["other@1"],
                "threshold of it is not the artifact's"
            ),
            (
                "UPDATE version_facts SET labels = '[\"a\",\"b\"]' WHERE number = 2",
                ["http-anomaly@2"], "labels of it is not the artifact's"
            ),
            (
                "UPDATE version_facts SET task = 'regression' WHERE number = 2",
                ["http-anomaly@2"], "task of it"
            ),
            (
                "UPDATE version_facts SET task = x'00' WHERE number = 2", ["http-anomaly@2"],
                "task is not a text"
            ),
            (
                "UPDATE versions SET number = 5 WHERE number = 2; "
                    + "UPDATE version_facts SET number = 5 WHERE number = 2",
                ["http-anomaly"], "some are missing"
            ),
            (
                "UPDATE versions SET number = 'two' WHERE number = 2", ["http-anomaly"],
                "not a number"
            ),
            ("DELETE FROM models WHERE name = 'other'", ["other"], "though it has versions"),
            ("INSERT INTO models VALUES ('NO NAME', 'now')", ["a model"], "NO NAME"),
        ])
    func edited(sql: String, subjects: [String], words: String) throws {
        try fill()
        try edit(sql)
        let (counts, checks) = try verify()
        let failures = failures(checks)
        #expect(Set(failures.keys) == Set(subjects), "\(failures)")
        for reason in failures.values { #expect(reason.contains(words), "\(reason)") }
        #expect(!counts.isSound)
        #expect(counts.failed == subjects.count)
        #expect(counts.sound + counts.failed >= 3 || sql.contains("'two'"))
    }

    @Test("golden scores edited together with every digest over them fail the self-test")
    func goldenScores() throws {
        try fill()
        // A forger who recomputes digests: the artifact is whole, and what it promises is false.
        let version = try models.version(2)
        let artifact = try models.registry.artifact(version.digest)
        let lines = String(decoding: artifact.files["golden.jsonl"] ?? [], as: UTF8.self)
        let golden = lines.replacing(/"decision":\[[^\]]*\]/, with: #""decision":[123.5]"#)
        let manifest = try ArtifactManifest(parsing: artifact.manifestBytes)
        let content = Array(golden.utf8)
        let digest = try forged(manifest, replacing: "golden.jsonl", by: content)
        try edit("UPDATE versions SET artifact = '\(digest)' WHERE number = 2")
        let failures = failures(try verify().checks)
        #expect(Array(failures.keys) == ["http-anomaly@2"])
        #expect(failures["http-anomaly@2"]?.contains("expected 123.5") == true, "\(failures)")
    }

    /// Puts an artifact with another file into the database past the registry; its digest.
    private func forged(
        _ manifest: ArtifactManifest, replacing name: String, by content: [UInt8]
    ) throws -> String {
        let files = manifest.files.map { file in
            file.name == name
                ? ArtifactManifest.File(
                    role: file.role, name: name, bytes: content.count,
                    sha256: ContentHashing.sha256(content)) : file
        }
        let bytes = ArtifactManifest(
            format: manifest.format, files: files, labels: manifest.labels,
            threshold: manifest.threshold, goldenSource: manifest.goldenSource
        ).bytes
        let digest = ContentHashing.sha256(bytes).description
        try edit(
            """
            INSERT INTO artifacts VALUES ('\(digest)', \(ContentHashing.literal(bytes)));
            INSERT INTO blobs VALUES
                ('\(ContentHashing.sha256(content))', \(ContentHashing.literal(content)));
            """)
        for file in files {
            try edit(
                "INSERT INTO artifact_files VALUES ('\(digest)', '\(file.name)', '\(file.sha256)')")
        }
        return digest
    }

    @Test(
        "the walk goes page by page through all versions, whatever the pages' size",
        arguments: 1...6)
    func pages(rows: Int) throws {
        for weight in 1...5 {
            try models.register(models.request(SmallModels.text([1: Double(weight)])))
        }
        try edit("UPDATE version_facts SET bytes = 1 WHERE number = 4")
        let registry = try Registry.open(path: models.path, access: .readOnly)
        var checks: [RegistryVerifier.Check] = []
        var progress: [String] = []
        let counts = try RegistryVerifier(
            registry, found: { checks.append($0) }, progress: { progress.append($0) },
            pageRows: rows
        ).run(.model(models.model))
        #expect(checks.map(\.subject) == (1...5).map { "http-anomaly@\($0)" })
        #expect(progress == checks.map(\.subject))
        #expect(Array(failures(checks).keys) == ["http-anomaly@4"])
        #expect(counts.sound == 4 && counts.failed == 1)
    }

    @Test("versions whose files were collected are skipped, and that is no fault")
    func collected() throws {
        try fill()
        try edit(
            """
            INSERT INTO archived_versions
                (model, number, archived_at, archived_by, reason, collected_at)
            VALUES ('http-anomaly', 2, 'now', 'ada', '', 'now');
            DELETE FROM artifact_files WHERE artifact IN
                (SELECT artifact FROM versions WHERE number = 2);
            """)
        let (counts, checks) = try verify()
        #expect(counts.skipped == 1 && counts.sound == 2 && counts.failed == 0)
        #expect(checks[1].outcome == .skipped("its files were collected"))
    }

    @Test("rows that refer to none are faults of the file")
    func orphans() throws {
        try fill()
        try edit("DELETE FROM version_metadata; DELETE FROM models WHERE name = 'other'")
        let integrity = try #require(try verify().counts.integrity)
        #expect(integrity.contains { $0.hasPrefix("versions: ") && $0.contains("models") })
    }

    @Test("a damaged index is a fault of the file")
    func damagedIndex() throws {
        try fill()
        try edit(
            """
            PRAGMA writable_schema = ON;
            UPDATE sqlite_master SET rootpage =
                (SELECT rootpage FROM sqlite_master WHERE name = 'artifact_files_of_blob')
                WHERE name = 'versions_of_artifact';
            """)
        let (counts, _) = try verify()
        #expect(counts.integrity?.isEmpty == false)
        #expect(!counts.isSound)
    }

    @Test("documents say subject, result and reason")
    func documents() throws {
        let check = RegistryVerifier.Check(
            subject: "m@1", digest: nil, outcome: .failed("so\u{1B}"))
        #expect(check.json["result"] == "failed" && check.json["digest"] == .null)
        let sound = RegistryVerifier.Check(
            subject: "m@1", digest: nil, outcome: .sound(goldenInputs: 3, bytes: 10))
        #expect(sound.json["golden_inputs"] == 3)
    }
}
