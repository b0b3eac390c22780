import Lifecycle

/// The environment variables of librdkafka's own settings that say who connects, and how it is
/// proved: `sasl.password` is SWERVE_KAFKA_SASL_PASSWORD.
enum ClientVariables {
    /// Below `kafka:`, under librdkafka's names.
    static let settings = [
        "client.id", "security.protocol", "sasl.mechanism", "sasl.username", "sasl.password",
        "ssl.ca.location", "ssl.ca.pem", "ssl.certificate.location", "ssl.certificate.pem",
        "ssl.key.location", "ssl.key.pem", "ssl.key.password", "ssl.keystore.location",
        "ssl.keystore.password", "sasl.oauthbearer.method", "sasl.oauthbearer.client.id",
        "sasl.oauthbearer.client.secret", "sasl.oauthbearer.scope",
        "sasl.oauthbearer.token.endpoint.url", "sasl.oauthbearer.extensions",
    ]

    /// These, and for each secret the one that names a file with it.
    static let all: [(name: String, variable: String)] = settings.flatMap { setting in
        let isSecret = SecretMask.isSecret(setting)
        let names = isSecret ? [setting, setting + SecretMask.ofFile] : [setting]
        return names.map { ("kafka." + $0, variable(of: $0)) }
    }

    static func variable(of setting: String) -> String {
        "SWERVE_KAFKA_" + setting.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
    }

    /// Why a secret is not taken from the command line; nil for any other setting.
    static func refusal(of name: String) -> SwerveError? {
        guard let (section, setting) = KeyNames.clientSetting(name), SecretMask.isSecret(setting)
        else { return nil }
        return SwerveError(
            .usage, act: "reading --set \(name.shortened(to: 80))",
            reason: "everybody on this machine can read what stands on a command line",
            remedy: remedy(of: setting, in: section))
    }

    /// The ways to give a secret.
    static func remedy(of setting: String, in section: String) -> String {
        let hasVariable = settings.contains(setting) && section == "kafka"
        let variable = hasVariable ? "set \(variable(of: setting)), or " : ""
        return "\(variable)name a file that holds it: "
            + "\(section): {\(setting)\(SecretMask.ofFile): PATH}"
    }

    /// The other of the two ways to give a secret; nil for what is none.
    static func rival(of name: String) -> String? {
        guard let (section, setting) = KeyNames.clientSetting(name) else { return nil }
        if let target = SecretMask.target(ofFile: setting) { return "\(section).\(target)" }
        return SecretMask.isSecret(setting) ? name + SecretMask.ofFile : nil
    }
}
