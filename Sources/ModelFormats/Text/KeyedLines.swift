import Lifecycle

/// The header of a text model file: a key and its values a line, each key once.
struct KeyedLines {
    /// No key of a header comes near this.
    private static let keyBytes = 40

    /// The bytes of the file.
    let bytes: [UInt8]
    let act: String
    /// The number of the last line of the header.
    let lastLine: Int
    private let places: [String: (line: Int, values: Range<Int>)]

    /// Reads up to and including the line `end`.
    ///
    /// - Parameters:
    ///   - keys: what may stand there.
    ///   - first: looks at each key and its values as they come, so that what explains every
    ///     oddity that follows is refused first.
    /// - Throws: `SwerveError.invalid` that names the line.
    init(
        reading lines: inout TextLines, until end: String, keys: Set<String>, act: String,
        first: (KeyedLines, String) throws(SwerveError) -> Void
    ) throws(SwerveError) {
        var places: [String: (line: Int, values: Range<Int>)] = [:]
        while true {
            guard let line = lines.next() else {
                throw Self.wrong(
                    act, lines.number + 1, "the file ends before the line '\(end)'")
            }
            let number = lines.number
            var words = TextWords(lines.bytes, line)
            guard let word = words.next() else {
                throw Self.wrong(act, number, "empty, before the line '\(end)'")
            }
            let shown = String(decoding: lines.bytes[word.prefix(Self.keyBytes)], as: UTF8.self)
            let key = word.count <= Self.keyBytes ? shown : "\(shown)…"
            let values = words.rest
            if key == end, words.next() == nil { break }
            guard keys.contains(key) else { throw Self.wrong(act, number, "unknown key '\(key)'") }
            guard places[key] == nil else { throw Self.wrong(act, number, "a second '\(key)'") }
            places[key] = (number, values)
            let here = [key: (number, values)]
            try first(KeyedLines(lines.bytes, act: act, lastLine: number, places: here), key)
        }
        self.init(lines.bytes, act: act, lastLine: lines.number, places: places)
    }

    private init(
        _ bytes: [UInt8], act: String, lastLine: Int,
        places: [String: (line: Int, values: Range<Int>)]
    ) {
        self.bytes = bytes
        self.act = act
        self.lastLine = lastLine
        self.places = places
    }

    func has(_ key: String) -> Bool { places[key] != nil }

    /// The line where `key` stands.
    func line(_ key: String) -> Int { places[key]?.line ?? lastLine }

    /// The one word after `key`.
    func word(_ key: String) throws(SwerveError) -> String {
        let words = try words(key, most: 1)
        guard words.count == 1, let word = words.first else {
            throw wrong(key, "\(key) has \(words.count) values, not one")
        }
        return word
    }

    /// The words after `key`, as many as there are up to `most` and one more.
    func words(_ key: String, most: Int) throws(SwerveError) -> [String] {
        guard let (_, values) = places[key] else {
            throw Self.wrong(act, lastLine, "there is no '\(key)' line")
        }
        var words = TextWords(bytes, values)
        var found: [String] = []
        while found.count <= most, let word = words.next() {
            // No value of a header is longer; what is cut here is refused as a number later.
            found.append(String(decoding: bytes[word.prefix(64)], as: UTF8.self))
        }
        return found
    }

    /// The whole number after `key`, within `range`.
    func integer(
        _ key: String, in range: ClosedRange<Int>, _ kind: String
    ) throws(SwerveError) -> Int {
        let word = try word(key)
        guard let value = Int(word), range.contains(value) else {
            throw wrong(key, "\(key) is not \(kind)")
        }
        return value
    }

    /// The finite number after `key`.
    func number(_ key: String) throws(SwerveError) -> Double {
        guard let value = DecimalNumber.whole(try word(key)) else {
            throw wrong(key, "\(key) is not a finite number")
        }
        return value
    }

    /// The finite numbers after `key`, exactly `count`.
    func numbers(_ key: String, count: Int) throws(SwerveError) -> [Double] {
        guard let (_, values) = places[key] else {
            throw Self.wrong(act, lastLine, "there is no '\(key)' line")
        }
        var words = TextWords(bytes, values)
        var found: [Double] = []
        while let word = words.next() {
            guard found.count < count else {
                throw wrong(key, "\(key) has more values than \(count)")
            }
            guard let (value, length) = DecimalNumber.read(bytes, word), length == word.count,
                value.isFinite
            else {
                throw wrong(key, "value \(found.count + 1) of \(key) is not a finite number")
            }
            found.append(value)
        }
        guard found.count == count else {
            throw wrong(key, "\(key) has \(found.count) values, not \(count)")
        }
        return found
    }

    /// Different whole numbers after `label`, as they are printed, exactly `count`.
    func labels(count: Int) throws(SwerveError) -> [String] {
        let words = try words("label", most: count)
        let numbers = words.compactMap { Int32($0) }
        guard words.count == count, numbers.count == count else {
            throw wrong(
                "label", "label is not \(count == 2 ? "two" : "\(count)") whole numbers")
        }
        var seen: Set<Int32> = []
        for number in numbers where !seen.insert(number).inserted {
            throw wrong("label", "\(count == 2 ? "both" : "two") labels are \(number)")
        }
        return words
    }

    /// An error about `key`, with its line.
    func wrong(_ key: String, _ reason: String) -> SwerveError {
        Self.wrong(act, line(key), reason)
    }

    static func wrong(_ act: String, _ line: Int, _ reason: String) -> SwerveError {
        SwerveError(.invalid, act: act, reason: "line \(line): \(reason)")
    }
}

extension KeyedLines {
    /// The labels of a classification with `count` classes, which is `nr_class`.
    ///
    /// The count is held to its bounds before anything of that many is looked for.
    func classes(count: Int) throws(SwerveError) -> [String] {
        guard count >= 2 else { throw wrong("nr_class", "nr_class is \(count), not 2 or more") }
        guard count <= Limits.classes else {
            throw wrong("nr_class", "nr_class is \(count), the limit is \(Limits.classes)")
        }
        return try labels(count: count)
    }
}
