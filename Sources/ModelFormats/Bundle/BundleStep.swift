internal import Lifecycle
internal import Scoring

/// Reads the keys of one step of a bundle's featurizer, with what is large in tensors.
struct BundleStep: StepReading {
    let object: BundleObject
    /// What all steps together may hold: a tensor may be named by any number of them.
    let budget: Budget

    /// Numbers that steps may still take; used by the one thread that reads the bundle.
    final class Budget {
        private var left: Int

        init(_ numbers: Int = Limits.linearWeights) { left = numbers }

        /// - Returns: whether `count` numbers were left.
        func take(_ count: Int) -> Bool {
            guard count <= left else { return false }
            left -= count
            return true
        }
    }

    func requireKeys(_ keys: Set<String>) throws(SwerveError) { try object.require(keys: keys) }

    func value(_ key: String) -> JSONValue? { object.value(key) }

    func tensor(
        _ key: String, limit: Int
    ) throws(SwerveError) -> (shape: [Int], numbers: [Double])? {
        guard object.value(key)?.object?["tensor"] != nil else { return nil }
        let name = try object.tensorName(key)
        let shape = try object.tensors.shape(name)
        var count = 1
        for size in shape {
            let product = count.multipliedReportingOverflow(by: size)
            guard !product.overflow, product.partialValue <= limit else {
                throw tooLarge(key, "has the shape \(shape), the limit is \(limit) numbers")
            }
            count = product.partialValue
        }
        guard budget.take(count) else {
            throw tooLarge(
                key, "makes all steps hold more than \(Limits.linearWeights) numbers together")
        }
        return (shape, try object.tensors.doubles(name, shape: shape))
    }

    /// Finite numbers as `BundleObject.doubles` reads them, of a tensor within the budget.
    func doubles(_ key: String, count: Int? = nil) throws(SwerveError) -> [Double] {
        if object.value(key)?.array == nil {
            let size = try object.tensors.shape(object.tensorName(key)).first ?? 0
            guard budget.take(size) else {
                throw tooLarge(
                    key, "makes all steps hold more than \(Limits.linearWeights) numbers together")
            }
        }
        return try object.doubles(key, count: count)
    }

    func strings(_ key: String, limit: Int) throws(SwerveError) -> [JSONValue]? {
        guard object.value(key)?.object?["terms"] != nil else { return nil }
        let place = try object.object(key)
        try place.require(keys: ["terms", "offsets", "missing"])
        let name = try place.tensorName("terms")
        let offsets = try place.tensorName("offsets")
        let count = try object.tensors.shape(offsets).first ?? 0
        guard count <= limit + 1 else {
            throw tooLarge(key, "has \(count - 1) strings, the limit is \(limit)")
        }
        // Eight bytes of text are as much as a number.
        let bytes = try object.tensors.shape(name).first ?? 0
        guard budget.take(count + bytes / 8) else {
            throw tooLarge(key, "makes all steps hold too many strings together")
        }
        let strings = try object.tensors.strings(blob: name, offsets: offsets)
        var values: [JSONValue] = []
        for (position, bytes) in strings.enumerated() {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw object.tensors.wrong(name, "its string \(position) is not UTF-8")
            }
            values.append(.string(text))
        }
        if place.value("missing") == .bool(true) { values.append(.null) }
        return values
    }

    func inner(_ json: JSONValue, _ name: String) throws(SwerveError) -> BundleStep {
        BundleStep(
            object: try BundleObject(
                json, place: "\(object.place).\(name)", tensors: object.tensors), budget: budget)
    }

    func wrong(_ key: String, _ what: String) -> SwerveError { object.wrong(key, what) }

    func tooLarge(_ key: String, _ what: String) -> SwerveError {
        SwerveError(
            .tooLarge, act: object.tensors.act,
            reason: "\(object.place).\(key.shortened(to: 60)) \(what)")
    }
}
