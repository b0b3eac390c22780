import ArgumentParser
import FoundationEssentials
import Lifecycle
import Platform
import Registry

/// Where the registry is.
struct RegistryOptions: ParsableArguments {
    @Option(
        help: "The registry file; default $SWERVE_REGISTRY, else ./swerve.db, made on first use.")
    var registry: String?

    var path: String { registry ?? Environment["SWERVE_REGISTRY"] ?? "./swerve.db" }

    /// Opens it for changes.
    func open(create: Bool = true) throws(SwerveError) -> Registry {
        try Registry.open(path: path, access: .readWrite(create: create))
    }

    /// The version that somebody names; only an alias has to be looked up.
    func resolve(_ selector: VersionSelector) throws(SwerveError) -> VersionReference {
        if case .number(let number) = selector.choice {
            return VersionReference(model: selector.model, version: number)
        }
        return try Registry.open(path: path, access: .readOnly).resolve(selector)
    }
}

/// How results are printed.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print one JSON document on standard output.")
    var json = false
}

/// Non-empty environment variables.
enum Environment {
    static subscript(name: String) -> String? {
        guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else {
            return nil
        }
        return value
    }

    /// Who makes a change, as far as the machine knows it; not verified.
    static var author: String {
        "\(ProcessIdentity.userName)@\(ProcessIdentity.hostName) (unverified)"
    }
}

extension ModelName: ExpressibleByArgument {
    /// As typed; nil for what is not a name.
    public init?(argument: String) {
        guard let name = try? ModelName(argument) else { return nil }
        self = name
    }
}
