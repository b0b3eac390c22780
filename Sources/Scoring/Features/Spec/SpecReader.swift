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

    /// A list of finite numbers; nil where the key is absent or null.
    func numbers(_ key: String, limit: Int = Limits.sparseFeatures) throws(SwerveError) -> [Double]?
    {
        guard let value = json[key], value != .null else { return nil }
        guard let list = value.array else { throw wrong(key, "is not a list of numbers") }
        guard list.count <= limit else {
            throw wrong(key, "has \(list.count) numbers, the limit is \(limit)")
        }
        return try numbers(list, key)
    }

    func number(_ key: String) throws(SwerveError) -> Double? {
        guard let value = json[key], value != .null else { return nil }
        guard let number = value.double, number.isFinite else {
            throw wrong(key, "is not a finite number")
        }
        return number
    }

    /// Two numbers, the first not above the second.
    func range(_ key: String) throws(SwerveError) -> ClosedRange<Double>? {
        guard let pair = try numbers(key, limit: 2) else { return nil }
        guard pair.count == 2, pair[0] <= pair[1] else {
            throw wrong(key, "is not two numbers, the lower one first")
        }
        return pair[0]...pair[1]
    }

    func missing(_ key: String, _ remedy: String) -> SwerveError {
        SwerveError(.invalid, act: act, reason: "\(place).\(key) is missing", remedy: remedy)
    }

    func wrong(_ key: String, _ what: String) -> SwerveError {
        SwerveError(.invalid, act: act, reason: "\(place).\(key) \(what)")
    }
}
