/// A name to use instead of one that is none: of a-z, 0-9 and '-', as for models, aliases, keys.
///
/// Names come from other registries, as `fraud_model`, `HttpAnomaly` or `prod.waf.model`.
package enum NameProposal {
    package static let lengthMax = 63

    /// - Parameter mustBeginWithLetter: what aliases must and other names need not.
    /// - Returns: nil where nothing is left of the text, or it is a name as it stands.
    package static func instead(of text: String, mustBeginWithLetter: Bool = false) -> String? {
        var name: [UInt8] = []
        var wasLower = false
        for byte in text.utf8 {
            let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            let isLower = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            let isFirst = name.isEmpty
            if isUpper || isLower || (isDigit && !(isFirst && mustBeginWithLetter)) {
                // HttpAnomaly is two words.
                if isUpper, wasLower { name.append(separator) }
                name.append(isUpper ? byte | 0x20 : byte)
            } else if !isFirst, name.last != separator {
                name.append(separator)
            }
            wasLower = isLower || isDigit
        }
        name = Array(name.prefix(lengthMax))
        while name.last == separator { name.removeLast() }
        let proposal = String(decoding: name, as: UTF8.self)
        return name.isEmpty || proposal == text ? nil : proposal
    }

    /// The remedy for `text`: a name to use instead, where there is one, and the rule.
    package static func remedy(for text: String, mustBeginWithLetter: Bool = false) -> String {
        let rule =
            "1 to \(lengthMax) of a-z, 0-9 and '-', "
            + (mustBeginWithLetter ? "a letter first" : "not '-' first")
        guard let name = instead(of: text, mustBeginWithLetter: mustBeginWithLetter) else {
            return "use \(rule)"
        }
        return "write it \(name); use \(rule)"
    }

    private static let separator = UInt8(ascii: "-")
}
