/// One version of a model as people name it: `NAME@V` by number, or `NAME@ALIAS`.
///
/// `Registry.resolve` turns it into a `VersionReference`.
package struct VersionSelector: Sendable, Hashable, CustomStringConvertible {
    package enum Choice: Sendable, Hashable {
        case number(Int)
        case alias(AliasName)
    }

    package let model: ModelName
    package let choice: Choice

    package init(_ reference: VersionReference) {
        model = reference.model
        choice = .number(reference.version)
    }

    package init(_ text: String) throws(SwerveError) {
        let act = "reading version '\(text.shortened(to: 80))'"
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let first = parts[1].utf8.first else {
            throw SwerveError(
                .usage, act: act, reason: "not NAME@V or NAME@ALIAS",
                remedy: "write the model and the number, as http-anomaly@3")
        }
        model = try ModelName(String(parts[0]))
        // Aliases begin with a letter, so that nothing else is taken for one.
        guard (0x61...0x7A).contains(first) else {
            choice = .number(try VersionReference(text).version)
            return
        }
        choice = .alias(try AliasName(String(parts[1])))
    }

    package var description: String {
        switch choice {
        case .number(let number): "\(model)@\(number)"
        case .alias(let alias): "\(model)@\(alias)"
        }
    }
}
