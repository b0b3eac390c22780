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
    case certificate(CertificateNews)
    /// A webhook was not told, and why.
    case untold(webhook: Int64, delivery: Int64, words: String, isTriedAgain: Bool)
}

/// What becomes of the certificate that a hub shows.
package enum CertificateNews: Sendable, Equatable {
    /// New connections are shown the one that lies there now.
    case replaced(endsAtMs: Int64)
    /// What lies there cannot be used; the one from before is shown.
    case unusable(SwerveError)
    /// In so many days, or by now; told once a day.
    case ends(inDays: Int64)
}
