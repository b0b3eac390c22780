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
