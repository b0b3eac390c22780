package import Lifecycle

/// Reads predictions: fast in the order in which workers write the fields, as JSON in any other.
package struct PredictionReader: Sendable {
    private let model: String
    private let topic: String
    private let head: [UInt8]
    private let source: [UInt8]

    /// - Parameters:
    ///   - model: a prediction of another model is none.
    ///   - topic: a prediction for a record of another topic is none.
    package init(model: ModelName, topic: String) {
        self.model = model.description
        self.topic = topic
        head = Self.head(model)
        source = Self.source(topic)
    }

    /// What a worker writes before the version, and between label and partition.
    static func head(_ model: ModelName) -> [UInt8] {
        Array(#"{"model":"\#(model)","version":"#.utf8)
    }

    static func source(_ topic: String) -> [UInt8] {
        Array(#","source":{"topic":\#(JSONValue.string(topic).text),"partition":"#.utf8)
    }

    /// Nil for what is not a prediction of the model for a record of the topic.
    ///
    /// About 1 µs.
    package func read(_ value: [UInt8]) -> Prediction? {
        // No JSON begins with Confluent's magic byte, and every prediction in Avro does.
        guard value.first != AvroPredictionReader.magic else {
            return AvroPredictionReader.read(value, model: model, topic: topic)
        }
        guard let found = fast(value) ?? slow(value),
            found.label?.count ?? 0 <= Self.labelBytes, found.of?.count ?? 0 <= Self.labelBytes,
            found.id?.count ?? 0 <= Self.idBytes
        else { return nil }
        return found
    }

    /// Whether a value that is no prediction says that it is one of the model's for the topic.
    func claims(_ value: [UInt8]) -> Bool {
        guard let json = try? JSONValue(parsing: value, act: "reading a prediction") else {
            return false
        }
        return json["model"]?.string == model && json["source"]?["topic"]?.string == topic
    }

    /// Nil where anything is in another place than a worker puts it, and for what is no JSON.
    func fast(_ value: [UInt8]) -> Prediction? {
        var cursor = Cursor(bytes: value)
        guard cursor.skip(head), let version = cursor.integer(), cursor.skip(Self.epoch),
            let epoch = cursor.integer(), cursor.skip(Self.role), let role = cursor.string(),
            cursor.skip(Self.score), let score = cursor.number(), cursor.skip(Self.label),
            let label = cursor.string()
        else { return nil }
        var of: [UInt8]?
        if cursor.skip(Self.of) {
            guard let text = cursor.string() else { return nil }
            of = text
        }
        guard cursor.skip(source), let partition = cursor.integer(),
            cursor.skip(Self.offset), let offset = cursor.integer(), cursor.skip(Self.brace)
        else { return nil }
        var probability: Double?
        if cursor.skip(Self.probability) {
            guard let number = cursor.number() else { return nil }
            probability = number
        }
        var id: [UInt8]?
        if cursor.skip(Self.id) {
            guard let text = cursor.string(escapes: true) else { return nil }
            id = text
        }
        guard cursor.skip(Self.brace), cursor.isAtEnd,
            let known = role == Self.stable ? Role.stable : role == Self.canary ? .canary : nil,
            let number = Int32(exactly: partition), let version = Int(exactly: version)
        else { return nil }
        var prediction = Prediction(
            version: version, epoch: epoch, role: known, score: score, label: label,
            partition: number, offset: offset, id: id)
        prediction.of = of
        prediction.probabilities = probability.map { [$0] }
        return prediction
    }

    func slow(_ value: [UInt8]) -> Prediction? {
        guard let json = try? JSONValue(parsing: value, act: "reading a prediction"),
            json["model"]?.string == model, json["source"]?["topic"]?.string == topic,
            let version = json["version"]?.int, let epoch = json["epoch"]?.int,
            let role = (json["role"]?.string).flatMap(Role.init(rawValue:)),
            let score = json["score"]?.double,
            let partition = (json["source"]?["partition"]?.int).flatMap(Int32.init(exactly:)),
            let offset = json["source"]?["offset"]?.int,
            StreamPlace.isPossible(partition: partition, offset: Int64(offset))
        else { return nil }
        let id = (json["id"]?.string).map(Self.unquoted)
        // A regression has no label; one that is not a text is no prediction of ours.
        var texts: [[UInt8]?] = [nil, nil]
        for (index, name) in ["label", "of"].enumerated() {
            guard let given = json[name] else { continue }
            guard let text = given.string else { return nil }
            texts[index] = Self.unquoted(text)
        }
        var prediction = Prediction(
            version: version, epoch: Int64(epoch), role: role, score: score, label: texts[0],
            partition: partition, offset: Int64(offset), id: id)
        prediction.of = texts[1]
        if let given = json["decision"] {
            guard let numbers = Self.numbers(given.array) else { return nil }
            prediction.decisions = numbers
        }
        if let given = json["probability"] {
            guard let numbers = given.double.map({ [$0] }) ?? Self.numbers(given.array) else {
                return nil
            }
            prediction.probabilities = numbers
        }
        return prediction
    }

    /// As a text goes between the quotes of a prediction.
    private static func unquoted(_ text: String) -> [UInt8] {
        Array(JSONValue.string(text).bytes.dropFirst().dropLast())
    }

    /// Nil where one of them is none.
    private static func numbers(_ list: [JSONValue]?) -> [Double]? {
        guard let list else { return nil }
        let numbers = list.compactMap(\.double)
        return numbers.count == list.count ? numbers : nil
    }

    /// What no worker's label and id comes to, written in JSON: strangers' must not fill memory.
    static let labelBytes = 65_536
    static let idBytes = 6 * Limits.requestIDBytes
    static let epoch = Array(#","epoch":"#.utf8)
    static let role = Array(#","role":""#.utf8)
    static let score = Array(#","score":"#.utf8)
    static let label = Array(#","label":""#.utf8)
    static let of = Array(#","of":""#.utf8)
    static let offset = Array(#","offset":"#.utf8)
    static let probability = Array(#","probability":"#.utf8)
    static let id = Array(#","id":""#.utf8)
    static let brace = Array("}".utf8)
    static let stable = Array(Role.stable.rawValue.utf8)
    static let canary = Array(Role.canary.rawValue.utf8)
}

/// A place in some bytes.
private struct Cursor {
    let bytes: [UInt8]
    var position = 0

    var isAtEnd: Bool { position == bytes.count }

    /// Moves behind `text` if that is what comes.
    mutating func skip(_ text: [UInt8]) -> Bool {
        guard bytes.count - position >= text.count else { return false }
        for index in text.indices where bytes[position + index] != text[index] { return false }
        position += text.count
        return true
    }

    mutating func integer() -> Int64? {
        let found = PredictionText.integer(bytes, from: position)
        if let found { position = found.end }
        return found?.value
    }

    mutating func number() -> Double? {
        let found = PredictionText.number(bytes, from: position)
        if let found { position = found.end }
        return found?.value
    }

    /// Up to the closing quote, which is passed over; escapes stay as they are.
    ///
    /// - Parameter escapes: nil is returned for a string with any where it may have none.
    mutating func string(escapes: Bool = false) -> [UInt8]? {
        let first = position
        guard let end = PredictionText.stringEnd(bytes, from: first, escapes: escapes) else {
            return nil
        }
        position = end + 1
        return Array(bytes[first..<end])
    }
}
