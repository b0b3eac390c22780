package import Lifecycle

/// What a step is read from: the JSON of a spec, or a bundle's manifest and its tensors.
///
/// Every function throws `SwerveError` that names the place.
package protocol StepReading {
    /// Refuses anything but an object whose keys are all among `keys`.
    func requireKeys(_ keys: Set<String>) throws(SwerveError)
    /// The value of `key`; nil where it is absent or null.
    func value(_ key: String) -> JSONValue?
    /// The numbers of the tensor that `key` refers to, finite, and its shape; nil where it refers
    /// to none.
    ///
    /// - Parameter limit: how many there may be, held against the shape before one is read.
    func tensor(
        _ key: String, limit: Int
    ) throws(SwerveError) -> (shape: [Int], numbers: [Double])?
    /// The strings that `key` refers to; nil where it refers to none.
    func strings(_ key: String, limit: Int) throws(SwerveError) -> [JSONValue]?
    /// A reader of an object inside, which is called `name`.
    func inner(_ json: JSONValue, _ name: String) throws(SwerveError) -> Self
    func wrong(_ key: String, _ what: String) -> SwerveError
    func tooLarge(_ key: String, _ what: String) -> SwerveError
}

/// Rows and columns of numbers, row by row.
package struct NumberTable: Sendable, Equatable {
    package let rows: Int
    package let columns: Int
    package let numbers: [Double]

    /// - Precondition: there are rows times columns numbers.
    package init(rows: Int, columns: Int, numbers: [Double]) {
        precondition(numbers.count == rows * columns, "numbers that are no table")
        self.rows = rows
        self.columns = columns
        self.numbers = numbers
    }

    /// Rows become columns.
    var transposed: [Double] {
        var turned = [Double](repeating: 0, count: numbers.count)
        for row in 0..<rows {
            for column in 0..<columns {
                turned[column * rows + row] = numbers[row * columns + column]
            }
        }
        return turned
    }
}

extension StepReading {
    /// A list of finite numbers; nil where the key is absent or null.
    package func list(
        _ key: String, limit: Int = Limits.sparseFeatures
    ) throws(SwerveError) -> [Double]? {
        guard let value = value(key) else { return nil }
        if let items = value.array {
            guard items.count <= limit else {
                throw tooLarge(key, "has \(items.count) numbers, the limit is \(limit)")
            }
            return try numbers(items, key)
        }
        guard let tensor = try tensor(key, limit: limit) else {
            throw wrong(key, "is not a list of numbers")
        }
        guard tensor.shape.count == 1 else {
            throw wrong(key, "has the shape \(tensor.shape), not that of a list")
        }
        return tensor.numbers
    }

    func neededList(
        _ key: String, limit: Int = Limits.sparseFeatures
    ) throws(SwerveError) -> [Double] {
        guard let list = try list(key, limit: limit) else { throw wrong(key, "is missing") }
        return list
    }

    /// A list of lists of finite numbers, all of one length.
    func neededTable(_ key: String) throws(SwerveError) -> NumberTable {
        guard let value = value(key) else { throw wrong(key, "is missing") }
        guard let rows = value.array else {
            guard let tensor = try tensor(key, limit: Limits.matrixNumbers) else {
                throw wrong(key, "is not a list of lists of numbers")
            }
            guard tensor.shape.count == 2, tensor.shape[0] > 0, tensor.shape[1] > 0 else {
                throw wrong(key, "has the shape \(tensor.shape), not [rows, columns]")
            }
            return NumberTable(
                rows: tensor.shape[0], columns: tensor.shape[1], numbers: tensor.numbers)
        }
        let columns = rows.first?.array?.count ?? 0
        guard columns > 0 else { throw wrong(key, "is not a list of lists of numbers") }
        guard rows.count <= Limits.matrixNumbers / columns else {
            throw tooLarge(
                key,
                "has \(rows.count) times \(columns) numbers, the limit is "
                    + "\(Limits.matrixNumbers)")
        }
        var all: [Double] = []
        for (position, row) in rows.enumerated() {
            guard let items = row.array, items.count == columns else {
                throw wrong("\(key)[\(position)]", "is not a list of \(columns) numbers")
            }
            all += try numbers(items, "\(key)[\(position)]")
        }
        return NumberTable(rows: rows.count, columns: columns, numbers: all)
    }

    func numbers(_ items: [JSONValue], _ key: String) throws(SwerveError) -> [Double] {
        var numbers: [Double] = []
        numbers.reserveCapacity(items.count)
        for (position, item) in items.enumerated() {
            guard let number = item.double, number.isFinite else {
                throw wrong("\(key)[\(position)]", "is not a finite number")
            }
            numbers.append(number)
        }
        return numbers
    }

    /// A list of whole numbers within `bounds`; nil where the key is absent or null.
    func wholes(_ key: String, in bounds: Range<Int>, limit: Int) throws(SwerveError) -> [Int]? {
        guard let list = try list(key, limit: limit) else { return nil }
        var wholes: [Int] = []
        wholes.reserveCapacity(list.count)
        for (position, number) in list.enumerated() {
            guard let whole = Int(exactly: number), bounds.contains(whole) else {
                throw wrong(
                    "\(key)[\(position)]",
                    "is not a whole number from \(bounds.lowerBound) to \(bounds.upperBound - 1)")
            }
            wholes.append(whole)
        }
        return wholes
    }

    func flag(_ key: String, _ absent: Bool) throws(SwerveError) -> Bool {
        guard let value = value(key) else { return absent }
        guard let flag = value.bool else { throw wrong(key, "is not true or false") }
        return flag
    }

    func neededText(_ key: String) throws(SwerveError) -> String {
        guard let value = value(key) else { throw wrong(key, "is missing") }
        guard let text = value.string else { throw wrong(key, "is not a string") }
        return text
    }

    func neededWhole(_ key: String, in bounds: ClosedRange<Int>) throws(SwerveError) -> Int {
        guard let value = value(key) else { throw wrong(key, "is missing") }
        guard let number = value.int, bounds.contains(number) else {
            throw wrong(
                key, "is not a whole number from \(bounds.lowerBound) to \(bounds.upperBound)")
        }
        return number
    }

    /// A finite number; nil where the key is absent or null.
    func finite(_ key: String) throws(SwerveError) -> Double? {
        guard let value = value(key) else { return nil }
        guard let number = value.double, number.isFinite else {
            throw wrong(key, "is not a finite number")
        }
        return number
    }

    func neededFinite(_ key: String) throws(SwerveError) -> Double {
        guard let number = try finite(key) else { throw wrong(key, "is missing") }
        return number
    }
}

extension SpecReader: StepReading {
    func requireKeys(_ keys: Set<String>) throws(SwerveError) { try requireObject(keys: keys) }

    func value(_ key: String) -> JSONValue? {
        guard let value = json[key], value != .null else { return nil }
        return value
    }

    func tensor(
        _ key: String, limit: Int
    ) throws(SwerveError) -> (shape: [Int], numbers: [Double])? { nil }

    func strings(_ key: String, limit: Int) throws(SwerveError) -> [JSONValue]? { nil }

    func inner(_ json: JSONValue, _ name: String) throws(SwerveError) -> SpecReader {
        SpecReader(json: json, place: "\(place).\(name)", act: act)
    }

    func tooLarge(_ key: String, _ what: String) -> SwerveError {
        SwerveError(.tooLarge, act: act, reason: "\(place).\(key) \(what)")
    }
}
