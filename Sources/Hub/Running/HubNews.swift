package import Lifecycle
package import Operations
package import Web

/// What a hub tells whoever runs it.
package enum HubNews: Sendable {
    case http(HTTPServerEvent)
    case leader(HubLeader.News)
    /// There is no token that holds, and nobody is let in without one.
    case nobodyKnown
    /// What was announced, or could not be.
    case announced(PendingAnnouncements)
    /// A loop stopped, and is begun again.
    case fault(String, SwerveError)
    case rollout(RolloutNews)
}
