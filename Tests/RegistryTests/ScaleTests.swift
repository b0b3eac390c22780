import Foundation
import GRDB
import Lifecycle
import Platform
import TestSupport
import Testing

@testable import Registry

@Suite("many versions")
struct ScaleTests {
    @Test("10,000 versions of 100 models are listed, searched and changed as few are")
    func many() throws {
        let fixture = try Fixture()
        try LargeCatalogue.fill(fixture, models: 100, versions: 100)
        let registry = fixture.registry
        let models = try registry.models()
        #expect(models.count == 100)
        #expect(models.allSatisfy { $0.versions == 100 && $0.archived == 10 })
        let name = try ModelName("m050")
        #expect(try registry.versions(of: name).count == 100)
        let found = try registry.versions(
            matching: VersionQuery("metric.auc >= 0.9095 and tag.team = red and not archived"))
        #expect(found.count == 300)
        #expect(try registry.versions(matching: VersionQuery("note ~ NIGHT")).count == 10_000)
        for number in [1, 2, 3] {
            let deployment = try registry.change(
                ChangeOrder(.change(.promote(number)), of: name, note: Fixture.note, freshSalt: 1))
            #expect(deployment.epoch == Int64(number))
        }
        #expect(try registry.collectionPlan().entries.count == 1_000)
        #expect(try registry.collect(note: Fixture.note).files == 1_000)
    }

    @Test(
        "what is asked for often is found through an index",
        arguments: ["models", "show", "version", "register", "promote", "alias", "outbox"])
    func plans(what: String) throws {
        let fixture = try Fixture()
        try LargeCatalogue.fill(fixture, models: 3, versions: 20)
        let registry = fixture.registry
        let name = try ModelName("m001")
        let reference = VersionReference(model: name, version: 2)
        _ = try registry.change(
            ChangeOrder(.change(.promote(1)), of: name, note: Fixture.note, freshSalt: 1))
        let statements = Guarded<[String]>([])
        // One connection, so that what is traced here is what the calls below run.
        try registry.read("tracing") { transaction in
            transaction.db.trace { event in
                guard case .statement(let statement) = event else { return }
                statements.withLock { $0.append(statement.expandedSQL) }
            }
        }
        switch what {
        case "models": _ = try registry.models()
        case "show": _ = try registry.versions(of: name)
        case "version": _ = try registry.version(reference)
        case "alias": _ = try registry.resolve(VersionSelector("m001@champion"))
        case "register": try fixture.register("new", as: "m001", aliases: ["champion"])
        case "outbox":
            _ = try registry.pendingPublications()
            try registry.markPublished(name, upTo: 1, at: "now")
        default:
            _ = try registry.change(
                ChangeOrder(.change(.promote(2)), of: name, note: Fixture.note, freshSalt: 1))
        }
        let traced = statements.withLock { $0 }.filter { sql in
            ["SELECT", "INSERT", "UPDATE", "DELETE"].contains { sql.hasPrefix($0) }
        }
        #expect(!traced.isEmpty)
        // The chain's end is read backwards from its key, and no further. Few, however many
        // versions there are, are these:
        let small = [
            "m", "models", "d", "s", "x", "CONSTANT", "(subquery-", "(join-", "j", "webhooks",
            "json_each",
        ]
        for sql in Set(traced) where !sql.hasSuffix("ORDER BY sequence DESC LIMIT 1") {
            let plan = try fixture.raw().read { db in
                try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + sql).map { row in
                    String.fromDatabaseValue(row["detail"]) ?? ""
                }
            }
            // The index of what is pending holds nothing else.
            for line in plan where line.hasPrefix("SCAN ") && !line.contains("outbox_pending") {
                // What a change signs is held against the whole chain.
                if what == "promote", line.hasPrefix("SCAN audit") { continue }
                let table = line.dropFirst(5).prefix { $0 != " " }
                #expect(
                    small.contains { table.hasPrefix($0) && $0.count > 2 || table == $0 },
                    "\(line) in \(sql)")
            }
        }
    }
}
