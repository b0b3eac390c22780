import GRDB
import Lifecycle

/// The tables `rollouts` and `rollout_events`.
struct RolloutStore {
    let transaction: RegistryTransaction

    // MARK: Reading

    /// The rollouts that are not over, by model.
    func active() throws -> [RolloutMark] {
        try transaction.rows(
            """
            SELECT id, \(CheckedRow.bounded("model", 63, as: "model")), revision
            FROM rollouts WHERE ended_at IS NULL ORDER BY model
            """
        ).map(Self.mark)
    }

    /// The newest of a model; nil where it never had one.
    func newest(of model: ModelName) throws -> StoredRollout? {
        try transaction.row(
            "\(Self.selection) WHERE model = ? ORDER BY id DESC LIMIT 1", [model.description]
        ).map(Self.rollout)
    }

    func one(_ id: Int64) throws -> StoredRollout? {
        try transaction.row("\(Self.selection) WHERE id = ?", [id]).map(Self.rollout)
    }

    func mark(of id: Int64) throws -> RolloutMark? {
        try transaction.row(
            """
            SELECT id, \(CheckedRow.bounded("model", 63, as: "model")), revision
            FROM rollouts WHERE id = ?
            """, [id]
        ).map(Self.mark)
    }

    /// The newest of what a rollout told, oldest of them first.
    func entries(of id: Int64, newest: Int) throws -> [RolloutEntry] {
        try transaction.rows(
            """
            SELECT number, \(CheckedRow.bounded("at", RegistryBounds.timestampBytes, as: "at")),
                \(CheckedRow.bounded("by", RegistryBounds.authorBytes, as: "by")),
                \(CheckedRow.bounded("event", RegistryBounds.wordBytes, as: "event")),
                \(CheckedRow.bounded("detail", Limits.remarkBytes, as: "detail")), epoch
            FROM rollout_events WHERE rollout = ? ORDER BY number DESC LIMIT ?
            """, [id, max(0, newest)]
        ).reversed().map { row in
            RolloutEntry(
                number: try row.integer("number", in: RegistryBounds.epochs),
                at: try row.text("at"), by: try row.text("by"), event: try row.text("event"),
                detail: try row.text("detail"),
                epoch: try row.optionalInteger("epoch", in: RegistryBounds.epochs))
        }
    }

    private static func mark(_ row: CheckedRow) throws -> RolloutMark {
        RolloutMark(
            id: try row.integer("id", in: RegistryBounds.epochs), model: try row.model("model"),
            revision: try row.integer("revision", in: RegistryBounds.epochs))
    }

    private static let selection = """
        SELECT id, \(CheckedRow.bounded("model", 63, as: "model")), candidate, observes,
            \(MandateStore.mandate),
            \(CheckedRow.bounded("signature", 256, as: "signature")),
            \(CheckedRow.bounded("plan", planBytes, as: "plan")),
            \(CheckedRow.bounded("state", stateBytes, as: "state")), salt,
            \(CheckedRow.bounded("judge", judgeBytes, as: "judge")),
            \(CheckedRow.bounded("report", reportBytes, as: "report")), revision,
            \(CheckedRow.bounded("started_at", RegistryBounds.timestampBytes, as: "started_at")),
            \(CheckedRow.bounded("started_by", RegistryBounds.authorBytes, as: "started_by")),
            \(CheckedRow.bounded("reason", Limits.remarkBytes, as: "reason")),
            \(CheckedRow.bounded("ended_at", RegistryBounds.timestampBytes, as: "ended_at"))
        FROM rollouts LEFT JOIN rollout_mandates ON rollout = id AND number = (
            SELECT max(number) FROM rollout_mandates WHERE rollout = id)
        """

    private static func rollout(_ row: CheckedRow) throws -> StoredRollout {
        let mark = try mark(row)
        let salt = try row.optionalInteger("salt", in: RegistryBounds.salts)
        let judge = try document("judge", judgeBytes, row)
        let report = try document("report", reportBytes, row)
        guard let plan = try document("plan", planBytes, row),
            let state = try document("state", stateBytes, row)
        else { throw row.malformed("rollout", "without a plan or a state") }
        let mandate = try row.optionalText("mandate").map { text in
            SignedMandate(text: text, signature: try row.text("signature"))
        }
        return StoredRollout(
            id: mark.id, model: mark.model,
            candidate: Int(try row.integer("candidate", in: RegistryBounds.versions)),
            isObserved: try row.integer("observes", in: 0...1) == 1, plan: plan, state: state,
            salt: salt.map { UInt32(truncatingIfNeeded: $0) },
            judged: judge.flatMap { judge in
                report.map { RolloutJudgement(judge: judge, report: $0) }
            }, mandate: mandate,
            revision: mark.revision,
            note: ChangeNote(
                by: try row.text("started_by"), at: try row.text("started_at"),
                reason: try row.text("reason")),
            endedAt: try row.optionalText("ended_at"))
    }

    private static func document(
        _ column: String, _ limit: Int, _ row: CheckedRow
    ) throws -> JSONValue? {
        try row.optionalText(column).map {
            try JSONValue(
                parsing: $0.utf8, act: row.act, limit: limit, depth: RegistryBounds.depth)
        }
    }

    /// As the schema counts them, of what is written in ASCII.
    private static let planBytes = 256 << 10
    private static let stateBytes = 1 << 20
    private static let judgeBytes = 16 << 20
    private static let reportBytes = 4 << 20

    // MARK: Writing

    /// - Returns: the new one's id.
    func begin(_ start: RolloutStart, salt: UInt32?, epoch: Int64?) throws -> Int64 {
        try transaction.execute(
            """
            INSERT INTO rollouts (id, model, candidate, observes, plan, state, salt, revision,
                started_at, started_by, reason)
            SELECT (SELECT coalesce(max(id), 0) + 1 FROM rollouts), ?, ?, ?, ?, ?, ?, 1, ?, ?, ?
            """,
            [
                start.model.description, start.candidate, start.isObserved ? 1 : 0,
                start.plan.text, start.state.text, salt.map { Int64($0) }, start.note.at,
                start.note.by, start.note.reason,
            ])
        let id = transaction.db.lastInsertedRowID
        try tell(
            start.tellings, of: id, start.model, candidate: start.candidate, start.note,
            epoch: epoch)
        return id
    }

    /// Holds a rollout against what somebody has read of it.
    ///
    /// - Throws: `.refused` with the problem `rolloutMoved` where it was changed since, or is over.
    func require(_ mark: RolloutMark) throws {
        let isSo = try transaction.exists(
            "SELECT 1 FROM rollouts WHERE id = ? AND revision = ? AND ended_at IS NULL",
            [mark.id, mark.revision])
        guard !isSo else { return }
        throw moved(mark.model, "rollout \(mark.id) of \(mark.model) was changed meanwhile")
    }

    /// - Throws: the same where a model has an active one, which nobody has read.
    func requireNone(of model: ModelName) throws {
        let isThere = try transaction.exists(
            "SELECT 1 FROM rollouts WHERE model = ? AND ended_at IS NULL", [model.description])
        if isThere { throw moved(model, "another rollout of \(model) began meanwhile") }
    }

    private func moved(_ model: ModelName, _ reason: String) -> SwerveError {
        SwerveError(
            .refused, act: transaction.act, reason: reason,
            problem: Problem(.rolloutMoved, [.model: "\(model)"]))
    }

    func save(_ change: RolloutChange, salt: UInt32?, epoch: Int64?) throws {
        try transaction.execute(
            """
            UPDATE rollouts SET state = ?1, salt = ?2,
                judge = CASE WHEN ?3 THEN ?4 ELSE coalesce(?4, judge) END,
                report = CASE WHEN ?3 THEN ?5 ELSE coalesce(?5, report) END,
                revision = revision + 1, ended_at = ?6
            WHERE id = ?7 AND revision = ?8
            """,
            [
                change.state.text, salt.map { Int64($0) }, change.forgetsJudged,
                change.judged?.judge.text, change.judged?.report.text,
                change.isOver ? change.note.at : nil, change.mark.id,
                change.mark.revision,
            ])
        guard !change.tellings.isEmpty else { return }
        let candidate = try transaction.row(
            "SELECT candidate FROM rollouts WHERE id = ?", [change.mark.id]
        )?.integer("candidate", in: RegistryBounds.versions)
        try tell(
            change.tellings, of: change.mark.id, change.mark.model, candidate: Int(candidate ?? 0),
            change.note, epoch: epoch)
    }

    private func tell(
        _ tellings: [RolloutTelling], of id: Int64, _ model: ModelName, candidate: Int,
        _ note: ChangeNote, epoch: Int64?
    ) throws {
        for telling in tellings {
            try transaction.execute(
                """
                INSERT INTO rollout_events (rollout, number, at, by, event, detail, epoch)
                SELECT ?1, (SELECT coalesce(max(number), 0) + 1 FROM rollout_events
                    WHERE rollout = ?1), ?2, ?3, ?4, ?5, ?6
                """,
                [
                    id, note.at, note.by, telling.event,
                    telling.detail.shortened(to: Self.detailCharacters), epoch,
                ])
        }
        try transaction.events.tell(
            tellings, ofRollout: id, model, candidate: candidate, note, epoch: epoch)
    }

    /// At most four bytes each.
    private static let detailCharacters = 1_000
}
