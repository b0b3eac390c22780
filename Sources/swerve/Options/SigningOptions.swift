import ArgumentParser
import Configuration
import HubClient
import Lifecycle
import Platform
import Registry

/// With which key a change is signed.
struct SigningOptions: ParsableArguments, KeyOptions {
    @Option(
        help: """
            Sign with this private key file; over $SWERVE_SIGNING_KEY and the configuration file; \
            unsigned without.
            """)
    var signWith: String?

    @Option(
        parsing: .unconditional,
        help: "How long the signed announcement may take to reach the brokers, in seconds.")
    var validFor = 3_600

    var keys: [ConfigurationKey: String?] { [.signingKey: signWith] }

    /// Nil where nothing is to be signed.
    ///
    /// - Parameter topic: the control topic, which the signature covers.
    func signing(
        _ configuration: Configuration, topic: String
    ) throws(SwerveError) -> DeploymentSigning? {
        guard let path = configuration.text(.signingKey) else { return nil }
        guard (1...Self.validSecondsMax).contains(validFor) else {
            throw SwerveError(
                .usage, act: "reading --valid-for",
                reason: "not between 1 and \(Self.validSecondsMax) seconds")
        }
        return DeploymentSigning(
            signer: try SigningKey.read(path).signer, topic: topic,
            validMs: Int64(validFor) * 1_000)
    }

    /// The same for a hub, which prepares what is signed here; a control topic that somebody named
    /// is the only one that is signed for.
    func hubSigning(
        _ configuration: Configuration
    ) throws(SwerveError) -> HubBackend.Signing? {
        let topic = try configuration.topic(.topicControl)
        return try signing(configuration, topic: topic).map { signing in
            HubBackend.Signing(
                signer: signing.signer, validMs: signing.validMs,
                topic: configuration.given(.topicControl) == nil ? nil : topic)
        }
    }

    private static let validSecondsMax = 31_536_000
}
