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
            throw SwerveError(.usage, act: act, reason: "not YAML: \(Self.words(error))")
        }
        var configuration = FlatConfiguration(name: name)
        guard let root else { return configuration }
        guard case .mapping(let mapping) = root else {
            throw SwerveError(.usage, act: act, reason: "not a mapping of keys to values")
        }
        for (key, value) in mapping {
            guard let name = key.string else { throw Self.wrong(key, act, "a key is not a text") }
            switch name {
            case "kafka": try configuration.addKafka(value, act)
            case "kafka.consumer": try Self.add(value, to: &configuration.kafkaConsumer, act)
            case "kafka.producer": try Self.add(value, to: &configuration.kafkaProducer, act)
            default: try configuration.add(name, value, act)
            }
        }
        return configuration
    }

    private mutating func add(_ key: String, _ node: Node, _ act: String) throws(SwerveError) {
        switch node {
        case .scalar(let scalar):
            guard ConfigurationKey(rawValue: key) != nil else {
                if Self.isNull(scalar), ConfigurationKey.isSection(key) { return }
                throw Self.wrong(
                    node, act, "unknown key '\(key.shortened(to: 80))'",
                    remedy: ConfigurationKey.remedy(for: key))
            }
            guard !Self.isNull(scalar) else { return }
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

    /// Settings for both clients, and those for one: `kafka: {consumer: {…}}` is `kafka.consumer`.
    private mutating func addKafka(_ node: Node, _ act: String) throws(SwerveError) {
        guard case .mapping(let mapping) = node else {
            return try Self.add(node, to: &kafka, act)
        }
        for (key, value) in mapping {
            switch (key.string, value) {
            case ("consumer", .mapping): try Self.add(value, to: &kafkaConsumer, act)
            case ("producer", .mapping): try Self.add(value, to: &kafkaProducer, act)
            default: try Self.add(key, value, to: &kafka, act)
            }
        }
    }

    private static func add(
        _ node: Node, to settings: inout [String: String], _ act: String
    ) throws(SwerveError) {
        if case .scalar(let scalar) = node, isNull(scalar) { return }
        guard case .mapping(let mapping) = node else {
            throw wrong(node, act, "kafka settings are a mapping of librdkafka's keys to values")
        }
        for (key, value) in mapping { try add(key, value, to: &settings, act) }
    }

    private static func add(
        _ key: Node, _ value: Node, to settings: inout [String: String], _ act: String
    ) throws(SwerveError) {
        guard let name = key.string else { throw wrong(key, act, "a key is not a text") }
        guard case .scalar(let scalar) = value else {
            throw wrong(
                value, act,
                "kafka setting \(name.shortened(to: 80)) is neither a text nor a number",
                remedy: "write librdkafka's names with their dots, as fetch.min.bytes: 1")
        }
        if !isNull(scalar) { settings[name] = scalar.string }
    }

    /// A plain ~, null or nothing at all is no value; a quoted "null" is a text.
    private static func isNull(_ scalar: Node.Scalar) -> Bool {
        switch scalar.style {
        case .singleQuoted, .doubleQuoted, .literal, .folded: false
        case .any, .plain: ["", "~", "null", "Null", "NULL"].contains(scalar.string)
        }
    }

    /// What is wrong and where; never the line itself, which may hold a password.
    private static func words(_ error: any Error) -> String {
        func place(_ problem: String, _ mark: Mark) -> String {
            "line \(mark.line), column \(mark.column): \(problem)"
        }
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return place(problem, mark)
        case .reader(let problem, _, _, _): return problem
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.map { $0.shortened(to: 40) }.joined(separator: ", ")
            return place("given twice: \(names)", context.mark)
        default: return "it cannot be read"
        }
    }

    private static func wrong(
        _ node: Node, _ act: String, _ reason: String, remedy: String = ""
    ) -> SwerveError {
        let line = node.mark.map { "line \($0.line): " } ?? ""
        return SwerveError(.usage, act: act, reason: line + reason, remedy: remedy)
    }
}
