import Foundation
import GRDB
import Lifecycle
import Registry
import TestSupport
import Testing

@Suite("archiving versions and collecting their files")
struct CollectionTests {
    @Test("an archived version cannot be deployed until it is taken back, and all of it is told")
    func archives() throws {
        let fixture = try Fixture(versions: 2)
        try fixture.registry.archive(fixture.reference(1), note: Fixture.note)
        #expect(try fixture.version(1).archival?.reason == "tests")
        #expect(try fixture.registry.models().map(\.archived) == [1])
        #expect {
            try fixture.change(.promote(1))
        } throws: {
            code($0) == .refused
                && problem($0) == Problem(.versionArchived, [.version: "http-anomaly@1"])
        }
        try fixture.registry.unarchive(fixture.reference(1), note: Fixture.note)
        #expect(try fixture.version(1).archival == nil)
        try fixture.change(.promote(1))
        let told = try fixture.audit().suffix(3)
        #expect(told.map { $0["act"] } == ["archive", "unarchive", "deploy"])
        #expect(told.prefix(2).allSatisfy { $0["version"] == 1 && $0["digest"] != nil })
    }

    @Test("what the deployment or an alias names is not archived; each refusal says what to do")
    func archiveRefused() throws {
        let fixture = try Fixture(versions: 6)
        try fixture.change(.promote(1))
        try fixture.change(.promote(2))
        try fixture.change(.canary(3, try Share("5%")))
        try fixture.registry.setAlias(
            try AliasName("champion"), to: fixture.reference(4), note: Fixture.note)
        try fixture.registry.archive(fixture.reference(5), note: Fixture.note)
        let before = try fixture.count("audit")
        let cases: [(Int, String, Problem.Kind?)] = [
            (1, "the previous version, which a rollback needs", nil),
            (2, "it is the stable version", nil), (3, "it is the candidate", .versionIsCandidate),
            (4, "it is called champion", .versionHasAlias),
        ]
        for (number, said, kind) in cases {
            #expect {
                try fixture.registry.archive(fixture.reference(number), note: Fixture.note)
            } throws: {
                code($0) == .refused && "\($0)".contains(said) && problem($0)?.kind == kind
            }
        }
        #expect {
            try fixture.registry.archive(fixture.reference(7), note: Fixture.note)
        } throws: { code($0) == .notFound }
        #expect {
            try fixture.registry.unarchive(fixture.reference(6), note: Fixture.note)
        } throws: { code($0) == .unchanged && "\($0)".contains("not archived") }
        #expect {
            try fixture.registry.archive(fixture.reference(5), note: Fixture.note)
        } throws: {
            code($0) == .unchanged
                && problem($0) == Problem(.alreadyArchived, [.version: "http-anomaly@5"])
        }
        #expect(try fixture.count("audit") == before)
        #expect(try fixture.count("archived_versions") == 1)
    }

    @Test("gc plans and removes what nothing needs: shared files and the version's row stay")
    func collects() throws {
        let fixture = try Fixture(versions: 3)
        try fixture.change(.promote(3))
        let nothing = try fixture.registry.collectionPlan()
        #expect(nothing.entries.isEmpty && nothing.bytes == 0)
        try fixture.registry.archive(fixture.reference(1), note: Fixture.note)
        let plan = try fixture.registry.collectionPlan()
        #expect(plan.entries.map(\.reference) == [fixture.reference(1)])
        // The featurizer spec is the other versions', too.
        let (artifact, digest) = Fixture.artifact("model 1")
        let own = ["model.txt", "golden.jsonl"].compactMap { artifact.files[$0]?.count }
        #expect(plan.files == 2)
        #expect(plan.bytes == Int64(own.reduce(0, +)))
        #expect(try fixture.count("blobs") == 7)
        #expect(try fixture.registry.collect(note: Fixture.note) == plan)
        #expect(try fixture.count("blobs") == 5)
        let version = try fixture.version(1)
        #expect(version.digest == digest)
        #expect(version.archival?.collectedAt == Fixture.note.at)
        #expect(try fixture.registry.manifest(digest).bytes == artifact.manifestBytes)
        #expect {
            try fixture.registry.artifact(digest)
        } throws: {
            code($0) == .notFound && "\($0)".contains("http-anomaly@1 is archived, and gc removed")
                && problem($0)?.kind == .filesCollected
        }
        #expect(
            try fixture.registry.artifact(Fixture.artifact("model 2").1).files
                == Fixture.artifact("model 2").0.files)
        let entry = try #require(try fixture.audit().last)
        #expect(entry["act"] == "collect" && entry["version"] == 1)
        #expect(try fixture.registry.collect(note: Fixture.note).entries.isEmpty)
        #expect(try fixture.register("model 9").version.version == 4)
    }

    @Test("an artifact that another version needs stays, and is named")
    func shared() throws {
        let fixture = try Fixture(versions: 2)
        try fixture.register("model 1", as: "twin")
        let twin = VersionReference(model: try ModelName("twin"), version: 1)
        try fixture.registry.archive(fixture.reference(1), note: Fixture.note)
        var plan = try fixture.registry.collectionPlan()
        #expect(plan.entries.isEmpty)
        #expect(plan.kept.map(\.reason) == ["twin@1 is the same artifact"])
        try fixture.registry.archive(twin, note: Fixture.note)
        // Only together do both let it go.
        plan = try fixture.registry.collectionPlan(of: twin.model)
        #expect(plan.entries.isEmpty)
        #expect(plan.kept.map(\.reason) == ["http-anomaly@1 is the same artifact"])
        plan = try fixture.registry.collect(note: Fixture.note)
        #expect(plan.entries.map(\.reference) == [fixture.reference(1), twin])
        #expect(plan.files == 2)
        #expect(try fixture.registry.version(twin).archival?.collectedAt != nil)
    }

    @Test("registering a collected artifact again stores it under its number and takes it back")
    func revives() throws {
        let fixture = try Fixture(versions: 2)
        try fixture.register("model 1", as: "twin")
        let twin = VersionReference(model: try ModelName("twin"), version: 1)
        for reference in [fixture.reference(1), fixture.reference(2), twin] {
            try fixture.registry.archive(reference, note: Fixture.note)
        }
        _ = try fixture.registry.collect(of: twin.model, note: Fixture.note)
        #expect(try fixture.register("model 2").revival == .unarchived)
        try fixture.registry.archive(fixture.reference(2), note: Fixture.note)
        #expect(try fixture.registry.collect(note: Fixture.note).entries.count == 3)
        #expect(try fixture.count("blobs") == 0)
        #expect {
            try fixture.registry.unarchive(fixture.reference(1), note: Fixture.note)
        } throws: { code($0) == .refused && problem($0)?.kind == .filesCollected }
        // To take it back is no way out: the two would name each other for ever.
        #expect {
            try fixture.change(.promote(1))
        } throws: { code($0) == .refused && problem($0)?.kind == .filesCollected }
        let again = try fixture.register("model 1")
        #expect(again.version == fixture.reference(1))
        #expect(!again.isNew && again.revival == .stored)
        #expect(
            try fixture.registry.artifact(again.digest).files == Fixture.artifact("model 1").0.files
        )
        #expect(try fixture.version(1).archival == nil)
        // Its twin is archived as before, and has its files again.
        #expect(try fixture.registry.version(twin).archival?.collectedAt == nil)
        #expect(try fixture.registry.version(twin).archival != nil)
        #expect(try fixture.version(2).archival?.collectedAt != nil)
        let entry = try #require(try fixture.audit().last)
        #expect(entry["act"] == "unarchive" && entry["files"] == "stored again")
        try fixture.change(.promote(1))
        #expect(try fixture.register("model 1").revival == nil)
    }

    @Test("the file shrinks by what was collected, also one from before registries could")
    func givesSpaceBack() throws {
        for isOld in [false, true] {
            let fixture = try Fixture()
            if isOld {
                try fixture.raw().writeWithoutTransaction { db in
                    try db.execute(sql: "PRAGMA auto_vacuum = 0")
                    try db.execute(sql: "VACUUM")
                }
            }
            for number in 1...4 {
                try fixture.register(String(repeating: "\(number)", count: 1 << 20))
            }
            for number in 1...3 {
                try fixture.registry.archive(fixture.reference(number), note: Fixture.note)
            }
            _ = try fixture.registry.giveSpaceBack()
            let plan = try fixture.registry.collect(note: Fixture.note)
            #expect(plan.bytes > 6 << 20)
            let given = try fixture.registry.giveSpaceBack()
            #expect(given > plan.bytes * 9 / 10, "old: \(isOld)")
            #expect(
                try fixture.raw().read { try String.fetchOne($0, sql: "PRAGMA integrity_check") }
                    == "ok")
            #expect(try fixture.registry.artifact(fixture.version(4).digest).files.count == 3)
            #expect(try fixture.registry.giveSpaceBack() == 0)
        }
    }

    @Test("a database past the registry removes no file that is needed")
    func triggers() throws {
        let fixture = try Fixture(versions: 2)
        try fixture.registry.archive(fixture.reference(1), note: Fixture.note)
        try fixture.change(.promote(2))
        for sql in [
            "DELETE FROM artifact_files WHERE artifact = (SELECT artifact FROM versions WHERE number = 2)",
            "DELETE FROM blobs WHERE sha256 IN (SELECT sha256 FROM artifact_files)",
            "INSERT INTO archived_versions VALUES ('http-anomaly', 2, '', '', '', NULL)",
            "INSERT OR REPLACE INTO archived_versions VALUES ('http-anomaly', 1, '', '', '', NULL)",
            "UPDATE archived_versions SET archived_by = 'eve'",
            "DELETE FROM artifact_files WHERE artifact = (SELECT artifact FROM versions WHERE "
                + "number = 1); DELETE FROM archived_versions",
        ] {
            #expect(throws: DatabaseError.self) {
                try fixture.raw().write { try $0.execute(sql: sql) }
            }
        }
        #expect(try fixture.count("artifact_files") == 6)
        #expect(try fixture.version(1).archival?.by == "ada")
    }
}
