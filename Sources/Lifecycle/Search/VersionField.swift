/// What a search can ask of a version.
package enum VersionField: Sendable, Hashable {
    /// What is kept of every version, under the name that searches use.
    case plain(Plain)
    case tag(String)
    case metric(String)

    package enum Plain: String, Sendable, CaseIterable {
        case model, version, format, digest, bytes, features, task
        case inputView = "input_view"
        case labels, threshold, golden, note
        case trainingData = "training_data"
        case codeRevision = "code_revision"
        case tool
        case toolVersion = "tool_version"
        case author
        case registeredAt = "registered_at"
        case registeredBy = "registered_by"
        case alias
        case signedBy = "signed_by"
        case archived, collected, stable, candidate, previous, live
    }

    /// How a field is compared.
    package enum Kind: Sendable, Equatable {
        case text
        case number
        /// True or false; alone in a search it means true.
        case flag
        /// Several texts; a comparison holds when it holds for one of them.
        case several
        /// ISO 8601, compared as far as it is given: `2026-11` is the whole month.
        case time
        /// A digest or the beginning of one, with or without `sha256:`.
        case digest

        /// The comparisons that mean something.
        package var comparisons: [VersionQuery.Comparison] {
            switch self {
            case .text, .time: VersionQuery.Comparison.allCases
            case .number: VersionQuery.Comparison.allCases.filter { $0 != .contains }
            case .flag: [.equal, .notEqual]
            case .several, .digest: [.equal, .notEqual, .contains]
            }
        }
    }

    package var kind: Kind {
        switch self {
        case .tag: .text
        case .metric: .number
        case .plain(let plain):
            switch plain {
            case .version, .bytes, .features, .threshold: .number
            case .labels, .alias, .signedBy: .several
            case .archived, .collected, .stable, .candidate, .previous, .live: .flag
            case .registeredAt: .time
            case .digest: .digest
            default: .text
            }
        }
    }

    /// As typed, `tag.` and `metric.` before a name; nil for what is none.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, !parts[1].isEmpty {
            switch parts[0] {
            case "tag", "tags": self = .tag(String(parts[1]))
            case "metric", "metrics": self = .metric(String(parts[1]))
            default: return nil
            }
            return
        }
        let name = text == "label" ? "labels" : text == "aliases" ? "alias" : text
        guard let plain = Plain(rawValue: name) else { return nil }
        self = .plain(plain)
    }

    package var description: String {
        switch self {
        case .plain(let plain): plain.rawValue
        case .tag(let name): "tag.\(name)"
        case .metric(let name): "metric.\(name)"
        }
    }

    /// All of them, for errors and help.
    package static let known = (Plain.allCases.map(\.rawValue) + ["tag.NAME", "metric.NAME"])
        .joined(separator: ", ")
}

/// What may stand behind a comparison of a kind of field.
struct VersionQueryValue {
    private let kind: VersionField.Kind
    private let comparison: VersionQuery.Comparison

    init(_ kind: VersionField.Kind, _ comparison: VersionQuery.Comparison) {
        self.kind = kind
        self.comparison = comparison
    }

    /// For errors: what was expected.
    var words: String {
        switch kind {
        case .number: "a number"
        case .flag: "true or false"
        case .time: "a time or its beginning, as 2026-11-23 or 2026-11-23T18:00"
        case .digest: "hexadecimal digits, with or without 'sha256:',"
        case .several: "a text"
        case .text:
            comparison.isOrder
                ? "a text in quotes (it is compared by its characters, not as a number)" : "a text"
        }
    }

    /// Nil for what does not fit.
    func value(_ text: String, isQuoted: Bool) -> VersionQuery.Value? {
        switch kind {
        case .number: Self.number(text).map { .number($0) }
        case .flag: Self.flag(text).map { .flag($0) }
        case .time where comparison != .contains: Self.isTimePrefix(text) ? .text(text) : nil
        case .digest: Self.digest(text, isWhole: comparison != .contains).map { .text($0) }
        case .text where comparison.isOrder && !isQuoted && Self.number(text) != nil: nil
        case .text, .several, .time: .text(text)
        }
    }

    /// A finite decimal number; Swift's own reading also takes hexadecimal ones and "nan".
    private static func number(_ text: String) -> Double? {
        let isDecimal = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || "+-.eE".utf8.contains(byte)
        }
        guard isDecimal, let number = Double(text), number.isFinite else { return nil }
        return number
    }

    private static func flag(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true": true
        case "false": false
        default: nil
        }
    }

    private static let time = Array("dddd-dd-ddTdd:dd:dd.dddZ".utf8)

    private static func isTimePrefix(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard (4...time.count).contains(bytes.count) else { return false }
        return zip(bytes, time).allSatisfy { byte, wanted in
            wanted == UInt8(ascii: "d") ? (0x30...0x39).contains(byte) : byte == wanted
        }
    }

    private static func digest(_ text: String, isWhole: Bool) -> String? {
        let prefix = "sha256:"
        let hex = text.hasPrefix(prefix) ? text.dropFirst(prefix.count) : text[...]
        let isHex = hex.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
        }
        guard isHex, (1...64).contains(hex.utf8.count) else { return nil }
        return isWhole ? prefix + hex : String(hex)
    }
}
