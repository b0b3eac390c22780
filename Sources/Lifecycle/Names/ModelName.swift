/// The name of a model: `[a-z0-9][a-z0-9-]{0,62}`.
package struct ModelName: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let description: String

    package init(_ text: String) throws(SwerveError) {
        let bytes = Array(text.utf8)
        let isNameByte = { (byte: UInt8) in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D
        }
        guard (1...63).contains(bytes.count), bytes.allSatisfy(isNameByte), bytes[0] != 0x2D else {
            throw SwerveError(
                .usage, act: "naming model '\(text.shortened(to: 80))'",
                reason: "not a model name", remedy: NameProposal.remedy(for: text))
        }
        description = text
    }

    package static func < (left: ModelName, right: ModelName) -> Bool {
        left.description < right.description
    }
}
