import Fleet
import Lifecycle
import Operations
import Pages

/// The fleet as all who look see it: what was heard last, how old that is, and what is wrong.
struct FleetView: Sendable {
    /// Nil before the status topic was read to its end.
    var snapshot: FleetSnapshot?
    /// Of all models, by name, as of the snapshot.
    var reports: [FleetReport] = []
    /// When the snapshot was made, clock of the wall; nil without one.
    var atMs: Int64?
    /// Why nothing newer is known of the fleet; nil where all is well.
    var fault: String?
    /// Why the reports know nothing of what the registry has; nil where they do.
    ///
    /// The fleet is heard all the same.
    var registryFault: String?
    var rates = AlertRates()
    /// One more with each change.
    var generation: Int64 = 0

    func report(of model: ModelName) -> FleetReport? { reports.first { $0.model == model } }

    /// What is wrong, for whoever is told once; nil where all is well.
    var told: String? {
        fault ?? registryFault.map { "what the registry has is not known: \($0)" }
    }

    /// What a page says above a fleet that is not known as it is now; nil where it is.
    func faultWords(nowMs: Int64) -> String? {
        guard let fault else {
            return registryFault.map { "What the registry has is not known just now: \($0)" }
        }
        guard let atMs else { return fault }
        let seconds = max(0, (nowMs - atMs) / 1_000)
        return "What is shown was heard \(seconds) s ago: \(fault)"
    }
}
