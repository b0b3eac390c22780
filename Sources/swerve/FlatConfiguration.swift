import Lifecycle
import Platform
import Yams

/// `swerve.yaml` as read: dotted keys to texts, with their lines, and librdkafka's own settings
/// apart.
///
/// Which keys there are is `ConfigurationKey`'s business; librdkafka's pass through unlisted.
struct FlatConfiguration {
    private var values: [String: String] = [:]
    private(set) var kafka: [String: String] = [:]
    private(set) var kafkaConsumer: [String: String] = [:]
    private(set) var kafkaProducer: [String: String] = [:]
    let name: String

    static let fileBytes = 1 << 20

    init(name: String) { self.name = name }

    subscript(key: String) -> String? {
        get { values[key] }
        set { values[key] = newValue }
    }

    mutating func setKafka(_ key: String, _ value: String) { kafka[key] = value }

    static func read(_ path: String) throws(SwerveError) -> FlatConfiguration {
        let bytes = try StateFile.read(path, limit: fileBytes)
        return try parse(String(decoding: bytes, as: UTF8.self), name: path)
    }

    static func parse(_ text: String, name: String) throws(SwerveError) -> FlatConfiguration {
        let act = "reading \(name)"
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw SwerveError(
                .usage, act: act, reason: "not YAML: \("\(error)".shortened(to: 200))")
        }
        var configuration = FlatConfiguration(name: name)
        guard let root else { return configuration }
        guard case .mapping(let mapping) = root else {
            throw SwerveError(.usage, act: act, reason: "not a mapping of keys to values")
        }
        for (key, value) in mapping {
            guard let name = key.string else { throw Self.wrong(key, act, "a key is not a text") }
            switch name {
            case "kafka": configuration.kafka = try settings(value, act)
            case "kafka.consumer": configuration.kafkaConsumer = try settings(value, act)
            case "kafka.producer": configuration.kafkaProducer = try settings(value, act)
            default: try configuration.add(name, value, act)
            }
        }
        return configuration
    }

    private mutating func add(_ key: String, _ node: Node, _ act: String) throws(SwerveError) {
        switch node {
        case .scalar(let scalar):
            guard ConfigurationKey(rawValue: key) != nil else {
                throw Self.wrong(
                    node, act, "unknown key '\(key.shortened(to: 80))'",
                    remedy:
                        "keys are \(ConfigurationKey.allCases.map(\.rawValue).joined(separator: ", ")), kafka…"
                )
            }
            values[key] = scalar.string
        case .mapping(let mapping):
            for (inner, value) in mapping {
                guard let name = inner.string else {
                    throw Self.wrong(inner, act, "a key is not a text")
                }
                try add("\(key).\(name)", value, act)
            }
        default: throw Self.wrong(node, act, "\(key): neither a value nor a mapping")
        }
    }

    private static func settings(
        _ node: Node, _ act: String
    ) throws(SwerveError) -> [String: String] {
        guard case .mapping(let mapping) = node else {
            throw wrong(node, act, "kafka settings are a mapping of librdkafka's keys to values")
        }
        var settings: [String: String] = [:]
        for (key, value) in mapping {
            guard let name = key.string, case .scalar(let scalar) = value else {
                throw wrong(value, act, "a kafka setting is neither a text nor a number")
            }
            settings[name] = scalar.string
        }
        return settings
    }

    private static func wrong(
        _ node: Node, _ act: String, _ reason: String, remedy: String = ""
    ) -> SwerveError {
        let line = node.mark.map { "line \($0.line): " } ?? ""
        return SwerveError(.usage, act: act, reason: line + reason, remedy: remedy)
    }
}
