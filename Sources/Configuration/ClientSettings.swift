package import Lifecycle

/// librdkafka's own settings of a configuration, for both kinds of clients and for each, under
/// librdkafka's names.
package struct ClientSettings: Sendable, Equatable {
    package private(set) var common: [String: String] = [:]
    package private(set) var consumer: [String: String] = [:]
    package private(set) var producer: [String: String] = [:]

    /// - Throws: `.usage` for a setting that would break the delivery promised, or that would load
    ///   or run code, with the reason.
    package init(_ configuration: Configuration) throws(SwerveError) {
        for (name, entry) in configuration.entries.sorted(by: { $0.key < $1.key }) {
            guard let (section, setting) = KeyNames.clientSetting(name) else { continue }
            if let fault = ClientRule.fault(of: setting, entry.value, in: section) {
                throw configuration.wrong(
                    "\(section): \(setting)\(fault.reason)", from: entry.origin,
                    remedy: fault.remedy)
            }
            if entry.origin.isFile, !entry.value.isEmpty,
                SecretMask.isSecret(setting, entry.value)
            {
                throw configuration.wrong(
                    "\(section): \(setting) is a secret, and this file is no place for one: "
                        + "it is read, copied and kept like any other",
                    from: entry.origin,
                    remedy: ClientVariables.remedy(of: setting, in: section))
            }
            if let rival = ClientVariables.rival(of: name), configuration.entries[rival] != nil,
                SecretMask.target(ofFile: setting) != nil
            {
                throw configuration.wrong(
                    "\(section): \(setting) is given, and so is the secret itself",
                    from: entry.origin, remedy: "remove one of the two")
            }
            switch section {
            case "kafka.consumer": consumer[setting] = entry.value
            case "kafka.producer": producer[setting] = entry.value
            default: common[setting] = entry.value
            }
        }
    }
}

extension Configuration {
    /// Has each of librdkafka's own settings looked at by itself.
    ///
    /// - Parameter check: gets one setting, and the act of an error about it, which names where the
    ///   setting comes from.
    package func checkClientSettings(
        _ check: (_ setting: [String: String], _ act: String) throws(SwerveError) -> Void
    ) throws(SwerveError) {
        for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
            guard let (section, setting) = KeyNames.clientSetting(name) else { continue }
            let (act, place) = entry.origin.readingAct(of: self.name)
            try check([setting: entry.value], "\(act): \(place)\(section)")
        }
    }
}
