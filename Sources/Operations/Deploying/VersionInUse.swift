import Catalogue
import Lifecycle
import Registry

/// A version, and the deployment of its model, which decides by what it serves.
struct VersionInUse {
    private let version: RegisteredVersion
    private let deployment: Deployment

    /// - Parameter version: nil for the stable one.
    /// - Throws: `.refused` where the model was never promoted, `.notFound` for an unknown version.
    init(
        of model: ModelName, version: Int?, in registry: Registry
    ) throws(SwerveError) {
        guard let deployment = try registry.deployment(of: model) else {
            throw SwerveError(
                .refused, act: "reading the settings of \(model)", reason: "it was never promoted",
                problem: Problem(.neverPromoted, [.model: "\(model)"]))
        }
        self.deployment = deployment
        self.version = try registry.version(
            VersionReference(model: model, version: version ?? deployment.stable.version))
    }

    private var present: VersionSettings { deployment.settings[version.reference.version] }

    /// What it decides by now.
    func settings(in registry: Registry) throws(SwerveError) -> SettingsResult {
        let effective = try SettingsCheck.effective(present, of: version, in: registry)
        return SettingsResult(
            model: deployment.model, version: version.reference.version, epoch: deployment.epoch,
            settings: present, threshold: effective.threshold, labels: effective.labels,
            positive: effective.positive, labelRule: effective.labelRule)
    }

    /// The change that puts the request's settings on top of what is set, or with `isReset` of what
    /// the artifact says.
    ///
    /// Loads the version under what is wanted, and so finds a label that it does not know.
    /// - Throws: `.notFound` for a name to take away that no class has.
    func change(
        _ request: SettingsChangeRequest, in registry: Registry
    ) throws(SwerveError) -> DeploymentChange<Int> {
        let before = request.isReset ? VersionSettings() : present
        var settings = request.settings
        if !request.removedLabels.isEmpty {
            settings.labels = try SettingsCheck.labels(
                without: request.removedLabels, under: before, of: version, in: registry)
        }
        let wanted = before.overlaid(with: settings)
        _ = try SettingsCheck.effective(wanted, of: version, in: registry)
        return .settings(version.reference.version, settings, isReset: request.isReset)
    }
}
