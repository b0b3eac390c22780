import Lifecycle
import Yams

/// `swerve.yaml`: nested or dotted names to texts, with their lines.
enum ConfigurationFile {
    static func parse(_ text: String, name: String) throws(SwerveError) -> Configuration {
        let act = "reading \(name)"
        let root: Node?
        do throws(YAMLText.Fault) {
            root = try YAMLText.compose(text)
        } catch {
            throw SwerveError(.usage, act: act, reason: error.reason, remedy: error.remedy)
        }
        var reader = Reader(name: name)
        guard let root else { return reader.configuration }
        guard case .mapping(let mapping) = root else {
            throw SwerveError(.usage, act: act, reason: "not a mapping of keys to values")
        }
        for (key, value) in mapping { try reader.add(try reader.text(of: key), value) }
        return reader.configuration
    }

    private struct Reader {
        var configuration: Configuration
        /// Of what was given so far.
        private var lines: [String: Int] = [:]

        init(name: String) { configuration = Configuration(name: name) }

        mutating func add(_ name: String, _ node: Node) throws(SwerveError) {
            switch node {
            case .scalar(let scalar):
                guard KeyNames.isKnown(name) else {
                    if ConfigurationFile.isNull(scalar), KeyNames.isSection(name) { return }
                    if KeyNames.sections.contains(name) {
                        throw wrong(
                            node, "kafka settings are a mapping of librdkafka's keys to values")
                    }
                    throw unknown(node, name)
                }
                guard !ConfigurationFile.isNull(scalar) else { return }
                try set(name, scalar.string, node)
            case .mapping(let mapping) where Self.kind(name) == .pairs:
                try addPairs(name, mapping, node)
            case .mapping(let mapping):
                // librdkafka's names are flat: a mapping below one of them is none of its values.
                guard !KeyNames.isClientSetting(name) else {
                    throw notFlat(node, name)
                }
                // One with something in it is known by what is in it.
                if mapping.isEmpty, !KeyNames.isSection(name) {
                    guard KeyNames.isKnown(name) else { throw unknown(node, name) }
                    throw wrong(node, "\(name): a mapping is none of its values")
                }
                for (key, value) in mapping {
                    try add("\(name).\(try text(of: key))", value)
                }
            case .sequence(let sequence) where Self.isList(name):
                var names: [String] = []
                for item in sequence {
                    guard let text = item.string, !text.contains(",") else {
                        throw wrong(node, "\(name): a name in it is no text, or has a comma")
                    }
                    names.append(text)
                }
                // An empty list says nothing.
                if !names.isEmpty { try set(name, names.joined(separator: ","), node) }
            default:
                guard !KeyNames.isClientSetting(name) else { throw notFlat(node, name) }
                guard KeyNames.isKnown(name) || KeyNames.isSection(name) else {
                    throw unknown(node, name)
                }
                throw wrong(node, "\(name.shortened(to: 80)): neither a value nor a mapping")
            }
        }

        private mutating func addPairs(
            _ name: String, _ mapping: Node.Mapping, _ node: Node
        ) throws(SwerveError) {
            var pairs: [String] = []
            for (key, value) in mapping {
                let header = try text(of: key)
                let pair = "\(header)=\(value.string ?? ",")"
                guard !pair.contains(","), !header.contains("=") else {
                    throw wrong(node, "\(name): a name or value in it is no text, or has a comma")
                }
                pairs.append(pair)
            }
            if !pairs.isEmpty { try set(name, pairs.joined(separator: ","), node) }
        }

        private mutating func set(
            _ name: String, _ value: String, _ node: Node
        ) throws(SwerveError) {
            let line = node.mark?.line ?? 1
            // `slots.total: 4` and `slots: {total: 8}` are one key in two places.
            if let before = lines.updateValue(line, forKey: name) {
                throw wrong(
                    node, "\(name.shortened(to: 80)) is given twice, in line \(before) before",
                    remedy: "remove one of the two")
            }
            configuration.set(name, value, .file(name: configuration.name, line: line))
        }

        private static func isList(_ name: String) -> Bool {
            kind(name) == .list || kind(name) == .urls
        }

        private static func kind(_ name: String) -> KeyRow.Kind? {
            ConfigurationKey(rawValue: name)?.row.kind
        }

        func text(of key: Node) throws(SwerveError) -> String {
            guard let text = key.string else { throw wrong(key, "a key is not a text") }
            guard text.utf8.count <= ConfigurationFile.keyBytes else {
                throw wrong(
                    key, "unknown key '\(text.shortened(to: 80))'",
                    remedy: KeyNames.remedy(for: text.shortened(to: 80)))
            }
            return text
        }

        private func unknown(_ node: Node, _ name: String) -> SwerveError {
            wrong(node, KeyNames.reason(against: name), remedy: KeyNames.remedy(for: name))
        }

        private func notFlat(_ node: Node, _ name: String) -> SwerveError {
            let setting = KeyNames.clientSetting(name)?.setting ?? name
            return wrong(
                node,
                "kafka setting \(setting.shortened(to: 80)) is neither a text nor a number",
                remedy: "write librdkafka's names with their dots, as fetch.min.bytes: 1")
        }

        private func wrong(_ node: Node, _ reason: String, remedy: String = "") -> SwerveError {
            let line = node.mark.map { "line \($0.line): " } ?? ""
            return SwerveError(
                .usage, act: "reading \(configuration.name)", reason: line + reason, remedy: remedy)
        }
    }

    /// A plain ~, null or nothing at all is no value; a quoted "null" is a text.
    private static func isNull(_ scalar: Node.Scalar) -> Bool {
        switch scalar.style {
        case .singleQuoted, .doubleQuoted, .literal, .folded: false
        case .any, .plain: ["", "~", "null", "Null", "NULL"].contains(scalar.string)
        }
    }

    /// More than any name that Swerve or librdkafka knows has.
    private static let keyBytes = 1_000
}
