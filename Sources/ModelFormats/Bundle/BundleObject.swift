internal import Lifecycle

/// One JSON object of a bundle's manifest, and the tensors that it refers to: every refusal names
/// the key.
struct BundleObject {
    let fields: [String: JSONValue]
    let place: String
    let tensors: Safetensors

    init(_ json: JSONValue, place: String, tensors: Safetensors) throws(SwerveError) {
        guard let fields = json.object else {
            throw SwerveError(.invalid, act: tensors.act, reason: "\(place) is not an object")
        }
        self.fields = fields
        self.place = place
        self.tensors = tensors
    }

    func wrong(_ key: String, _ what: String, remedy: String = "") -> SwerveError {
        SwerveError(
            .invalid, act: tensors.act, reason: "\(place).\(key.shortened(to: 60)) \(what)",
            remedy: remedy)
    }

    /// Refuses every key that is not among `keys`: what is not known is not passed over.
    func require(keys: Set<String>) throws(SwerveError) {
        if let unknown = fields.keys.sorted().first(where: { !keys.contains($0) }) {
            throw wrong(
                unknown, "is not known",
                remedy: "use a newer swerve, or an exporter of this one's version")
        }
    }

    /// The value of `key`; nil where it is absent or null.
    func value(_ key: String) -> JSONValue? {
        guard let value = fields[key], value != .null else { return nil }
        return value
    }

    func string(_ key: String) throws(SwerveError) -> String {
        guard let text = value(key)?.string else { throw wrong(key, "is not a string") }
        return text
    }

    func bool(_ key: String) throws(SwerveError) -> Bool {
        guard let flag = value(key)?.bool else { throw wrong(key, "is not true or false") }
        return flag
    }

    func int(_ key: String, in bounds: ClosedRange<Int>) throws(SwerveError) -> Int {
        guard let number = value(key)?.int, bounds.contains(number) else {
            throw wrong(
                key, "is not a whole number from \(bounds.lowerBound) to \(bounds.upperBound)")
        }
        return number
    }

    func number(_ key: String) throws(SwerveError) -> Double {
        guard let number = value(key)?.double, number.isFinite else {
            throw wrong(key, "is not a finite number")
        }
        return number
    }

    func strings(_ key: String, most: Int) throws(SwerveError) -> [String] {
        guard let items = value(key)?.array, items.count <= most else {
            throw wrong(key, "is not a list of at most \(most) strings")
        }
        var strings: [String] = []
        for item in items {
            guard let text = item.string else { throw wrong(key, "is not a list of strings") }
            strings.append(text)
        }
        return strings
    }

    func object(_ key: String) throws(SwerveError) -> BundleObject {
        guard let json = value(key) else { throw wrong(key, "is missing") }
        return try BundleObject(json, place: "\(place).\(key)", tensors: tensors)
    }

    /// The one key of an object that is a choice, and its value.
    func choice() throws(SwerveError) -> (name: String, value: BundleObject) {
        guard fields.count == 1, let (name, json) = fields.first else {
            throw SwerveError(
                .invalid, act: tensors.act,
                reason: "\(place) is not an object with one key, its kind")
        }
        let inner = try BundleObject(
            json, place: "\(place).\(name.shortened(to: 40))", tensors: tensors)
        return (name, inner)
    }

    /// The name of the tensor that `key` refers to: `{"tensor":"…"}`.
    func tensorName(_ key: String) throws(SwerveError) -> String {
        guard let reference = value(key)?.object, reference.count == 1,
            let name = reference["tensor"]?.string
        else { throw wrong(key, "is not {\"tensor\":\"NAME\"}") }
        guard tensors.tensors[name] != nil else {
            throw wrong(key, "names the tensor '\(name.shortened(to: 60))', which is not there")
        }
        return name
    }

    /// Finite numbers: a tensor, or a list in the manifest itself.
    func doubles(_ key: String, count: Int? = nil) throws(SwerveError) -> [Double] {
        guard let items = value(key)?.array else {
            return try tensors.doubles(tensorName(key), shape: [count])
        }
        guard count == nil || items.count == count else {
            throw wrong(key, "has \(items.count) numbers, not \(count ?? 0)")
        }
        var numbers: [Double] = []
        for item in items {
            guard let number = item.double, number.isFinite else {
                throw wrong(key, "is not a list of finite numbers")
            }
            numbers.append(number)
        }
        return numbers
    }
}
