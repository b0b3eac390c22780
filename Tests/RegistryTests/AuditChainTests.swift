import GRDB
import Lifecycle
import Platform
import Registry
import TestSupport
import Testing

@Suite("the audit chain")
struct AuditChainTests {
    @Test("every change has its entry, and a registry left alone verifies")
    func clean() throws {
        let (fixture, _) = try Fixture.lived()
        let report = try fixture.registry.verifyAudit()
        #expect(report.findings == [])
        #expect(report.entries == 11)
        let entries = try fixture.registry.auditEntries()
        #expect(
            entries.map(\.act) == [
                "begin", "register", "register", "register", "add-key", "add-key", "revoke-key",
                "sign-artifact", "deploy", "deploy", "deploy",
            ])
        #expect(entries.last?.hash == report.head)
        #expect(try fixture.registry.auditHead() == entries.last)
        #expect(entries.last?.by == "ada" && entries[7].fields["version"]?.int == 2)
        let named = try fixture.registry.auditEntries(of: fixture.model, newest: 2)
        #expect(named.map(\.sequence) == [10, 11])
    }

    @Test("an empty registry verifies, and has no head")
    func empty() throws {
        let fixture = try Fixture()
        #expect(try fixture.registry.verifyAudit().isClean)
        #expect(try fixture.registry.auditHead() == nil)
    }

    @Test("a control record carries the head of the chain with its own entry")
    func headTravels() throws {
        let fixture = try Fixture(versions: 1)
        try fixture.change(.promote(1))
        let pending = try #require(try fixture.registry.pendingPublications().first)
        let record = try ControlRecord(
            key: fixture.model.description.utf8, value: pending.record)
        #expect(record.auditHead == (try fixture.registry.auditHead()?.hash))
    }

    @Test(
        "an edited chain is found at the entry",
        arguments: [
            // Another content.
            (
                "UPDATE audit SET entry = replace(entry, 'ada', 'eve') WHERE sequence = 5", 5,
                "edited"
            ),
            (
                "UPDATE audit SET entry = replace(entry, 'ada', 'eve') WHERE sequence = 1", 1,
                "edited"
            ),
            ("UPDATE audit SET entry = 'garbage' WHERE sequence = 4", 4, "not JSON"),
            // Numbers so far off that the distance is none.
            (
                "UPDATE audit SET entry = replace(entry, '\"seq\":5', "
                    + "'\"seq\":-9223372036854775808') WHERE sequence = 5", 5,
                "by its own word it is entry -9223372036854775808"
            ),
            (
                "UPDATE audit SET entry = replace(entry, '\"seq\":5', "
                    + "'\"seq\":9223372036854775807') WHERE sequence = 5", 5,
                "by its own word it is entry 9223372036854775807"
            ),
            // Another hash.
            (
                "UPDATE audit SET hash = 'sha256:' || printf('%064d', 0) WHERE sequence = 9", 9,
                "behind entry 8"
            ),
            ("UPDATE audit SET hash = 'none' WHERE sequence = 9", 9, "its hash is not one"),
            // Removed.
            ("DELETE FROM audit WHERE sequence = 7", 8, "entry 7 before it is missing"),
            (
                "DELETE FROM audit WHERE sequence BETWEEN 2 AND 6", 7,
                "entries 2 to 6 before it are missing"
            ),
            ("DELETE FROM audit WHERE sequence = 1", 2, "entry 1 before it is missing"),
            // Removed, and the rest renumbered.
            (
                """
                DELETE FROM audit WHERE sequence = 7;
                UPDATE audit SET sequence = -sequence + 1 WHERE sequence > 7;
                UPDATE audit SET sequence = -sequence WHERE sequence < 0
                """, 7, "by its own word it is entry 8"
            ),
            // Two swapped.
            (
                """
                UPDATE audit SET sequence = 99 WHERE sequence = 6;
                UPDATE audit SET sequence = 6 WHERE sequence = 7;
                UPDATE audit SET sequence = 7 WHERE sequence = 99
                """, 6, "it was moved"
            ),
            // Inserted.
            (
                """
                UPDATE audit SET sequence = -sequence - 1 WHERE sequence >= 6;
                UPDATE audit SET sequence = -sequence WHERE sequence < 0;
                INSERT INTO audit VALUES (6, '{"act":"annotate","seq":6,"at":"","by":"eve"}',
                    (SELECT hash FROM audit WHERE sequence = 5))
                """, 6, "its hash is not that of its content"
            ),
        ] as [(String, Int64, String)])
    func edited(sql: String, entry: Int64, words: String) throws {
        let (fixture, _) = try Fixture.lived()
        try fixture.tamper(sql)
        let findings = try fixture.findings()
        let first = try #require(findings.first)
        #expect(first.entry == entry, "\(findings)")
        #expect(
            findings.contains { $0.entry == entry && $0.words.contains(words) }, "\(findings)")
    }

    @Test("an entry whose hash was edited too is found at the next one")
    func rehashedAlone() throws {
        let (fixture, _) = try Fixture.lived()
        try fixture.tamper(
            "UPDATE audit SET entry = replace(entry, '\"by\":\"ada\"', '\"by\":\"eve\"') "
                + "WHERE sequence = 5")
        let hashes = try fixture.raw().read {
            try String.fetchAll($0, sql: "SELECT hash FROM audit WHERE sequence > 5")
        }
        try fixture.rehash(from: 5)
        for (index, hash) in hashes.enumerated() {
            try fixture.tamper("UPDATE audit SET hash = '\(hash)' WHERE sequence = \(6 + index)")
        }
        let findings = try fixture.findings()
        #expect(
            findings.contains { $0.entry == 6 && $0.words.contains("or entry 5 was") },
            "\(findings)")
        // The table knows what entry 5 was about.
        #expect(findings.contains { $0.entry == 5 && $0.words.contains("key 'ada'") })
    }

    @Test("a chain that was edited and hashed anew to its end is found by the announcements")
    func rewritten() throws {
        let (fixture, _) = try Fixture.lived()
        try fixture.tamper(
            "UPDATE audit SET entry = replace(entry, '\"by\":\"ada\"', '\"by\":\"eve\"') "
                + "WHERE sequence = 8")
        try fixture.rehash(from: 8)
        let findings = try fixture.findings()
        #expect(findings.map(\.entry) == [9, 10, 11], "\(findings)")
        #expect(findings.allSatisfy { $0.words.contains("audit head") })
    }

    @Test("a tail that was cut off is found by what the tables have more")
    func truncated() throws {
        let (fixture, _) = try Fixture.lived()
        try fixture.tamper("DELETE FROM audit WHERE sequence > 2")
        let words = try fixture.findings().map(\.words).joined(separator: "\n")
        for name in [
            "version http-anomaly@2", "version http-anomaly@3",
            "the history of http-anomaly epoch 1", "the announcement of http-anomaly epoch 3",
            "key ada", "the revocation of key bob", "the signature of ada",
        ] {
            #expect(words.contains("\(name)"), "\(words)")
        }
        #expect(!words.contains("http-anomaly@1"))
    }

    @Test("a chain that was removed whole is found, and none is begun anew")
    func removed() throws {
        let (fixture, _) = try Fixture.lived()
        try fixture.tamper("DELETE FROM audit")
        #expect(
            try fixture.findings().contains { $0.words.contains("the chain is empty") })
        #expect {
            try fixture.change(.promote(3))
        } throws: { code($0) == .refused && "\($0)".contains("audit chain was removed") }
        #expect(try fixture.count("audit") == 0)
    }

    @Test("a chain that ends at the last number that there is ends no process")
    func lastNumber() throws {
        let (fixture, _) = try Fixture.lived()
        try fixture.tamper("UPDATE audit SET sequence = sequence + (9223372036854775807 - 11)")
        #expect(throws: SwerveError.self) { try fixture.registry.verifyAudit() }
        #expect(throws: SwerveError.self) { try fixture.change(.promote(3)) }
    }

    @Test("findings are bounded; the rest is counted")
    func bounded() throws {
        let fixture = try Fixture(versions: 120)
        try fixture.tamper("UPDATE audit SET entry = replace(entry, 'ada', 'eve')")
        let report = try fixture.registry.verifyAudit()
        #expect(report.findings.count == AuditReport.listed)
        #expect(report.findings.first?.entry == 1)
        #expect(report.unlisted > 100)
    }
}
