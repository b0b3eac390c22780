import Lifecycle
import Operations
package import Registry

/// What the page of keys and tokens is written of.
package struct AccessView: Sendable {
    /// `Backend.keys`.
    package var keys: [RegisteredKey]
    /// Of the hub's own store, newest first; nil where who looks may not see them.
    package var tokens: [TokenRow]?

    package init(keys: [RegisteredKey], tokens: [TokenRow]?) {
        self.keys = keys
        self.tokens = tokens
    }
}

/// A token as it is listed: its hash is kept, and it is never shown.
///
/// As `swerve tokens list` lists it. Times are ISO 8601 UTC.
package struct TokenRow: Sendable, Equatable {
    package var name: String
    /// Who acts with it, as the audit chain names the subject.
    package var subject: String
    /// `reader`, `registrar`, `promoter`, `admin`.
    package var role: String
    /// Of the names of the models that it is good for: `http-*`.
    package var models: String
    package var createdAt: String
    package var createdBy: String
    /// Nil where it holds until it is revoked.
    package var expiresAt: String?
    package var isExpired: Bool
    package var lastUsedAt: String?
    package var revokedAt: String?

    package init(
        name: String, subject: String, role: String, models: String, createdAt: String,
        createdBy: String, expiresAt: String? = nil, isExpired: Bool = false,
        lastUsedAt: String? = nil, revokedAt: String? = nil
    ) {
        self.name = name
        self.subject = subject
        self.role = role
        self.models = models
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.expiresAt = expiresAt
        self.isExpired = isExpired
        self.lastUsedAt = lastUsedAt
        self.revokedAt = revokedAt
    }
}

/// Who may sign what, and who may ask the hub for what.
package struct AccessPage: Page {
    private let view: AccessView

    package init(_ view: AccessView) { self.view = view }

    package var title: String { "Keys and tokens" }
    package var place: PagePlace? { .access }

    package func content(in context: PageContext) -> HTML {
        """
        <div class="page-head"><h1>Keys and tokens</h1></div>
        \(keys(nowMs: context.nowMs))\(tokens(nowMs: context.nowMs))
        """
    }

    private func keys(nowMs: Int64) -> HTML {
        var table = Table(
            id: "keys-table", caption: "Public keys by name: private ones stay with their people",
            columns: [
                Table.Column("Key"), Table.Column("State"), Table.Column("May sign"),
                Table.Column("Added"), Table.Column("Fingerprint"),
            ], isStacked: true)
        for key in view.keys.prefix(Self.rowsMax) {
            let state =
                key.revocation == nil ? StateMark(.well, "holds") : StateMark(.idle, "revoked")
            let note = key.revocation.markup { revocation in
                """
                Revoked \(Moment(revocation.at).full(nowMs: nowMs)) by \(name: revocation.by, limit: 80): \
                \(name: revocation.reason, limit: 300)
                """
            }
            table.add(
                [
                    "\("\(key.name)")", state.markup,
                    key.roles.sorted().map { "<span class=\"tag\">\($0.rawValue)</span>" as HTML }
                        .joined(" "),
                    "\(Moment(key.addedAt).full(nowMs: nowMs)) by \(name: key.addedBy, limit: 80)",
                    "<code class=\"digest\">\(key.fingerprint.description)</code>",
                ], note: note)
        }
        let nothing: HTML = """
            <p class="quiet">No key is known: workers believe what the control topic says. \
            <code>swerve keys add</code> takes one in.</p>

            """
        return Section(id: "keys", title: "Keys", isCard: false).markup(
            table.count > 0 ? table.markup : nothing)
    }

    private func tokens(nowMs: Int64) -> HTML {
        let section = Section(id: "tokens", title: "Tokens", isCard: false)
        guard let tokens = view.tokens else {
            return section.markup("<p class=\"quiet\">Only an admin sees them.</p>\n")
        }
        var table = Table(
            id: "tokens-table", caption: "Tokens, newest first: only their hashes are kept",
            columns: [
                Table.Column("Token"), Table.Column("State"), Table.Column("Subject"),
                Table.Column("Role"), Table.Column("Models"), Table.Column("Created"),
                Table.Column("Expires"), Table.Column("Last used"),
            ], isStacked: true)
        for token in tokens.prefix(Self.rowsMax) {
            let state: StateMark =
                if token.revokedAt != nil {
                    StateMark(.idle, "revoked")
                } else if token.isExpired {
                    StateMark(.doubtful, "expired")
                } else {
                    StateMark(.well, "holds")
                }
            table.add([
                "\(name: token.name, limit: 80)", state.markup,
                "\(name: token.subject, limit: 120)",
                "\(name: token.role, limit: 40)", "<code>\(name: token.models, limit: 120)</code>",
                "\(Moment(token.createdAt).full(nowMs: nowMs)) by \(name: token.createdBy, limit: 80)",
                token.expiresAt.map { Moment($0).full(nowMs: nowMs) } ?? "when revoked",
                token.lastUsedAt.map { Moment($0).full(nowMs: nowMs) }
                    ?? "<span class=\"quiet\">never</span>",
            ])
        }
        let more: HTML =
            tokens.count > Self.rowsMax
            ? "<p class=\"quiet\">and \(tokens.count - Self.rowsMax) more: <code>swerve tokens list</code></p>\n"
            : ""
        let nothing: HTML = """
            <p class="quiet">There is none. <code>swerve tokens create NAME --role promoter</code> makes one.</p>

            """
        return section.markup(table.count > 0 ? table.markup + more : nothing)
    }

    private static let rowsMax = 200
}
