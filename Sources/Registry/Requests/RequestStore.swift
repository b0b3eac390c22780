import FoundationEssentials
import GRDB
import Lifecycle

/// The table `hub_requests`: a day of requests under keys of their clients'.
struct RequestStore {
    let transaction: RegistryTransaction

    struct Row {
        let request: String
        let carrying: String
        let answer: RequestAnswer?
    }

    func find(subject: String, key: String) throws -> Row? {
        try transaction.row(
            """
            SELECT \(CheckedRow.bounded("request", 71, as: "request")),
                \(CheckedRow.bounded("carrying", 64, as: "carrying")), status,
                \(CheckedRow.bounded("head", Self.headBytes, as: "head")),
                \(CheckedRow.bounded("body", Self.bodyBytes, as: "body"))
            FROM hub_requests WHERE subject = ? AND key = ?
            """, [subject, key]
        ).map { row in
            Row(
                request: try row.text("request"), carrying: try row.text("carrying"),
                answer: try row.optionalInteger("status", in: 100...599).map { status in
                    let head =
                        try JSONValue(
                            parsing: row.text("head").utf8, act: transaction.act
                        ).object ?? [:]
                    return RequestAnswer(
                        status: Int(status), head: head.compactMapValues(\.string),
                        body: try row.bytes("body"))
                })
        }
    }

    /// Writes down that the request is carried out, in the transaction of its change; nothing where
    /// an earlier transaction of the same did.
    ///
    /// - Throws: `.refused` where it is, or was, carried out already.
    func claim(_ mark: RequestMark) throws {
        if let row = try find(subject: mark.subject, key: mark.key) {
            guard row.carrying == mark.carrying else { throw atWork() }
            return
        }
        try removeOld(at: mark.atMs)
        try transaction.execute(
            """
            INSERT INTO hub_requests (subject, key, request, carrying, at_ms)
            VALUES (?, ?, ?, ?, ?)
            """,
            [mark.subject, mark.key, mark.request.description, mark.carrying, mark.atMs])
    }

    /// Nothing where the request came to no change.
    func keep(_ answer: RequestAnswer, of mark: RequestMark) throws {
        let head = JSONValue.object(answer.head.mapValues { .string($0) }).text
        guard answer.body.count <= Self.bodyBytes, head.utf8.count <= Self.headBytes else {
            return
        }
        try transaction.execute(
            """
            UPDATE hub_requests SET status = ?, head = ?, body = ?
            WHERE subject = ? AND key = ? AND carrying = ?
            """,
            [
                answer.status, head, Data(answer.body), mark.subject, mark.key, mark.carrying,
            ])
    }

    func atWork() -> SwerveError {
        SwerveError(
            .refused, act: transaction.act, reason: "the same request is being carried out",
            problem: Problem(.requestAtWork))
    }

    /// What is older than a day, and beyond the newest so many.
    ///
    /// Of what is of a time to come nobody knows how old it is, since the clock was set back: it is
    /// kept for a day from now on.
    private func removeOld(at nowMs: Int64) throws {
        try transaction.execute(
            "DELETE FROM hub_requests WHERE at_ms < ?", [nowMs - Self.keptMs])
        try transaction.execute(
            "UPDATE hub_requests SET at_ms = ?1 WHERE at_ms > ?1 + ?2", [nowMs, Self.keptMs])
        try transaction.execute(
            """
            DELETE FROM hub_requests WHERE at_ms <= (
                SELECT at_ms FROM hub_requests ORDER BY at_ms DESC LIMIT 1 OFFSET ?)
            """, [Self.keptRows])
    }

    private static let keptMs: Int64 = 86_400_000
    private static let keptRows = 10_000
    private static let headBytes = 4 << 10
    private static let bodyBytes = 256 << 10
}
