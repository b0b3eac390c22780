package import Lifecycle
import Platform

/// Where a configuration comes from: options beat environment beats file.
///
/// On the command line an option of its own (`--registry`) beats `--set`, and the last `--set` of a
/// key beats those before it.
package struct ConfigurationSources: Sendable {
    /// As `--config` names it; `SWERVE_CONFIG` without, and `./swerve.yaml` where it is there.
    package var file: String?
    package var environment: [String: String]
    /// `KEY=VALUE`, as `--set` takes it.
    package var settings: [String] = []
    /// Of options that stand for keys, what was given.
    package var options: [ConfigurationKey: String] = [:]

    package init(file: String? = nil, environment: [String: String]) {
        self.file = file
        self.environment = environment
    }

    /// - Parameter usualFile: what is read where no file is named, if it is there.
    /// - Throws: `.usage` for what cannot be read: no file, no YAML, an unknown key, a `--set` that
    ///   is none.
    package func resolve(
        usualFile: String = "./swerve.yaml"
    ) throws(SwerveError) -> Configuration {
        var configuration = try read(usualFile)
        try apply(to: &configuration)
        return configuration
    }

    /// Environment and command line over what the file says.
    func apply(to configuration: inout Configuration) throws(SwerveError) {
        for key in ConfigurationKey.allCases {
            guard let value = variable(key.variable) else { continue }
            configuration.set(key.rawValue, value, .environment(key.variable))
        }
        for (name, variable) in ClientVariables.all {
            guard let value = self.variable(variable) else { continue }
            configuration.set(name, value, .environment(variable))
        }
        for setting in settings { try Self.apply(setting, to: &configuration) }
        for (key, value) in options {
            configuration.set(key.rawValue, value, .option(key.row.option ?? "--set"))
        }
        try configuration.checkBytes()
    }

    /// A variable that is there and not empty.
    private func variable(_ name: String) -> String? {
        guard let value = environment[name], !value.isEmpty else { return nil }
        return value
    }

    private func read(_ usualFile: String) throws(SwerveError) -> Configuration {
        if let path = file ?? variable("SWERVE_CONFIG") {
            do throws(SwerveError) {
                return try Self.read(path)
            } catch {
                throw error.ofNamedFile
            }
        }
        do throws(SwerveError) {
            return try Self.read(usualFile)
        } catch {
            guard error.code == .notFound else {
                guard error.code == .system else { throw error.ofNamedFile }
                // Nobody named it, so nobody may have meant it.
                throw SwerveError(
                    .usage, act: error.act,
                    reason: "\(error.reason); it is read because it is looked for in the folder "
                        + "where you are",
                    remedy: "go to another folder, or name the configuration with --config; or "
                        + error.remedy, problem: error.problem)
            }
            return Configuration(name: "the configuration (no swerve.yaml here)")
        }
    }

    private static func read(_ path: String) throws(SwerveError) -> Configuration {
        let bytes = try StateFile.read(path, limit: fileBytes)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SwerveError(
                .usage, act: "reading \(path)", reason: "not UTF-8",
                remedy: "save it in UTF-8, without what other encodings write")
        }
        return try ConfigurationFile.parse(text, name: path)
    }

    private static func apply(
        _ setting: String, to configuration: inout Configuration
    ) throws(SwerveError) {
        let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw SwerveError(
                // Not what follows the key: it may be a password.
                .usage,
                act: "reading --set "
                    + "'\(String(setting.prefix { !":= ".contains($0) }).shortened(to: 80))…'",
                reason: "not KEY=VALUE", remedy: "write --set KEY=VALUE")
        }
        let name = String(parts[0])
        guard KeyNames.isKnown(name) else {
            throw SwerveError(
                .usage, act: "reading --set", reason: KeyNames.reason(against: name),
                remedy: KeyNames.remedy(for: name))
        }
        if let refusal = ClientVariables.refusal(of: name) ?? OwnSecrets.refusal(of: name) {
            throw refusal
        }
        configuration.set(name, String(parts[1]), .option("--set"))
    }

    private static let fileBytes = 1 << 20
}
