import Kafka
import Lifecycle
import Serving

/// Reads typed values out of a flat configuration; errors name file, key and what is allowed.
struct KeyReader {
    private let flat: FlatConfiguration

    init(_ flat: FlatConfiguration) { self.flat = flat }

    func text(_ key: ConfigurationKey) -> String? {
        guard let value = flat[key.rawValue], !value.isEmpty else { return nil }
        return value
    }

    func required(_ key: ConfigurationKey) throws(SwerveError) -> String {
        guard let value = text(key) else {
            throw wrong(
                "\(key.rawValue) is missing", "set it in the file, by \(key.variable), or --set")
        }
        return value
    }

    func integer(
        _ key: ConfigurationKey, in range: ClosedRange<Int>
    ) throws(SwerveError) -> Int? {
        guard let value = text(key) else { return nil }
        // YAML writes a million as 1e6 too.
        guard let number = Int(value) ?? Double(value).flatMap(Int.init(exactly:)) else {
            throw wrong(
                "\(key.rawValue): '\(value.shortened(to: 40))' is not a whole number",
                "write one from \(range.lowerBound) to \(range.upperBound)")
        }
        guard range.contains(number) else {
            throw wrong(
                "\(key.rawValue): '\(value.shortened(to: 40))' is not in "
                    + "\(range.lowerBound) … \(range.upperBound)")
        }
        return number
    }

    func flag(_ key: ConfigurationKey) throws(SwerveError) -> Bool? {
        switch text(key)?.lowercased() {
        case nil: nil
        case "true", "yes", "on", "1": true
        case "false", "no", "off", "0": false
        case let other?:
            throw wrong("\(key.rawValue): '\(other.shortened(to: 40))' is neither true nor false")
        }
    }

    func choice(
        _ key: ConfigurationKey
    ) throws(SwerveError) -> WorkerConfiguration.Assignment? {
        guard let value = text(key) else { return nil }
        guard let choice = WorkerConfiguration.Assignment(rawValue: value) else {
            throw wrong(
                "\(key.rawValue): '\(value.shortened(to: 40))' is not one of "
                    + WorkerConfiguration.Assignment.allCases.map(\.rawValue)
                    .joined(separator: ", "))
        }
        return choice
    }

    func trust() throws(SwerveError) -> WorkerConfiguration.Trust? {
        let artifacts = text(.trustArtifacts)
        let name = ConfigurationKey.trustArtifacts.rawValue
        if let artifacts, !["required", "optional"].contains(artifacts) {
            throw wrong(
                "\(name): '\(artifacts.shortened(to: 40))' is neither required nor optional")
        }
        guard let file = text(.trust) else {
            guard artifacts != "required" else {
                throw wrong(
                    "\(name): required, but trust is missing", "name a trust file: trust: PATH")
            }
            return nil
        }
        return WorkerConfiguration.Trust(
            file: file, requiresSignedArtifacts: artifacts == "required")
    }

    func start() throws(SwerveError) -> String {
        let value = try required(.start)
        guard StartPosition(rawValue: value) != nil else {
            throw wrong(
                "start: '\(value.shortened(to: 40))' is neither earliest nor latest",
                "it says where a new group begins: latest loses what is there, earliest scores it")
        }
        return value
    }

    /// The group's name is part of the status topic's keys and of static member ids.
    func group(default model: ModelName) throws(SwerveError) -> String {
        let group = text(.group) ?? model.description
        guard group.utf8.count <= 200, group.printable == group else {
            throw wrong("group: not a name of at most 200 bytes without control characters")
        }
        return group
    }

    /// For settings of which only one value is built so far; says so instead of doing as if.
    func only(
        _ key: ConfigurationKey, _ value: String, insteadOf others: String
    ) throws(SwerveError) {
        guard let given = text(key), given != value else { return }
        throw wrong(
            "\(key.rawValue): '\(given.shortened(to: 40))': \(others) are not supported by this "
                + "version", "use \(value)")
    }

    func topics() throws(SwerveError) -> WorkerConfiguration.Topics {
        var topics = WorkerConfiguration.Topics()
        topics.input = text(.topicInput) ?? topics.input
        topics.output = text(.topicOutput) ?? topics.output
        topics.deadLetters = text(.topicDeadLetters) ?? topics.deadLetters
        topics.control = text(.topicControl) ?? topics.control
        topics.status = text(.topicStatus) ?? topics.status
        let all = [
            topics.input, topics.output, topics.deadLetters, topics.control, topics.status,
        ]
        guard Set(all).count == all.count else {
            throw wrong("topics: two of them have the same name")
        }
        if let odd = all.first(where: { !Self.isTopicName($0) }) {
            throw wrong(
                "topics: '\(odd.shortened(to: 80))' is not a name that Kafka takes",
                "use at most 249 letters, digits, '.', '_' and '-'")
        }
        return topics
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

    func fields() -> WorkerConfiguration.Fields {
        var fields = WorkerConfiguration.Fields()
        fields.id = text(.fieldID) ?? fields.id
        fields.method = text(.fieldMethod) ?? fields.method
        fields.path = text(.fieldPath) ?? fields.path
        fields.query = text(.fieldQuery) ?? fields.query
        fields.body = text(.fieldBody) ?? fields.body
        return fields
    }

    func wrong(_ reason: String, _ remedy: String = "") -> SwerveError {
        SwerveError(.usage, act: "reading \(flat.name)", reason: reason, remedy: remedy)
    }
}
