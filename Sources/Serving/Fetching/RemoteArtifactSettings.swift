import Configuration
import Lifecycle
package import Transfer

/// Where artifacts come from over the web, as the configuration says it.
package struct RemoteArtifactSettings: Sendable, Equatable, Codable {
    /// With `AddressTemplate.place` in it.
    package var address: String
    package var connection = WebConnection()
    package var tokenFile: String?

    package init(address: String) { self.address = address }
}

extension WorkerConfiguration {
    /// How artifacts are fetched; nil where they come from the registry's file.
    ///
    /// - Parameters:
    ///   - source: the key that `artifacts` is the value of.
    ///   - artifacts: a path or a URL.
    static func remoteArtifacts(
        _ configuration: Configuration, _ source: ConfigurationKey, _ artifacts: String
    ) throws(SwerveError) -> RemoteArtifactSettings? {
        guard isURL(artifacts) else {
            if let key = ofURLs.first(where: { configuration.given($0) != nil }) {
                throw configuration.wrong(
                    key, "is for artifacts from a server, and they come from a file",
                    remedy: "remove it, or give artifacts a URL")
            }
            return nil
        }
        guard source == .artifacts else {
            throw configuration.wrong(
                source, "is a URL, and a registry is a file",
                remedy: "name the file; artifacts may be a URL")
        }
        let address: WebAddress
        do throws(SwerveError) {
            let template = try AddressTemplate(artifacts, act: "reading artifacts")
            address = try template.address("0", act: "reading artifacts")
        } catch {
            throw configuration.wrong(
                source, "cannot be used: \(error.reason)", remedy: error.remedy)
        }
        var settings = RemoteArtifactSettings(address: artifacts)
        settings.tokenFile = configuration.text(.artifactsTokenFile)
        settings.connection.caFile = configuration.text(.artifactsCAFile)
        settings.connection.certificateFile = configuration.text(.artifactsCertificateFile)
        settings.connection.keyFile = configuration.text(.artifactsKeyFile)
        if settings.tokenFile != nil, address.scheme == .http, !address.isLoopback {
            throw configuration.wrong(
                .artifactsTokenFile,
                "does not go with http: everybody on the way could read the token",
                remedy: "use https")
        }
        guard (settings.connection.certificateFile == nil) == (settings.connection.keyFile == nil)
        else {
            throw configuration.wrong(
                settings.connection.keyFile == nil ? .artifactsCertificateFile : .artifactsKeyFile,
                "needs the other one of certificate and key",
                remedy: "give artifacts.certificate_file and artifacts.key_file")
        }
        return settings
    }

    /// Whether it begins as a URL does; a path may have such a beginning only with `./` before it.
    private static func isURL(_ text: String) -> Bool {
        let scheme = text.prefix {
            $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0))
        }
        guard !scheme.isEmpty else { return false }
        let rest = text[scheme.endIndex...]
        return rest.hasPrefix("://") || (rest.hasPrefix(":") && scheme == "file")
    }

    private static let ofURLs: [ConfigurationKey] = [
        .artifactsTokenFile, .artifactsCAFile, .artifactsCertificateFile, .artifactsKeyFile,
    ]
}
