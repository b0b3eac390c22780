/// A deployment's settings: those of each version in it, by number, and which labels are alerts.
///
/// On the control topic: `"settings":{"versions":{"8":{"threshold":0.5}},"alerts":["attack"]}`,
/// where `alerts` is absent while it is the usual one. A version carries its own, so that a
/// promotion does not inherit another model's threshold and a rollback gets back the settings that
/// version was live with. Unknown fields survive a round trip.
package struct DeploymentSettings: Sendable, Hashable {
    package private(set) var versions: [Int: VersionSettings] = [:]
    private var others: [String: JSONValue] = [:]

    /// Those given, in their order; nil for the usual ones.
    private var givenAlerts: [String]?

    /// The labels that count as alerts, of both versions that a comparison is about.
    ///
    /// They change no score. Setting them sorts them, since their order is part of a comparison's
    /// id and means nothing.
    package var alerts: [String] {
        get { givenAlerts ?? Self.alertsDefault }
        set {
            let labels = Set(newValue).sorted()
            givenAlerts = labels.isEmpty || labels == Self.alertsDefault ? nil : labels
        }
    }

    package static let alertsDefault = ["attack"]

    package init(_ versions: [Int: VersionSettings] = [:]) {
        self.versions = versions.filter { !$0.value.isEmpty }
    }

    package subscript(version: Int) -> VersionSettings {
        get { versions[version] ?? VersionSettings() }
        set { versions[version] = newValue.isEmpty ? nil : newValue }
    }

    /// Without the settings of versions that are not in `kept`.
    package func keeping(_ kept: [DeployedVersion]) -> DeploymentSettings {
        var result = self
        result.versions = versions.filter { number, _ in kept.contains { $0.version == number } }
        return result
    }

    package var json: JSONValue {
        var fields = others
        fields["alerts"] = givenAlerts.map { .array($0.map { .string($0) }) }
        if !versions.isEmpty {
            fields["versions"] = .object(
                Dictionary(uniqueKeysWithValues: versions.map { ("\($0)", $1.json) }))
        }
        return .object(fields)
    }

    /// - Throws: `.invalid` where a known field is malformed.
    package init(_ json: JSONValue?, act: String) throws(SwerveError) {
        guard let json, json != .null else { return }
        guard case .object(var fields) = json else {
            throw SwerveError(.invalid, act: act, reason: "settings are not an object")
        }
        if let listed = fields.removeValue(forKey: "versions") {
            guard let entries = listed.object else {
                throw SwerveError(.invalid, act: act, reason: "settings: versions is not an object")
            }
            for (key, value) in entries {
                guard let number = Int(key), number > 0 else {
                    throw SwerveError(
                        .invalid, act: act,
                        reason: "settings: '\(key.shortened(to: 40))' is not a version number")
                }
                self[number] = try VersionSettings(value, act: act)
            }
        }
        if let value = fields.removeValue(forKey: "alerts"), value != .null {
            givenAlerts = try Self.alerts(value, act: act)
        }
        others = fields
    }

    private static func alerts(_ value: JSONValue, act: String) throws(SwerveError) -> [String] {
        let labels = (value.array ?? []).compactMap(\.string)
        guard !labels.isEmpty, labels.count == value.array?.count, labels.count <= Limits.labels
        else {
            throw SwerveError(
                .invalid, act: act,
                reason: "settings: alerts is not a list of 1 to \(Limits.labels) labels")
        }
        return labels
    }
}

extension DeploymentSettings: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(try JSONValue(from: decoder), act: "reading settings")
    }

    package func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }
}
