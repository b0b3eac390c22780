package import Configuration
package import Lifecycle

/// The form of predictions: `output` of a configuration, as text that a worker is handed.
package struct OutputForm: Sendable, Equatable, Codable {
    package enum Format: String, Sendable, Codable, CaseIterable {
        case json, avro
    }

    package var format = Format.json
    /// Whether a start registers the schema of predictions where the registry lacks it.
    package var registers = false
    /// Whether predictions in JSON say which class score and probability speak of.
    package var tellsOf = true

    package init() {}

    /// - Throws: `.usage` that names the key, where its value comes from, and what is allowed.
    package init(_ configuration: Configuration) throws(SwerveError) {
        guard let format = Format(rawValue: try configuration.choice(.outputFormat)) else {
            throw configuration.wrong(.outputFormat, "is not supported by this version")
        }
        self.format = format
        registers = try configuration.flag(.outputRegister)
        guard !registers || format == .avro else {
            throw configuration.wrong(
                .outputRegister, "goes with output.format: avro",
                remedy: "set output.format: avro, or remove it")
        }
        tellsOf = try configuration.flag(.outputOf)
    }
}
