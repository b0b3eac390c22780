import Configuration
import Hub
import Lifecycle
import Transfer

/// How people sign in at an issuer with their browsers, as a configuration says it.
enum HubSignIn {
    /// - Returns: nil where nobody does.
    /// - Throws: `.usage` for what makes no sense.
    static func settings(
        _ configuration: Configuration
    ) throws(SwerveError) -> IssuerSettings.SignIn? {
        guard let client = configuration.text(.hubClientID) else { return nil }
        let scopes = try configuration.list(.hubScopes)
        guard scopes.contains("openid") else {
            throw configuration.wrong(
                .hubScopes, "has no openid in it",
                remedy: "add it: without it the issuer says nothing of who signs in")
        }
        return IssuerSettings.SignIn(
            clientID: client, secret: try configuration.secret(.hubClientSecret),
            secretFile: configuration.text(.hubClientSecretFile), scopes: scopes,
            publicURL: try publicURL(configuration))
    }

    /// Without a slash at its end.
    private static func publicURL(_ configuration: Configuration) throws(SwerveError) -> String {
        var url = try configuration.required(.hubPublicURL)
        if url.hasSuffix("/") { url.removeLast() }
        let address: WebAddress
        do throws(SwerveError) {
            address = try WebAddress(url, act: "reading hub.public_url")
        } catch {
            throw configuration.wrong(.hubPublicURL, "is no address: \(error.reason)")
        }
        guard address.path.isEmpty || address.path == "/",
            !url.contains("?"), !url.contains("#")
        else {
            throw configuration.wrong(
                .hubPublicURL, "has a path: pages are at the root",
                remedy: "write it as in https://models.example")
        }
        guard address.scheme == .https || (address.scheme == .http && address.isLoopback) else {
            throw configuration.wrong(
                .hubPublicURL, "is not over https: everybody on the way could sign in",
                remedy: "use https, with hub.tls.certificate or a proxy in front of the hub")
        }
        return url
    }
}
