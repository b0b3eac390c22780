package import Lifecycle
package import Platform

/// Which token a hub is shown: that of the environment, else of the file that a login wrote for it.
package struct HubCredentials: Sendable {
    private let environment: [String: String]

    /// - Parameter environment: `SWERVE_TOKEN`, and where the files of this user's settings are
    ///   (`XDG_CONFIG_HOME`, else `HOME`).
    package init(environment: [String: String]) { self.environment = environment }

    /// - Returns: nil where there is none.
    /// - Throws: `.usage` for a variable that is no token; as `TokenFile.read`.
    package func token(for hub: WebAddress) throws(SwerveError) -> String? {
        if let given = environment["SWERVE_TOKEN"], !given.isEmpty {
            guard let token = TokenFile.line(Array(given.utf8)) else {
                throw SwerveError(
                    .usage, act: "reading SWERVE_TOKEN", reason: "it is not one line of text")
            }
            return token
        }
        return try file(for: hub)?.read()
    }

    /// Where the token for a hub is kept; nil where this user has no folder for settings.
    package func file(for hub: WebAddress) -> TokenFile? {
        func absolute(_ name: String) -> String? {
            environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        guard let folder = absolute("XDG_CONFIG_HOME") ?? absolute("HOME").map({ "\($0)/.config" })
        else { return nil }
        var path = hub.path
        while path.hasSuffix("/") { path.removeLast() }
        let host = hub.host.lowercased()
        let address = "\(hub.scheme.rawValue)://\(host):\(hub.port)\(path)"
        // For people by host and port, and apart from all others by the whole address.
        let name = host.utf8.map { byte in
            let isPlain = (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
            return isPlain || byte == 0x2E ? byte : UInt8(ascii: "-")
        }
        let mark = ContentHash.sha256(Array(address.utf8)).hex.prefix(16)
        let stem = String(decoding: name.prefix(Self.hostBytes), as: UTF8.self)
        return TokenFile("\(folder)/swerve/hubs/\(stem)-\(hub.port)-\(mark).token")
    }

    private static let hostBytes = 100
}
