package import Lifecycle

/// What the classes of a model are called.
package enum LabelNames {
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
                let isTurned = classes.contains { same($0, name) }
                let known = "its classes are \(classes.joined(separator: ", "))"
                throw SwerveError(
                    .invalid, act: act,
                    reason: "label '\(name)' names class '\(wanted)', "
                        + "which the model does not have",
                    remedy: isTurned ? "write it \(wanted)=\(name); \(known)" : known)
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

    /// The model's own name of the class that `wanted` names: by a label, or as the model does.
    ///
    /// - Throws: `.invalid` where it is the one for a class and the other for another.
    package static func ownClass(
        _ wanted: String, labels: [String: String], classes: [String], act: String
    ) throws(SwerveError) -> String {
        let own = classes.first { same($0, wanted) }
        guard let named = labels[wanted] else { return own ?? wanted }
        let labelled = classes.first { same($0, named) } ?? named
        guard own == nil || own == labelled else {
            throw SwerveError(
                .invalid, act: act,
                reason: "'\(wanted.shortened(to: 80))' is a class of the model and the label of "
                    + "class '\(labelled.shortened(to: 80))'",
                remedy: "give the label another name")
        }
        return labelled
    }

    static func same(_ one: String, _ other: String) -> Bool {
        if one == other { return true }
        guard let one = Int(one), let other = Int(other) else { return false }
        return one == other
    }
}
