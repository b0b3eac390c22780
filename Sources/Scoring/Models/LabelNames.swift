import Lifecycle

/// What the classes of a model are called.
enum LabelNames {
    /// The names of `classes` in their order, from a map of name to class.
    ///
    /// Classes that are whole numbers are compared as numbers, so that `+1` is `1`.
    static func resolve(
        _ labels: [String: String], classes: [String], act: String
    ) throws(SwerveError) -> [String] {
        var names = classes
        var named = [String?](repeating: nil, count: classes.count)
        for (name, wanted) in labels.sorted(by: { $0.key < $1.key }) {
            let match = classes.firstIndex { same($0, wanted) }
            guard let match else {
                throw SwerveError(
                    .invalid, act: act,
                    reason: "label '\(name)' names class '\(wanted)', "
                        + "which the model does not have",
                    remedy: "its classes are \(classes.joined(separator: ", "))")
            }
            guard !name.isEmpty else {
                throw SwerveError(.invalid, act: act, reason: "a label has an empty name")
            }
            if let other = named[match] {
                throw SwerveError(
                    .invalid, act: act,
                    reason: "labels '\(other)' and '\(name)' both name class '\(classes[match])'")
            }
            named[match] = name
            names[match] = name
        }
        guard Set(names).count == names.count else {
            throw SwerveError(
                .invalid, act: act, reason: "two classes would be called '\(names[0])'",
                problem: Problem(.labelMissing))
        }
        return names
    }

    private static func same(_ one: String, _ other: String) -> Bool {
        if one == other { return true }
        guard let one = Int(one), let other = Int(other) else { return false }
        return one == other
    }
}
