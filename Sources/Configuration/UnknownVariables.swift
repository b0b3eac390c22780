import Lifecycle

/// Environment variables that begin as Swerve's do and are none of them.
///
/// They are most likely mistyped, and the variable that was meant has its default.
package enum UnknownVariables {
    package struct Variable: Sendable, Equatable {
        package let name: String
        /// The one that was most likely meant; nil where none is near.
        package let nearest: String?
    }

    /// By name; an empty variable counts as not set.
    package static func find(in environment: [String: String]) -> [Variable] {
        environment.filter { name, value in
            name.hasPrefix(prefix) && !value.isEmpty && !known.contains(name)
                && !isOthers(name, value)
        }.keys.sorted().map { Variable(name: $0, nearest: nearest(to: $0)) }
    }

    private static func nearest(to name: String) -> String? {
        let rest = String(name.dropFirst(prefix.count))
        if ["BROKERS", "BOOTSTRAP_SERVERS", "KAFKA_BOOTSTRAP_SERVERS", "SERVERS"].contains(rest) {
            return ConfigurationKey.bootstrap.variable
        }
        // Without the prefix, which all have: it is no likeness.
        let names = readByCommands.map { String($0.dropFirst(prefix.count)) }
        return NearestWord.find(rest, among: names).map { prefix + $0 }
    }

    /// Those that a service manager or the project's own tests set.
    private static func isOthers(_ name: String, _ value: String) -> Bool {
        if name.hasPrefix("SWERVE_TEST_") { return true }
        // Kubernetes tells a pod of a service called swerve, or swerve-x, by such.
        if name.hasSuffix("_SERVICE_HOST") || name.contains("_SERVICE_PORT") { return true }
        let port = name.firstRange(of: "_PORT_").flatMap { name[$0.upperBound...].first }
        if port?.isNumber == true { return true }
        return name.hasSuffix("_PORT") && value.contains("://")
    }

    private static let prefix = "SWERVE_"
    private static let readByCommands =
        ["SWERVE_CONFIG", "SWERVE_TOKEN"] + ConfigurationKey.allCases.map(\.variable)
        + ClientVariables.all.map(\.variable)
    private static let known = Set(
        readByCommands + [
            "SWERVE_BIN", "SWERVE_CRASH_AT", "SWERVE_RENEW_SNAPSHOTS", "SWERVE_SHARED",
        ])
}
