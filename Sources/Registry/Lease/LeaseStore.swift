import GRDB
import Lifecycle

/// The table `hub_lease`: one row, once a hub has led the registry.
struct LeaseStore {
    let transaction: RegistryTransaction

    /// Nil before the first.
    func current() throws -> HubLease? {
        try transaction.row(
            """
            SELECT term, \(CheckedRow.bounded("incarnation", incarnation, as: "incarnation")),
                \(CheckedRow.bounded("holder", RegistryBounds.authorBytes, as: "holder")),
                \(CheckedRow.bounded("address", RegistryBounds.authorBytes, as: "address")),
                \(CheckedRow.bounded("taken_at", RegistryBounds.timestampBytes, as: "taken_at")),
                \(CheckedRow.bounded("boot", incarnation, as: "boot")), renewed_ms, span_ms, released
            FROM hub_lease WHERE only_row = 1
            """
        ).map { row in
            HubLease(
                term: try row.integer("term", in: RegistryBounds.epochs),
                incarnation: try row.text("incarnation"), holder: try row.text("holder"),
                address: try row.text("address"), takenAt: try row.text("taken_at"),
                renewed: BootMoment(
                    boot: try row.text("boot"),
                    ms: try row.integer("renewed_ms", in: 0...Int64.max)),
                spanMs: try row.integer("span_ms", in: RegistryBounds.leaseSpans),
                isReleased: try row.integer("released", in: 0...1) == 1)
        }
    }

    private var incarnation: Int { RegistryBounds.incarnationBytes }

    func take(_ claim: LeaseClaim, term: Int64, at: String, now: BootMoment) throws {
        try transaction.execute(
            """
            INSERT INTO hub_lease (only_row, term, incarnation, holder, address, taken_at, boot,
                renewed_ms, span_ms, released)
            VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, 0)
            ON CONFLICT (only_row) DO UPDATE SET term = excluded.term,
                incarnation = excluded.incarnation, holder = excluded.holder,
                address = excluded.address, taken_at = excluded.taken_at, boot = excluded.boot,
                renewed_ms = excluded.renewed_ms, span_ms = excluded.span_ms, released = 0
            """,
            [
                term, claim.incarnation, claim.holder, claim.address, at, now.boot, now.ms,
                claim.spanMs,
            ])
    }

    func renew(_ term: Int64, now: BootMoment) throws {
        try transaction.execute(
            "UPDATE hub_lease SET boot = ?, renewed_ms = ? WHERE term = ?",
            [now.boot, now.ms, term])
    }

    /// Of a copy, which an older swerve's registry may have been without the table.
    static let table = "hub_lease"

    func releaseAll() throws {
        try transaction.execute("UPDATE hub_lease SET released = 1", [])
    }

    func release(_ term: Int64) throws {
        try transaction.execute("UPDATE hub_lease SET released = 1 WHERE term = ?", [term])
    }
}
