/// What a key may sign.
package enum KeyRole: String, Sendable, Hashable, CaseIterable, Comparable, Codable {
    /// Artifacts.
    case register
    /// Deployments.
    case promote

    package static func < (left: KeyRole, right: KeyRole) -> Bool {
        left.rawValue < right.rawValue
    }
}
