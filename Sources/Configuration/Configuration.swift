package import Lifecycle

/// What file, environment and command line say, each value with its origin.
///
/// Values are checked when they are read: a command stumbles only over keys that it reads. Errors
/// name where a value came from, and what is allowed there.
package struct Configuration: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        package let value: String
        package let origin: Origin
    }

    /// The file's name, or words for its absence.
    package let name: String
    /// By dotted name; librdkafka's own with `kafka.`, `kafka.consumer.` or `kafka.producer.`.
    private(set) var entries: [String: Entry] = [:]

    init(name: String) { self.name = name }

    /// Later calls win; see `ConfigurationSources` for the order.
    mutating func set(_ name: String, _ value: String, _ origin: Origin) {
        entries[name] = Entry(value: value, origin: origin)
        // A secret and the file with it are one setting: of two sources the later one wins.
        if let rival = ClientVariables.rival(of: name) ?? OwnSecrets.rival(of: name),
            let other = entries[rival],
            other.origin.rank < origin.rank
        {
            entries[rival] = nil
        }
    }

    /// C ends a text at a NUL byte: a name or value with one would be another one to librdkafka and
    /// to the file system.
    ///
    /// - Throws: `.usage` for the first that has one.
    func checkBytes() throws(SwerveError) {
        for (name, entry) in entries.sorted(by: { $0.key < $1.key })
        where name.utf8.contains(0) || entry.value.utf8.contains(0) {
            throw wrong(
                "\(name.shortened(to: 80)): its name or value holds a NUL byte",
                from: entry.origin, remedy: "remove it")
        }
    }

    // MARK: - Values

    /// What somebody gave; nil where nobody did, or where it is empty, which means the default.
    package func given(_ key: ConfigurationKey) -> Entry? {
        guard let entry = entries[key.rawValue], !entry.value.isEmpty else { return nil }
        return entry
    }

    package func origin(of key: ConfigurationKey) -> Origin { given(key)?.origin ?? .fallback }

    /// What was given, else the table's default.
    package func text(_ key: ConfigurationKey) -> String? {
        if let entry = given(key) { return entry.value }
        guard case .value(let value) = key.row.fallback else { return nil }
        return value
    }

    /// - Throws: `.usage` where there is none, with the ways to give it.
    package func required(_ key: ConfigurationKey) throws(SwerveError) -> String {
        guard let value = text(key) else { throw missing(key) }
        return value
    }

    /// For keys that have a default in the table.
    ///
    /// - Throws: `.usage` for what is no whole number, or not in the table's range.
    package func integer(_ key: ConfigurationKey) throws(SwerveError) -> Int {
        guard let number = try integerIfGiven(key) else {
            preconditionFailure("\(key.rawValue) has no default in the table of keys")
        }
        return number
    }

    /// The same, and nil where nobody gave it and the table has no default.
    package func integerIfGiven(_ key: ConfigurationKey) throws(SwerveError) -> Int? {
        guard case .integer(let range) = key.row.kind else {
            preconditionFailure("\(key.rawValue) is no number in the table of keys")
        }
        return try text(key).map { value throws(SwerveError) in
            try integer(value, of: key, in: range)
        }
    }

    /// For keys that have a default in the table; nil for the word that may stand there.
    ///
    /// - Throws: as `integer`.
    package func integerUnlessWord(_ key: ConfigurationKey) throws(SwerveError) -> Int? {
        guard case .integerOrWord(let range, let word) = key.row.kind else {
            preconditionFailure("\(key.rawValue) is no number or word in the table of keys")
        }
        let value = try required(key)
        return value == word ? nil : try integer(value, of: key, in: range, or: ", or \(word)")
    }

    private func integer(
        _ value: String, of key: ConfigurationKey, in range: ClosedRange<Int>, or word: String = ""
    ) throws(SwerveError) -> Int {
        // YAML writes a million as 1e6 too.
        guard let number = Int(value) ?? Double(value).flatMap(Int.init(exactly:)) else {
            throw wrong(
                key, "is not a whole number",
                remedy: "write one from \(range.lowerBound) to \(range.upperBound)\(word)")
        }
        guard range.contains(number) else {
            throw wrong(key, "is not in \(range.lowerBound) … \(range.upperBound)")
        }
        return number
    }

    /// In milliseconds; nil where nobody gave it.
    ///
    /// - Throws: `.usage` for what is no whole number with a unit, or not in the table's range.
    package func durationMsIfGiven(_ key: ConfigurationKey) throws(SwerveError) -> Int64? {
        guard case .duration(let range) = key.row.kind else {
            preconditionFailure("\(key.rawValue) is no time in the table of keys")
        }
        guard let value = text(key) else { return nil }
        guard let milliseconds = Self.milliseconds(value) else {
            throw wrong(
                key, "is not a whole number with its unit",
                remedy: "write it as in 500ms, 90s, 10m, 2h or 7d")
        }
        guard range.contains(milliseconds) else {
            throw wrong(key, "is not in \(range.lowerBound)ms … \(range.upperBound / 86_400_000)d")
        }
        return milliseconds
    }

    /// What a list names, each once; empty where nobody gave it.
    ///
    /// - Throws: `.usage` for an empty name, and for what is no field's name.
    package func list(_ key: ConfigurationKey) throws(SwerveError) -> [String] {
        guard let value = text(key) else { return [] }
        do throws(NameList.Fault) {
            return try NameList.parse(value)
        } catch {
            throw wrong(key, error.reason, remedy: NameList.remedy)
        }
    }

    private static func milliseconds(_ text: String) -> Int64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units: [Substring: Int64] = [
            "ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000,
        ]
        guard let count = Int64(digits), let unit = units[text.dropFirst(digits.count)] else {
            return nil
        }
        let (product, hasOverflowed) = count.multipliedReportingOverflow(by: unit)
        return hasOverflowed ? nil : product
    }

    package func flag(_ key: ConfigurationKey) throws(SwerveError) -> Bool {
        switch text(key)?.lowercased() {
        case nil: return false
        case "true", "yes", "on", "1": return true
        case "false", "no", "off", "0": return false
        default: throw wrong(key, "is neither true nor false")
        }
    }

    /// - Throws: `.usage` for what is none of the table's words.
    package func choice(_ key: ConfigurationKey) throws(SwerveError) -> String {
        guard case .choice(let words) = key.row.kind else {
            preconditionFailure("\(key.rawValue) is no choice in the table of keys")
        }
        let value = try required(key)
        guard !words.contains(value) else { return value }
        if words.count == 1 {
            throw wrong(key, "is not supported by this version", remedy: "use \(words[0])")
        }
        let remedy =
            key == .start
            ? "it says where a new group begins: latest loses what is there, earliest scores it"
            : ""
        throw wrong(
            key,
            words.count == 2
                ? "is neither \(words[0]) nor \(words[1])"
                : "is not one of \(words.joined(separator: ", "))", remedy: remedy)
    }

    /// - Throws: `.usage` for what Kafka does not take as a topic's name.
    package func topic(_ key: ConfigurationKey) throws(SwerveError) -> String {
        let name = try required(key)
        guard Self.isTopicName(name) else {
            throw wrong(
                key, "is not a name that Kafka takes",
                remedy: "use at most 249 letters, digits, '.', '_' and '-'")
        }
        return name
    }

    private static func isTopicName(_ name: String) -> Bool {
        (1...249).contains(name.utf8.count) && name != "." && name != ".."
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
                default: false
                }
            }
    }

    // MARK: - Errors

    func missing(_ key: ConfigurationKey) -> SwerveError {
        guard key != .bootstrap else {
            return SwerveError(
                .usage, act: "looking for the brokers", reason: "none is named",
                remedy: "give --bootstrap HOST:PORT, \(key.variable), or "
                    + "kafka: {bootstrap.servers: HOST:PORT} in swerve.yaml")
        }
        let option = key.row.option.map { "\($0), " } ?? ""
        return SwerveError(
            .usage, act: "reading \(name)", reason: "\(key.rawValue) is missing",
            remedy: "set it in the file, by \(option)\(key.variable), or --set \(key.rawValue)=…")
    }

    /// An error about the value of `key`: its origin, its name, itself, `reason`.
    package func wrong(
        _ key: ConfigurationKey, _ reason: String, remedy: String = ""
    ) -> SwerveError {
        let value = KeyNames.shown(text(key) ?? "", of: key.rawValue)
        return wrong(
            "\(key.rawValue): '\(value.shortened(to: 80))' \(reason)", from: origin(of: key),
            remedy: remedy)
    }

    package func wrong(
        _ reason: String, from origin: Origin = .fallback, remedy: String = ""
    ) -> SwerveError {
        let (act, place) = origin.readingAct(of: name)
        return SwerveError(.usage, act: act, reason: place + reason, remedy: remedy)
    }
}

/// Where a value comes from.
package enum Origin: Sendable, Equatable, CustomStringConvertible {
    case file(name: String, line: Int)
    case environment(String)
    /// `--set`, or the option that stands for the key.
    case option(String)
    /// Nobody gave it.
    case fallback

    /// `swerve.yaml line 4`, `SWERVE_GROUP`, `--set`, `the default`.
    package var description: String {
        switch self {
        case .file(let name, let line): "\(name) line \(line)"
        case .environment(let name), .option(let name): name
        case .fallback: "the default"
        }
    }

    package var isFile: Bool {
        guard case .file = self else { return false }
        return true
    }

    /// Of two values that do not go together, the one of the higher rank was given to replace what
    /// the other goes with.
    package var rank: Int {
        switch self {
        case .fallback: 0
        case .file: 1
        case .environment: 2
        case .option: 3
        }
    }

    /// The act of an error about a value, and what stands before its reason.
    func readingAct(of configuration: String) -> (act: String, place: String) {
        switch self {
        case .file(let name, let line): ("reading \(name)", "line \(line): ")
        case .environment(let name), .option(let name): ("reading \(name)", "")
        case .fallback: ("reading \(configuration)", "")
        }
    }
}
