package import Catalogue
package import Fleet
import Lifecycle
package import Operations

// Cases of the answers' enumerations that carry values, for the OpenAPI document: their decoding
// does not tell them. A test holds answers against it.

extension ChangeWarning: JSONCased {
    package static let jsonCases = [
        "comparedNothing", "comparisonsUnknown", "slotAhead", "slotsUnheard",
    ]
}

extension ConvergenceResult.Verdict: JSONCased {
    package static let jsonCases = ["converged", "rejected", "overtaken", "waiting"]
}

extension PendingAnnouncements.Obstacle: JSONCased {
    package static let jsonCases = ["noBrokersNamed", "fault"]
}

extension RegistryVerifier.Check.Outcome: JSONCased {
    package static let jsonCases = ["sound", "failed", "skipped"]
}

extension ArtifactDiff.Weights: JSONCased {
    package static let jsonCases = ["compared", "notCompared"]
}

extension FleetStatus: JSONCased {
    package static let jsonCases = ["model", "all"]
}

extension Convergence.Verdict: JSONCased {
    package static let jsonCases = ["converged", "rejected", "overtaken", "waiting"]
}
