import Lifecycle

/// One column of categories: where its value comes from, and the code of each category.
package struct CategoryColumn: Sendable, Equatable {
    /// What a column's categories are.
    package enum Categories: Sendable, Equatable {
        /// In UTF-8.
        case texts([[UInt8]])
        case numbers([Double])
    }

    /// What stands for a category that the column does not have.
    package enum Unknown: Sendable, Equatable {
        /// The record cannot be scored.
        case error
        case code(Code)
    }

    /// What a category becomes: in one-hot its feature among the column's, nil none of them; as an
    /// ordinal the number, nil NaN.
    package typealias Code = Int?

    /// The field of the record; nil: the feature of the steps before.
    package let field: String?
    package let categories: Categories
    /// One a category.
    package let codes: [Code]
    package let unknown: Unknown
    /// The same of a missing value.
    package let missing: Unknown

    let table: CategoryTable

    package static func == (one: CategoryColumn, other: CategoryColumn) -> Bool {
        one.field == other.field && one.categories == other.categories && one.codes == other.codes
            && one.unknown == other.unknown && one.missing == other.missing
    }

    var isText: Bool {
        if case .texts = categories { true } else { false }
    }

    /// How many features the codes of one-hot tell apart.
    var width: Int {
        var codes = self.codes
        if case .code(let code) = unknown { codes.append(code) }
        if case .code(let code) = missing { codes.append(code) }
        return (codes.compactMap { $0 }.max() ?? -1) + 1
    }

    /// The feature of `code` in words: `method=GET`.
    ///
    /// - Parameter name: of the feature that the column reads; nil: its field's.
    func name(
        of code: Int, _ encoding: CategoryEncoder.Encoding, in name: String? = nil
    ) -> String {
        let name = name ?? field ?? "x"
        return encoding == .ordinal ? name : "\(name)=\(category(of: code))"
    }

    private func category(of code: Int) -> String {
        let found = codes.indices.filter { codes[$0] == code }
        guard found.count == 1 else { return found.isEmpty ? "missing" : "infrequent" }
        switch categories {
        case .texts(let texts): return String(decoding: texts[found[0]], as: UTF8.self)
        case .numbers(let numbers):
            return JSONValue.double(numbers[found[0]]).text
        }
    }
}

extension CategoryColumn {
    static let keys: Set<String> = ["field", "categories", "codes", "unknown", "missing"]

    /// Reads one of the `columns` of a step `categories`.
    init(
        _ reader: some StepReading, encoding: CategoryEncoder.Encoding
    ) throws(SwerveError) {
        try reader.requireKeys(Self.keys)
        field = try Self.field(reader)
        let listed = try Self.values(reader)
        var codes = try Self.codes(reader, count: listed.count, encoding)
        // Null among the categories is the one of missing values.
        var missing = Unknown.error
        if let place = listed.firstIndex(of: .null) {
            guard listed.lastIndex(of: .null) == place else {
                throw reader.wrong("categories", "has null twice")
            }
            missing = .code(codes[place])
            codes.remove(at: place)
        }
        let values = listed.filter { $0 != .null }
        categories = try Self.categories(values, reader)
        self.codes = codes
        unknown = try Self.unknown(reader, encoding)
        do throws(CategoryTable.Repeated) {
            switch categories {
            case .texts(let texts): table = try CategoryTable(texts: texts)
            case .numbers(let numbers): table = try CategoryTable(numbers: numbers)
            }
        } catch {
            throw reader.wrong(
                "categories[\(error.position)]", "is there before, or made to collide")
        }
        if let stand = reader.value("missing") {
            guard missing == .error else {
                throw reader.wrong("missing", "stands beside a category null")
            }
            missing = try Self.missing(stand, categories, codes, table, unknown, reader)
        }
        self.missing = missing
        table.assign(self.codes, unknown: unknown, missing: missing)
    }

    private static func field(_ reader: some StepReading) throws(SwerveError) -> String? {
        guard let value = reader.value("field") else { return nil }
        guard let name = value.string else { throw reader.wrong("field", "is not a string") }
        if let fault = FieldName.fault(ofText: name) { throw reader.wrong("field", fault) }
        return name
    }

    private static func values(_ reader: some StepReading) throws(SwerveError) -> [JSONValue] {
        let limit = Limits.categories
        guard let value = reader.value("categories") else {
            throw reader.wrong("categories", "is missing")
        }
        let listed: [JSONValue]
        if let items = value.array {
            listed = items
        } else if let strings = try reader.strings("categories", limit: limit) {
            listed = strings
        } else if let tensor = try reader.tensor("categories", limit: limit) {
            listed = tensor.numbers.map { .double($0) }
        } else {
            throw reader.wrong("categories", "is not a list of strings or of numbers")
        }
        guard !listed.isEmpty else { throw reader.wrong("categories", "is empty") }
        guard listed.count <= limit else {
            throw reader.tooLarge(
                "categories", "has \(listed.count) categories, the limit is \(limit)")
        }
        return listed
    }

    private static func categories(
        _ values: [JSONValue], _ reader: some StepReading
    ) throws(SwerveError) -> Categories {
        if values.first?.string == nil, !values.isEmpty {
            var numbers: [Double] = []
            for (position, value) in values.enumerated() {
                guard let number = value.double, number.isFinite else {
                    throw reader.wrong(
                        "categories[\(position)]", "is not a finite number, as the first one is")
                }
                numbers.append(number)
            }
            return .numbers(numbers)
        }
        var texts: [[UInt8]] = []
        for (position, value) in values.enumerated() {
            guard let text = value.string else {
                throw reader.wrong(
                    "categories[\(position)]", "is not a string, as the first one is")
            }
            guard text.utf8.count <= Limits.categoryBytes else {
                throw reader.wrong(
                    "categories[\(position)]", "is longer than \(Limits.categoryBytes) bytes")
            }
            texts.append(Array(text.utf8))
        }
        return .texts(texts)
    }

    private static func codes(
        _ reader: some StepReading, count: Int, _ encoding: CategoryEncoder.Encoding
    ) throws(SwerveError) -> [Code] {
        guard let value = reader.value("codes") else { return Array(0..<count) }
        guard let items = value.array, items.count == count else {
            throw reader.wrong("codes", "is not a list of \(count) codes, one a category")
        }
        var codes: [Code] = []
        for (position, item) in items.enumerated() {
            codes.append(try code(item, "codes[\(position)]", encoding, reader))
        }
        return codes
    }

    private static func code(
        _ item: JSONValue, _ key: String, _ encoding: CategoryEncoder.Encoding,
        _ reader: some StepReading
    ) throws(SwerveError) -> Code {
        if item == .null { return nil }
        let lowest = encoding == .ordinal ? -Limits.categories : 0
        guard let code = item.int, (lowest...Limits.categories).contains(code) else {
            throw reader.wrong(key, "is not a whole number from \(lowest), or null")
        }
        return code
    }

    private static func unknown(
        _ reader: some StepReading, _ encoding: CategoryEncoder.Encoding
    ) throws(SwerveError) -> Unknown {
        switch reader.value("unknown") {
        case nil, .string("error")?: return .error
        case .string("ignore")? where encoding == .oneHot: return .code(nil)
        case .string("nan")? where encoding == .ordinal: return .code(nil)
        case let value?:
            guard value.string == nil else {
                throw reader.wrong(
                    "unknown",
                    encoding == .oneHot
                        ? "is not \"error\", \"ignore\" or a code"
                        : "is not \"error\", \"nan\" or a code")
            }
            return .code(try code(value, "unknown", encoding, reader))
        }
    }

    /// What a missing value becomes where another value stands for it.
    private static func missing(
        _ stand: JSONValue, _ categories: Categories, _ codes: [Code], _ table: CategoryTable,
        _ unknown: Unknown, _ reader: some StepReading
    ) throws(SwerveError) -> Unknown {
        let found: Int?
        switch categories {
        case .texts:
            guard let text = stand.string else {
                throw reader.wrong("missing", "is not a string, as the categories are")
            }
            let bytes = Array(text.utf8) + [0]
            found = unsafe bytes.withUnsafeBufferPointer { bytes in
                unsafe bytes.baseAddress.flatMap { unsafe table.search.find($0, bytes.count - 1) }
            }
        case .numbers:
            guard let number = stand.double, number.isFinite else {
                throw reader.wrong("missing", "is not a finite number, as the categories are")
            }
            found = unsafe table.search.find(number)
        }
        return found.map { .code(codes[$0]) } ?? unknown
    }

    /// The column as a spec has it.
    func json(_ encoding: CategoryEncoder.Encoding) -> JSONValue {
        func json(_ code: Code) -> JSONValue { code.map { .int(Int64($0)) } ?? .null }
        var values: [JSONValue]
        switch categories {
        case .texts(let texts):
            values = texts.map { .string(String(decoding: $0, as: UTF8.self)) }
        case .numbers(let numbers): values = numbers.map { .double($0) }
        }
        var codes = self.codes.map(json)
        if case .code(let code) = missing {
            values.append(.null)
            codes.append(json(code))
        }
        var keys: [String: JSONValue] = ["categories": .array(values), "codes": .array(codes)]
        if let field { keys["field"] = .string(field) }
        switch unknown {
        case .error: keys["unknown"] = "error"
        case .code(let code?): keys["unknown"] = .int(Int64(code))
        case .code(nil): keys["unknown"] = encoding == .oneHot ? "ignore" : "nan"
        }
        return .object(keys)
    }
}
