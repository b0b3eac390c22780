import Fleet
import Lifecycle
import Registry

/// One server-sent event of the stream of all that happens.
struct EventMessage: Sendable, Equatable {
    /// The model that it is about; nil for the registry as a whole.
    let model: ModelName?
    let bytes: [UInt8]

    /// Of the audit chain: its number is the event's id, by which a stream is resumed.
    init(_ entry: AuditEntry) {
        model = entry.model.flatMap { try? ModelName($0) }
        let document: JSONValue = [
            "sequence": .int(entry.sequence), "fields": entry.fields,
            "hash": .string(entry.hash.description),
        ]
        bytes = Self.event("audit", document, id: entry.sequence)
    }

    /// All of the fleet that a subject may see, at the beginning of a stream.
    init(fleet models: [JSONValue], fault: String?, atMs: Int64?) {
        model = nil
        var document: [String: JSONValue] = ["models": .array(models)]
        document["at"] = atMs.map { .string(Timestamp.text(ofMs: $0)) } ?? .null
        document["fault"] = fault.map { .string($0) } ?? .null
        bytes = Self.event("fleet", .object(document))
    }

    /// One model's fleet is another than before.
    init(changed document: JSONValue, of model: ModelName) {
        self.model = model
        bytes = Self.event("fleet-changed", document)
    }

    /// The fleet cannot be seen any more, or can again where there is no fault.
    init(fault: String?) {
        model = nil
        bytes = Self.event("fleet-fault", ["fault": fault.map { .string($0) } ?? .null])
    }

    /// The chain is shorter than where the stream was to go on: the registry is another one, or a
    /// backup of it.
    init(resetTo head: Int64) {
        model = nil
        bytes = Self.event("reset", ["sequence": .int(head)], id: head)
    }

    /// A comment: that somebody is there.
    static let alive = Array(": alive\n\n".utf8)

    private static func event(
        _ name: String, _ document: JSONValue, id: Int64? = nil
    ) -> [UInt8] {
        // One line: the text of a JSON value has no line's end in it.
        let number = id.map { "id: \($0)\n" } ?? ""
        return Array("\(number)event: \(name)\ndata: \(document.text)\n\n".utf8)
    }
}

/// How each model's fleet stands, as the stream tells it, and which of them changed since when.
struct FleetNews: Sendable {
    private struct Told: Sendable {
        var document: JSONValue
        var text: String
        /// The turn at which it became so.
        var turn: Int64
    }

    private var told: [ModelName: Told] = [:]
    private(set) var turn: Int64 = 0

    /// - Parameter summary: a document a model, as `FleetSummary` has it.
    mutating func take(_ summary: [(model: ModelName, document: JSONValue)]) {
        turn += 1
        for (model, document) in summary {
            let text = document.text
            guard told[model]?.text != text else { continue }
            told[model] = Told(document: document, text: text, turn: turn)
        }
        let present = Set(summary.map(\.model))
        for model in told.keys where !present.contains(model) {
            // Nobody speaks of it any more; who listens is told so once.
            let gone: JSONValue = ["model": .string("\(model)"), "groups": []]
            guard told[model]?.text != gone.text else { continue }
            told[model] = Told(document: gone, text: gone.text, turn: turn)
        }
        if told.count > Self.max {
            told = told.filter { present.contains($0.key) }
        }
    }

    /// What is other than at `turn`, by name; all of it where that is nil.
    func changes(since turn: Int64?) -> [(model: ModelName, document: JSONValue)] {
        told.filter { $0.value.turn > turn ?? -1 }
            .sorted { $0.key.description < $1.key.description }
            .map { ($0.key, $0.value.document) }
    }

    private static let max = 4_096
}
