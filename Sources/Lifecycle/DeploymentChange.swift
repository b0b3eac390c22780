/// What somebody asks of a model's deployment.
package enum DeploymentChange: Sendable, Equatable {
    /// All records to this version; completes a canary of it.
    case promote(DeployedVersion)
    /// A share of the records to this version; again with another share, widens or narrows.
    case canary(DeployedVersion, Share)
    /// Drop the candidate; without one, back to the previous stable version.
    case rollback
    /// Back to a version named by number, whatever was live.
    case rollbackTo(DeployedVersion)
}

extension DeploymentChange {
    /// The deployment after the change: a pure rule, tested by tables.
    ///
    /// - Parameters:
    ///   - current: the deployment before; nil where the model never had one.
    ///   - freshSalt: used where a new canary begins; a canary that only changes its share keeps
    ///     the salt, so that 5 % stays inside 10 %.
    /// - Throws: `SwerveError.refused`, with the remedy, for what makes no sense.
    package func applied(
        to current: Deployment?, model: ModelName, freshSalt: UInt32
    ) throws(SwerveError) -> Deployment {
        switch self {
        case .promote(let version):
            return try promoted(version, current: current, model: model, freshSalt: freshSalt)
        case .canary(let version, let share):
            return try canaried(version, share, current: current, model: model, salt: freshSalt)
        case .rollback:
            return try rolledBack(current: current, model: model)
        case .rollbackTo(let version):
            guard let current else { throw Self.nothingLive(model) }
            guard current.stable.version != version.version || current.candidate != nil else {
                throw SwerveError(
                    .refused, act: "rolling back \(model) to version \(version.version)",
                    reason: "it is live already")
            }
            return current.next(stable: version, candidate: nil, previous: nil)
        }
    }

    private func promoted(
        _ version: DeployedVersion, current: Deployment?, model: ModelName, freshSalt: UInt32
    ) throws(SwerveError) -> Deployment {
        guard let current else {
            return Deployment(model: model, epoch: 1, stable: version, salt: freshSalt)
        }
        guard current.stable != version else {
            throw SwerveError(
                .refused, act: "promoting \(model)@\(version.version)",
                reason: "it is stable already",
                remedy: current.candidate == nil
                    ? "see: swerve status \(model)" : "to end the canary: swerve rollback \(model)")
        }
        return current.next(stable: version, candidate: nil, previous: current.stable)
    }

    private func canaried(
        _ version: DeployedVersion, _ share: Share, current: Deployment?, model: ModelName,
        salt: UInt32
    ) throws(SwerveError) -> Deployment {
        let act = "starting a canary of \(model)@\(version.version)"
        guard let current else {
            throw SwerveError(
                .refused, act: act, reason: "\(model) has no stable version to compare with",
                remedy: "promote a first version without --canary")
        }
        guard current.stable != version else {
            throw SwerveError(
                .refused, act: act, reason: "it is the stable version",
                remedy: "name another version")
        }
        let isSameCanary = current.candidate?.deployed == version
        let candidate = Candidate(deployed: version, mode: .canary, share: share)
        guard current.candidate != candidate else {
            throw SwerveError(
                .refused, act: act, reason: "it runs already at \(share)",
                remedy: "give another share, or promote it without --canary")
        }
        return current.next(
            stable: current.stable, candidate: candidate, previous: current.previous,
            salt: isSameCanary ? current.salt : salt)
    }

    private func rolledBack(
        current: Deployment?, model: ModelName
    ) throws(SwerveError) -> Deployment {
        guard let current else { throw Self.nothingLive(model) }
        if current.candidate != nil {
            return current.next(
                stable: current.stable, candidate: nil, previous: current.previous)
        }
        guard let previous = current.previous else {
            throw SwerveError(
                .refused, act: "rolling back \(model)",
                reason: "no previous version is kept (a rollback uses it up)",
                remedy: "name one: swerve rollback \(model) --to V; see swerve history \(model)")
        }
        return current.next(stable: previous, candidate: nil, previous: nil)
    }

    private static func nothingLive(_ model: ModelName) -> SwerveError {
        SwerveError(
            .refused, act: "rolling back \(model)", reason: "it was never promoted",
            remedy: "promote a version: swerve promote \(model)@1")
    }
}

extension Deployment {
    fileprivate func next(
        stable: DeployedVersion, candidate: Candidate?, previous: DeployedVersion?,
        salt: UInt32? = nil
    ) -> Deployment {
        Deployment(
            model: model, epoch: epoch + 1, stable: stable, candidate: candidate,
            previous: previous == stable ? nil : previous, salt: salt ?? self.salt,
            settings: settings)
    }
}
