import Lifecycle
import Yams

/// The value of a key that is a list of fields' names, as flags, variables and the file give it.
enum NameList {
    /// What is wrong with a list: words that follow its value.
    struct Fault: Error, Equatable {
        let reason: String
    }

    /// The names, each once: `a,b`, or in YAML's flow form, `[a, "b"]`.
    ///
    /// What is no field's name is refused: one that was read wrongly would match no field, and hide
    /// nothing without a word.
    static func parse(_ text: String) throws(Fault) -> [String] {
        let trimmed = trimmed(text)
        let parts =
            trimmed.first == "["
            ? try flowParts(trimmed)
            : trimmed.split(separator: ",", omittingEmptySubsequences: false).map(Self.trimmed)
        var names: [String] = []
        for name in parts {
            guard !name.isEmpty else { throw Fault(reason: "has an empty name in it") }
            guard !name.unicodeScalars.contains(where: isForeign) else {
                throw Fault(
                    reason: "has a name in it with a space, a bracket, a quote or a semicolon")
            }
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    private static func flowParts(_ text: String) throws(Fault) -> [String] {
        let node: Node?
        do throws(YAMLText.Fault) {
            node = try YAMLText.compose(text)
        } catch {
            throw Fault(reason: "begins as a list in brackets and is none")
        }
        guard case .sequence(let sequence) = node else {
            throw Fault(reason: "begins as a list in brackets and is none")
        }
        var parts: [String] = []
        for item in sequence {
            guard case .scalar(let scalar) = item, !scalar.string.contains(",") else {
                throw Fault(reason: "has a name in it that is no text, or has a comma")
            }
            parts.append(scalar.string)
        }
        return parts
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    /// Marks that stand around and between names in other notations, and in no name.
    private static func isForeign(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || foreign.contains(scalar)
    }

    private static let foreign = Set("[](){}<>\"'`;‘’“”".unicodeScalars)

    /// The same rule of one name for editors: a regular expression's set of what is in none.
    static let foreignSet = #"\s\[\](){}<>"'`;‘’“”"#
    static let remedy = "write NAME,NAME or [NAME, NAME]"
}
