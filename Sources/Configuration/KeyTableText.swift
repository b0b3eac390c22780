package import Lifecycle

/// The table of keys as people read it.
package enum KeyTableText {
    /// The table of docs/configuration.md, in Markdown.
    package static var markdown: String {
        let head = ["| key | default | read by | |", "|---|---|---|---|"]
        let rows = ConfigurationKey.allCases.map { key in
            let row = key.row
            return
                "| `\(key.rawValue)` |\(row.defaultCell) | \(row.readerCell) | \(row.words(key)) |"
        }
        return (head + rows + sections).joined(separator: "\n") + "\n"
    }

    /// The same for programs.
    package static var document: JSONValue {
        [
            "keys": .array(
                ConfigurationKey.allCases.map { key in
                    [
                        "key": .string(key.rawValue), "variable": .string(key.variable),
                        "option": key.row.option.map { .string($0) } ?? .null,
                        "type": .string(key.row.kind.name), "default": key.row.defaultValue,
                        "required": .bool(key.row.fallback == .required),
                        "secret": .bool(key.isSecret),
                        "read_by": .array(key.row.readers.map { .string($0.rawValue) }),
                        "meaning": .string(key.row.meaning),
                    ]
                })
        ]
    }

    private static let sections = [
        "| `kafka` | | serve, topics create, commands | librdkafka's own keys, unchanged; those "
            + "that would break the delivery, or load or run code, are refused |",
        "| `kafka.consumer`, `kafka.producer` | | serve | the same for one kind of client |",
    ]
}

extension KeyRow {
    fileprivate var defaultCell: String {
        switch fallback {
        case .required: " required"
        case .nothing: ""
        case .value(let value): " `\(value)`"
        case .derived(let words): " \(words)"
        }
    }

    fileprivate var readerCell: String {
        readers.map(\.rawValue).joined(separator: ", ")
    }

    /// The meaning, and the ways to give it that its name does not tell.
    fileprivate func words(_ key: ConfigurationKey) -> String {
        var words = meaning
        if case .choice(let choices) = kind, choices.count > 1,
            !choices.allSatisfy({ meaning.contains("`\($0)`") })
        {
            words = choices.map { "`\($0)`" }.joined(separator: " or ") + ": " + words
        }
        var ways = option.map { ["`\($0)`"] } ?? []
        if key == .bootstrap { ways.append("`\(key.variable)`") }
        return ways.isEmpty ? words : words + "; also " + ways.joined(separator: ", ")
    }

    fileprivate var defaultValue: JSONValue {
        guard case .value(let value) = fallback else { return .null }
        return .string(value)
    }
}

extension KeyRow.Kind {
    fileprivate var name: String {
        switch self {
        case .text: "text"
        case .file: "file"
        case .topic: "topic"
        case .boolean: "boolean"
        case .integer(let range): "\(range.lowerBound) … \(range.upperBound)"
        case .integerOrWord(let range, let word):
            "\(range.lowerBound) … \(range.upperBound) | \(word)"
        case .list: "list"
        case .urls: "URLs"
        case .pairs: "names with values"
        case .duration: "time"
        case .choice(let words): words.joined(separator: " | ")
        }
    }
}
