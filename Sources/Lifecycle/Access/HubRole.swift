/// What somebody may ask of a hub; each may do what those before it may.
package enum HubRole: String, Sendable, CaseIterable, Comparable, Codable {
    /// Looks.
    case reader
    /// Registers versions, and says what is said of them.
    case registrar
    /// Changes deployments.
    case promoter
    /// Keys, tokens, and what is of the whole registry.
    case admin

    package static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }

    package static func < (left: HubRole, right: HubRole) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .reader: 0
        case .registrar: 1
        case .promoter: 2
        case .admin: 3
        }
    }

    /// - Throws: `.usage` for a text that is none.
    package init(_ text: String) throws(SwerveError) {
        guard let role = HubRole(rawValue: text) else {
            throw SwerveError(
                .usage, act: "reading role '\(text.shortened(to: 40))'", reason: "not a role",
                remedy: "roles are \(Self.names)")
        }
        self = role
    }
}
