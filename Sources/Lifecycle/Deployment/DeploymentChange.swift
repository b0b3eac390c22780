/// What somebody asks of a model's deployment.
///
/// `Version` is how versions are named in it: by number or alias where somebody types it
/// (`VersionSelector.Choice`), by number in a `ChangeOrder`, by number and digest where the
/// deployment after it is found.
package enum DeploymentChange<Version: Sendable & Hashable>: Sendable, Hashable {
    /// All records to this version; completes a canary or a shadow of it.
    case promote(Version)
    /// A share of the records to this version; again with another share, widens or narrows.
    case canary(Version, Share)
    /// This version scores a share of the records and is compared; none is decided by it.
    case shadow(Version, Share)
    /// The candidate becomes stable.
    case complete
    /// Drop the candidate.
    case abort
    /// Drop the candidate; without one, back to the previous stable version.
    case rollback
    /// Back to a version that is named, whatever was live.
    case rollbackTo(Version)
    /// Threshold and labels of a version in the deployment: what is named, on top of what was set
    /// or, with `isReset`, of what the artifact says.
    case settings(Int, VersionSettings, isReset: Bool)
    /// Which labels count as alerts, in place of those that did; they stay over promotions.
    case alerts([String])

    /// The same change with its version named in another way.
    package func map<Other, Failure: Error>(
        _ transform: (Version) throws(Failure) -> Other
    ) throws(Failure) -> DeploymentChange<Other> {
        switch self {
        case .promote(let version): .promote(try transform(version))
        case .canary(let version, let share): .canary(try transform(version), share)
        case .shadow(let version, let share): .shadow(try transform(version), share)
        case .complete: .complete
        case .abort: .abort
        case .rollback: .rollback
        case .rollbackTo(let version): .rollbackTo(try transform(version))
        case .settings(let number, let settings, let isReset):
            .settings(number, settings, isReset: isReset)
        case .alerts(let labels): .alerts(labels)
        }
    }
}

extension DeploymentChange where Version: CustomStringConvertible {
    /// The act, for errors: `promoting http-anomaly@3`.
    package func act(on model: ModelName) -> String {
        switch self {
        case .promote(let version): "promoting \(model)@\(version)"
        case .canary(let version, _): "starting a canary of \(model)@\(version)"
        case .shadow(let version, _): "starting a shadow of \(model)@\(version)"
        case .complete: "completing the candidate of \(model)"
        case .abort: "dropping the candidate of \(model)"
        case .settings(let version, _, _): "changing the settings of \(model)@\(version)"
        case .alerts: "changing which labels of \(model) are alerts"
        case .rollback: "rolling back \(model)"
        case .rollbackTo(let version): "rolling back \(model) to version \(version)"
        }
    }

}

extension DeploymentChange<Int> {
    /// The version that begins to score records; nil where none does but those that did before.
    package var wantedVersion: Int? {
        switch self {
        case .promote(let version), .canary(let version, _), .shadow(let version, _): version
        case .complete, .abort, .rollback, .rollbackTo, .settings, .alerts: nil
        }
    }
}

extension DeploymentChange<DeployedVersion> {
    /// The deployment after the change: a pure rule, tested by tables.
    ///
    /// - Parameters:
    ///   - current: the deployment before; nil where the model never had one.
    ///   - freshSalt: used where a new candidate begins; one that only changes its share or mode
    ///     keeps the salt, so that 5 % stays inside 10 %.
    /// - Throws: `SwerveError.refused`, with the problem, for what makes no sense.
    package func applied(
        to current: Deployment?, model: ModelName, freshSalt: UInt32
    ) throws(SwerveError) -> Deployment {
        guard let current else {
            guard case .promote(let version) = self else { throw refusedWithoutDeployment(model) }
            return Deployment(model: model, epoch: 1, stable: version, salt: freshSalt)
        }
        return switch self {
        case .promote(let version): try current.promoted(version)
        case .canary(let version, let share):
            try current.trying(version, .canary, share, freshSalt: freshSalt)
        case .shadow(let version, let share):
            try current.trying(version, .shadow, share, freshSalt: freshSalt)
        case .complete: try current.completed()
        case .abort: try current.aborted()
        case .rollback: try current.rolledBack()
        case .rollbackTo(let version): try current.rolledBack(to: version)
        case .settings(let version, let change, let isReset):
            try current.adjusted(version, change, isReset: isReset)
        case .alerts(let labels): try current.alerting(labels)
        }
    }

    /// Why nothing has to be done for the change, as what it asks for is so already; nil where it
    /// would change something or makes no sense.
    ///
    /// Completing, dropping and rolling back say what to do and not what is wanted: they are done
    /// already where they made `current` out of `before`.
    /// - Parameters:
    ///   - before: the state before the newest change; nil where there was none.
    ///   - isPending: whether `current` is not announced yet. A rollback asked for again goes
    ///     further back, unless nobody was told of the one before.
    package func alreadySo(
        in current: Deployment, after before: Deployment?, isPending: Bool
    ) -> String? {
        switch self {
        case .promote(let version):
            let isLive = current.stable == version && current.candidate == nil
            return isLive ? "it is stable already" : nil
        case .rollbackTo(let version):
            let isLive = current.stable == version && current.candidate == nil
            return isLive ? "it is live already" : nil
        case .canary(let version, let share):
            let wanted = Candidate(deployed: version, mode: .canary, share: share)
            return current.candidate == wanted ? "it runs already at \(share)" : nil
        case .shadow(let version, let share):
            let wanted = Candidate(deployed: version, mode: .shadow, share: share)
            return current.candidate == wanted ? "it runs already at \(share)" : nil
        case .settings(let version, let change, let isReset):
            guard current.versions.contains(where: { $0.version == version }) else { return nil }
            let settings = current.settings[version]
            let wanted = (isReset ? VersionSettings() : settings).overlaid(with: change)
            return wanted == settings ? "they are so already" : nil
        case .alerts(let labels):
            var settings = current.settings
            settings.alerts = labels
            return settings == current.settings ? "they are so already" : nil
        case .complete:
            return made(current, outOf: before) ? "that is done already" : nil
        case .abort:
            return made(current, outOf: before) ? "that is done already" : nil
        case .rollback:
            return isPending && made(current, outOf: before)
                ? "that is done already, and was not announced" : nil
        }
    }

    private func made(_ current: Deployment, outOf before: Deployment?) -> Bool {
        guard let before,
            let next = try? applied(to: before, model: current.model, freshSalt: current.salt)
        else { return false }
        return next.isSameState(as: current)
    }

    private func refusedWithoutDeployment(_ model: ModelName) -> SwerveError {
        let isTrial =
            switch self {
            case .canary, .shadow: true
            default: false
            }
        return SwerveError(
            .refused, act: map(\.version).act(on: model),
            reason: isTrial
                ? "\(model) has no stable version to compare with" : "it was never promoted",
            problem: Problem(.neverPromoted, [.model: "\(model)"]))
    }
}

extension Deployment {
    /// Whether all but the epoch is the same.
    package func isSameState(as other: Deployment) -> Bool {
        self
            == Deployment(
                model: other.model, epoch: epoch, stable: other.stable, candidate: other.candidate,
                previous: other.previous, salt: other.salt, settings: other.settings)
    }

    fileprivate func promoted(_ version: DeployedVersion) throws(SwerveError) -> Deployment {
        guard stable != version else {
            let problem =
                if let candidate {
                    problem(.candidateRuns, [.mode: candidate.mode.rawValue])
                } else {
                    problem(.liveAlready)
                }
            throw SwerveError(
                .refused, act: "promoting \(model)@\(version.version)",
                reason: "it is stable already", problem: problem)
        }
        return next(stable: version, candidate: nil, previous: stable)
    }

    fileprivate func trying(
        _ version: DeployedVersion, _ mode: Candidate.Mode, _ share: Share, freshSalt: UInt32
    ) throws(SwerveError) -> Deployment {
        let act = "starting a \(mode.rawValue) of \(model)@\(version.version)"
        guard stable != version else {
            throw SwerveError(
                .refused, act: act, reason: "it is the stable version",
                remedy: "name another version")
        }
        let wanted = Candidate(deployed: version, mode: mode, share: share)
        guard candidate != wanted else {
            throw SwerveError(
                .refused, act: act, reason: "it runs already at \(share)",
                problem: problem(.trialRunsAlready))
        }
        let isSame = candidate?.deployed == version
        return next(
            stable: stable, candidate: wanted, previous: previous, salt: isSame ? salt : freshSalt)
    }

    fileprivate func completed() throws(SwerveError) -> Deployment {
        guard let candidate else { throw noCandidate("completing the candidate of \(model)") }
        return try promoted(candidate.deployed)
    }

    fileprivate func aborted() throws(SwerveError) -> Deployment {
        guard candidate != nil else { throw noCandidate("dropping the candidate of \(model)") }
        return next(stable: stable, candidate: nil, previous: previous)
    }

    private func noCandidate(_ act: String) -> SwerveError {
        SwerveError(
            .refused, act: act, reason: "it has none; version \(stable.version) is stable",
            problem: problem(.noCandidate))
    }

    fileprivate func rolledBack() throws(SwerveError) -> Deployment {
        if candidate != nil { return try aborted() }
        guard let previous else {
            throw SwerveError(
                .refused, act: "rolling back \(model)",
                reason: "no previous version is kept (a rollback uses it up)",
                problem: problem(.noPreviousVersion))
        }
        return next(stable: previous, candidate: nil, previous: nil)
    }

    fileprivate func rolledBack(to version: DeployedVersion) throws(SwerveError) -> Deployment {
        guard stable != version || candidate != nil else {
            throw SwerveError(
                .refused, act: "rolling back \(model) to version \(version.version)",
                reason: "it is live already", problem: problem(.liveAlready))
        }
        return next(stable: version, candidate: nil, previous: nil)
    }

    fileprivate func adjusted(
        _ version: Int, _ change: VersionSettings, isReset: Bool
    ) throws(SwerveError) -> Deployment {
        let act = "changing the settings of \(model)@\(version)"
        guard versions.contains(where: { $0.version == version }) else {
            throw SwerveError(
                .refused, act: act, reason: "it is neither stable, candidate nor previous",
                problem: problem(.versionNotDeployed))
        }
        var settings = settings
        settings[version] = (isReset ? VersionSettings() : settings[version]).overlaid(with: change)
        guard settings != self.settings else {
            throw SwerveError(
                .refused, act: act, reason: "they are so already",
                problem: problem(.settingsUnchanged))
        }
        return next(stable: stable, candidate: candidate, previous: previous, settings: settings)
    }

    fileprivate func alerting(_ labels: [String]) throws(SwerveError) -> Deployment {
        let act = "changing which labels of \(model) are alerts"
        guard (1...Limits.labels).contains(labels.count), !labels.contains("") else {
            throw SwerveError(
                .refused, act: act, reason: "1 to \(Limits.labels) labels are needed, none empty")
        }
        var settings = settings
        settings.alerts = labels
        guard settings != self.settings else {
            throw SwerveError(
                .refused, act: act, reason: "they are so already",
                problem: problem(.settingsUnchanged))
        }
        return next(stable: stable, candidate: candidate, previous: previous, settings: settings)
    }

    private func problem(
        _ kind: Problem.Kind, _ objects: [Problem.Object: String] = [:]
    ) -> Problem {
        Problem(kind, objects.merging([.model: "\(model)"]) { given, _ in given })
    }

    private func next(
        stable: DeployedVersion, candidate: Candidate?, previous: DeployedVersion?,
        salt: UInt32? = nil, settings: DeploymentSettings? = nil
    ) -> Deployment {
        let kept = previous == stable ? nil : previous
        let versions = [stable] + [candidate?.deployed, kept].compactMap(\.self)
        return Deployment(
            model: model, epoch: epoch + 1, stable: stable, candidate: candidate, previous: kept,
            salt: salt ?? self.salt, settings: (settings ?? self.settings).keeping(versions))
    }
}

/// How requests and results carry a change.
extension DeploymentChange: Codable where Version: Codable {
    /// `{"kind":"canary","version":8,"share":0.05}`; a rollback with a version goes back to it.
    private enum Kind: String, CaseIterable, Codable {
        case promote, canary, shadow, complete, abort, rollback, settings, alerts
    }

    private enum Key: String, CodingKey {
        case kind, version, share, settings, alerts
        case isReset = "reset"
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        func version() throws -> Version { try fields.decode(Version.self, forKey: .version) }
        func share() throws -> Share { try fields.decode(Share.self, forKey: .share) }
        switch try fields.decode(Kind.self, forKey: .kind) {
        case .promote: self = .promote(try version())
        case .canary: self = .canary(try version(), try share())
        case .shadow: self = .shadow(try version(), try share())
        case .complete: self = .complete
        case .abort: self = .abort
        case .rollback:
            let version = try fields.decodeIfPresent(Version.self, forKey: .version)
            self = version.map { .rollbackTo($0) } ?? .rollback
        case .settings:
            self = .settings(
                try fields.decode(Int.self, forKey: .version),
                try fields.decode(VersionSettings.self, forKey: .settings),
                isReset: try fields.decodeIfPresent(Bool.self, forKey: .isReset) ?? false)
        case .alerts: self = .alerts(try fields.decode([String].self, forKey: .alerts))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(kind, forKey: .kind)
        switch self {
        case .promote(let version), .rollbackTo(let version):
            try fields.encode(version, forKey: .version)
        case .canary(let version, let share), .shadow(let version, let share):
            try fields.encode(version, forKey: .version)
            try fields.encode(share, forKey: .share)
        case .complete, .abort, .rollback: break
        case .settings(let number, let settings, let isReset):
            try fields.encode(number, forKey: .version)
            try fields.encode(settings, forKey: .settings)
            try fields.encode(isReset, forKey: .isReset)
        case .alerts(let labels): try fields.encode(labels, forKey: .alerts)
        }
    }

    private var kind: Kind {
        switch self {
        case .promote: .promote
        case .canary: .canary
        case .shadow: .shadow
        case .complete: .complete
        case .abort: .abort
        case .rollback, .rollbackTo: .rollback
        case .settings: .settings
        case .alerts: .alerts
        }
    }
}
