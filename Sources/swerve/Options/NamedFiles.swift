import Configuration
import Lifecycle
import Platform
import Web

/// Looks at the files that a configuration names for servers on the web, before anything starts by
/// it.
///
/// A process that runs waits for one that cannot be used: whoever replaces it may be in the middle
/// of that. At a start it is the configuration's fault, since another start would end alike.
struct NamedFiles {
    let configuration: Configuration

    /// Certificates that a server is believed by; nothing where none are named.
    func checkAuthorities(_ key: ConfigurationKey) throws(SwerveError) {
        try check(key) { path throws(SwerveError) in try TLSAuthorities.check(path) }
    }

    /// A secret on one line.
    func checkSecret(_ key: ConfigurationKey) throws(SwerveError) {
        try check(key) { path throws(SwerveError) in
            _ = try SecretFile(path: path).read(act: "reading \(key.rawValue)")
        }
    }

    /// A certificate that is shown, and its key; nothing where one of the two is not named.
    func checkIdentity(
        _ certificate: ConfigurationKey, key: ConfigurationKey
    ) throws(SwerveError) {
        guard let keyPath = configuration.text(key) else { return }
        try check(certificate) { path throws(SwerveError) in
            _ = try TLSIdentity(certificate: path, key: keyPath)
        }
    }

    /// - Throws: `.usage` that names the key, and where its value comes from.
    private func check(
        _ key: ConfigurationKey, _ body: (String) throws(SwerveError) -> Void
    ) throws(SwerveError) {
        guard let path = configuration.text(key) else { return }
        do throws(SwerveError) {
            try body(path)
        } catch {
            throw configuration.wrong(
                key, "cannot be used: \(error.reason)", remedy: error.remedy)
        }
    }
}
