import Lifecycle

/// `NAME=VALUE` arguments, as people type them.
enum KeyValue {
    /// By name, with what stands behind the first `=`.
    ///
    /// - Throws: `.usage` for one without a name or value, and for a name given twice.
    static func parse(
        _ arguments: [String], option: String
    ) throws(SwerveError) -> [String: String] {
        var values: [String: String] = [:]
        for argument in arguments {
            let act = "reading \(option) '\(argument.shortened(to: 80))'"
            let parts = argument.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
                throw SwerveError(
                    .usage, act: act, reason: "not NAME=VALUE",
                    remedy: "write a name, an equals sign and a value")
            }
            guard values.updateValue(String(parts[1]), forKey: String(parts[0])) == nil else {
                throw SwerveError(.usage, act: act, reason: "'\(parts[0])' is given twice")
            }
        }
        return values
    }

    /// The same, where values are finite numbers.
    static func numbers(
        _ arguments: [String], option: String
    ) throws(SwerveError) -> [String: Double] {
        var numbers: [String: Double] = [:]
        for (name, text) in try parse(arguments, option: option) {
            guard let number = Double(text), number.isFinite else {
                throw SwerveError(
                    .usage, act: "reading \(option) '\(name.shortened(to: 40))'",
                    reason: "'\(text.shortened(to: 40))' is not a finite number")
            }
            numbers[name] = number
        }
        return numbers
    }
}
