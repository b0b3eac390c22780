/// A name for a version of a model, beside deployments: `[a-z][a-z0-9-]{0,62}`.
///
/// It moves from version to version as people say; no worker follows it.
package struct AliasName: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let description: String

    package init(_ text: String) throws(SwerveError) {
        let act = "reading alias '\(text.shortened(to: 80))'"
        let bytes = Array(text.utf8)
        let isLetter = { (byte: UInt8) in (0x61...0x7A).contains(byte) }
        let isNameByte = { (byte: UInt8) in
            isLetter(byte) || (0x30...0x39).contains(byte) || byte == 0x2D
        }
        guard (1...63).contains(bytes.count), isLetter(bytes[0]), bytes.allSatisfy(isNameByte)
        else {
            throw SwerveError(
                .usage, act: act, reason: "not an alias",
                remedy: NameProposal.remedy(for: text, mustBeginWithLetter: true))
        }
        guard !Self.reserved.contains(text) else {
            throw SwerveError(
                .usage, act: act,
                reason: "the deployment says what is \(text), an alias may say otherwise",
                remedy: "use another word, as champion")
        }
        description = text
    }

    package static func < (left: AliasName, right: AliasName) -> Bool {
        left.description < right.description
    }

    /// Words that deployments give a meaning.
    private static let reserved: Set = ["stable", "candidate", "previous", "live"]
}
