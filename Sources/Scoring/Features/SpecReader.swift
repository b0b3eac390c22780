import Lifecycle

/// Reads the keys of one JSON object of a featurizer spec, and words what is wrong with them.
struct SpecReader {
    let json: JSONValue
    /// The step whose keys these are, for the errors.
    let place: String
    let act: String

    /// Refuses anything but an object whose keys are all among `keys`.
    func requireObject(keys: Set<String>) throws(SwerveError) {
        guard let fields = json.object else {
            throw SwerveError(.invalid, act: act, reason: "\(place) is not an object")
        }
        if let unknown = fields.keys.sorted().first(where: { !keys.contains($0) }) {
            throw SwerveError(
                .invalid, act: act,
                reason: "\(place) has an unknown key '\(unknown.shortened(to: 40))'",
                remedy: "the keys are \(keys.sorted().joined(separator: ", "))")
        }
    }

    func string(_ key: String) throws(SwerveError) -> String? {
        guard let value = json[key] else { return nil }
        guard let text = value.string else { throw wrong(key, "is not a string") }
        return text
    }

    func bool(_ key: String) throws(SwerveError) -> Bool? {
        guard let value = json[key] else { return nil }
        guard let flag = value.bool else { throw wrong(key, "is not true or false") }
        return flag
    }

    func int(_ key: String, in bounds: ClosedRange<Int>) throws(SwerveError) -> Int? {
        guard let value = json[key] else { return nil }
        guard let number = value.int, bounds.contains(number) else {
            let range = "\(bounds.lowerBound) to \(bounds.upperBound)"
            throw wrong(key, "is not a whole number from \(range)")
        }
        return number
    }

    func wrong(_ key: String, _ what: String) -> SwerveError {
        SwerveError(.invalid, act: act, reason: "\(place).\(key) \(what)")
    }
}
