package import Lifecycle

/// What the fleet has compared when a candidate becomes the stable version; pure.
package enum CandidateEvidence {
    /// The version that `change` makes the stable one, where it is the candidate of `deployment`.
    package static func completed(
        by change: DeploymentChange<Int>, of deployment: Deployment?
    ) -> DeployedVersion? {
        guard let candidate = deployment?.candidate?.deployed else { return nil }
        switch change {
        case .complete: return candidate
        case .promote(let version): return version == candidate.version ? candidate : nil
        case .canary, .shadow, .abort, .rollback, .rollbackTo, .settings, .alerts: return nil
        }
    }

    /// The doubt of whoever completes a candidate that nobody has compared; nil where somebody has.
    ///
    /// - Parameter heard: what slots said last; nil where the status topic was not read to its end.
    package static func warning(
        completing candidate: DeployedVersion, over stable: DeployedVersion,
        heard: [StatusRecord]?
    ) -> ChangeWarning? {
        guard let heard else {
            return .comparisonsUnknown(candidate: candidate.version)
        }
        let compared = heard.flatMap { [$0.comparison, $0.comparisonBefore] }
            .compactMap(\.self)
            .filter {
                $0.candidate == candidate.version && $0.stable == stable.version && $0.isSensible
            }
            .reduce(Int64(0)) { StatusCount.sum($0, $1.records) }
        guard compared == 0 else { return nil }
        return .comparedNothing(candidate: candidate.version, stable: stable.version)
    }
}
