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

    package init(model: ModelName, choice: Choice) {
        self.model = model
        self.choice = choice
    }

    package init(_ reference: VersionReference) {
        self.init(model: reference.model, choice: .number(reference.version))
    }

    package init(_ text: String) throws(SwerveError) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty, !parts[1].contains("@") else {
            throw SwerveError(
                .usage, act: "reading version '\(text.shortened(to: 80))'",
                reason: "not NAME@V or NAME@ALIAS",
                remedy: "write the model and the number, as http-anomaly@3")
        }
        try self.init(model: try ModelName(String(parts[0])), String(parts[1]))
    }

    /// Of a model that is named already: `V` or `ALIAS`, and with its name before an `@` as well.
    package init(model: ModelName, _ text: String) throws(SwerveError) {
        guard !text.contains("@") else {
            let whole = try VersionSelector(text)
            guard whole.model == model else {
                throw SwerveError(
                    .usage, act: "reading version '\(text.shortened(to: 80))'",
                    reason: "it is one of \(whole.model), and the model is \(model)",
                    remedy: "name a version of \(model)")
            }
            self = whole
            return
        }
        self.model = model
        // Aliases begin with a letter, so that nothing else is taken for one; a capital is told as
        // what is wrong with an alias.
        guard let first = text.utf8.first, (0x61...0x7A).contains(first | 0x20) else {
            choice = .number(try VersionReference("\(model)@\(text)").version)
            return
        }
        choice = .alias(try AliasName(text))
    }

    package var description: String { "\(model)@\(choice)" }
}
