import Foundation
import GRDB
import Lifecycle
import TestSupport

@testable import Registry

/// A registry of many versions, made cheaply: rows past the registry, as it would write them.
///
/// One artifact file a version of a few bytes, every tenth version archived, the newest of each
/// model stable.
enum LargeCatalogue {
    /// Adds models `m000` … with versions 1 … `versions` each.
    static func fill(_ fixture: Fixture, models: Int, versions: Int) throws {
        try fixture.raw().write { db in
            try db.execute(sql: rows, arguments: ["models": models, "versions": versions])
            let filling = RegistryTransaction(
                db: db, registry: fixture.registry.id, act: "filling")
            try filling.audit.begin(Fixture.note)
        }
    }

    private static let rows = """
        CREATE TEMP TABLE made AS
        WITH RECURSIVE
            m(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM m WHERE i + 1 < :models),
            v(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM v WHERE n < :versions)
        SELECT printf('m%03d', m.i) AS model, v.n AS number,
            'sha256:' || printf('%064x', m.i * 1000000 + v.n) AS digest
        FROM m, v;
        INSERT INTO models SELECT DISTINCT model, '2026-11-23T18:52:00.000Z' FROM made;
        INSERT INTO blobs SELECT digest, CAST(digest AS BLOB) FROM made;
        INSERT INTO artifacts SELECT digest, CAST('{}' AS BLOB) FROM made;
        INSERT INTO artifact_files SELECT digest, 'model.txt', digest FROM made;
        INSERT INTO versions SELECT model, number, digest FROM made ORDER BY model, number;
        INSERT INTO version_metadata
            (model, number, note, metrics, tags, lineage, registered_at, registered_by)
        SELECT model, number, 'trained in the night run ' || number,
            json_object('auc', 0.9 + number * 0.0001, 'f1', 0.8),
            json_object('team', CASE number % 2 WHEN 0 THEN 'red' ELSE 'blue' END, 'data', 'csic'),
            json_object('tool', 'LIBLINEAR', 'tool_version', '2.3', 'author', 'ada'),
            '2026-11-23T18:52:00.000Z', 'ada@trainer (unverified)' FROM made;
        INSERT INTO version_facts SELECT model, number, 'liblinear', length(digest), 0.0, 'self',
            json_array('attack', 'normal'), 'classification', 'text', 262144 FROM made;
        INSERT INTO archived_versions
            SELECT model, number, '2026-11-23T18:52:00.000Z', 'ada', '', NULL FROM made
            WHERE number % 10 = 5;
        INSERT INTO aliases SELECT model, 'champion', number, '2026-11-23T18:52:00.000Z', 'ada'
            FROM made WHERE number = 2;
        DROP TABLE made;
        """
}
