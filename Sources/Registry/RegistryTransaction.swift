import GRDB
import Lifecycle

/// One snapshot that is read, or one transaction that writes, for one act.
///
/// The stores hang from it. Each has the statements on one group of tables; what joins many tables
/// to look something up stands in Search, what holds them against the audit chain in Audit.
struct RegistryTransaction {
    let db: Database
    /// The registry's id.
    let registry: String
    /// What is being done, to what, for errors.
    let act: String
    /// What this connection has read of the audit chain before.
    var auditMemory = AuditMemory()

    var models: ModelStore { ModelStore(transaction: self) }
    var versions: VersionStore { VersionStore(transaction: self) }
    var artifacts: ArtifactStore { ArtifactStore(transaction: self) }
    var aliases: AliasStore { AliasStore(transaction: self) }
    var archive: ArchiveStore { ArchiveStore(transaction: self) }
    var keys: KeyStore { KeyStore(transaction: self) }
    var tokens: TokenStore { TokenStore(transaction: self) }
    var signatures: SignatureStore { SignatureStore(transaction: self) }
    var deployments: DeploymentStore { DeploymentStore(transaction: self) }
    var history: HistoryStore { HistoryStore(transaction: self) }
    var outbox: OutboxStore { OutboxStore(transaction: self) }
    var rollouts: RolloutStore { RolloutStore(transaction: self) }
    var mandates: MandateStore { MandateStore(transaction: self) }
    var webhooks: WebhookStore { WebhookStore(transaction: self) }
    /// What webhooks are told: every change that they are told of is told here.
    var events: WebhookOutbox { WebhookOutbox(transaction: self) }
    var deliveries: DeliveryStore { DeliveryStore(transaction: self) }
    var lease: LeaseStore { LeaseStore(transaction: self) }
    var requests: RequestStore { RequestStore(transaction: self) }
    var audit: AuditStore { AuditStore(transaction: self) }
    var search: VersionSearch { VersionSearch(transaction: self) }
    /// Whether the audit chain bears out what is about to be signed or announced.
    var witness: AuditWitness { AuditWitness(transaction: self) }
}

extension RegistryTransaction {
    /// The first row; the statement is prepared once a connection.
    func row(
        _ sql: String, _ arguments: StatementArguments = StatementArguments()
    ) throws -> CheckedRow? {
        let statement = try db.cachedStatement(sql: sql)
        return try Row.fetchOne(statement, arguments: arguments)
            .map { CheckedRow(row: $0, act: act, columns: statement.columnNames) }
    }

    /// All rows at once: for as many as one model has of a kind; the statement is prepared once a
    /// connection.
    ///
    /// - Parameter isKept: whether so; not where the text has values in it, since each text is kept
    ///   for as long as the connection.
    func rows(
        _ sql: String, _ arguments: StatementArguments = StatementArguments(), isKept: Bool = true
    ) throws -> [CheckedRow] {
        let statement = try statement(sql, isKept)
        let columns = statement.columnNames
        return try Row.fetchAll(statement, arguments: arguments)
            .map { CheckedRow(row: $0, act: act, columns: columns) }
    }

    private func statement(_ sql: String, _ isKept: Bool) throws -> Statement {
        isKept ? try db.cachedStatement(sql: sql) : try db.makeStatement(sql: sql)
    }

    /// One row after the other, however many there are.
    ///
    /// - Parameter isKept: whether the statement is prepared once a connection, as in `rows`; then
    ///   `body` must not come to the same.
    func forEachRow(
        _ sql: String, _ arguments: StatementArguments = StatementArguments(),
        isKept: Bool = false, _ body: (CheckedRow) throws -> Void
    ) throws {
        let statement = try statement(sql, isKept)
        let columns = statement.columnNames
        let rows = try Row.fetchCursor(statement, arguments: arguments)
        while let row = try rows.next() {
            try body(CheckedRow(row: row, act: act, columns: columns))
        }
    }

    func exists(_ sql: String, _ arguments: StatementArguments) throws -> Bool {
        try Row.fetchOne(db.cachedStatement(sql: sql), arguments: arguments) != nil
    }

    func execute(_ sql: String, _ arguments: StatementArguments) throws {
        try db.execute(sql: sql, arguments: arguments)
    }

    /// The error that somebody's editing of the file, or damage, makes.
    func edited(_ reason: String) -> SwerveError {
        SwerveError(
            .invalid, act: act, reason: reason,
            remedy: "the registry was edited by hand or is damaged; restore a backup")
    }
}
