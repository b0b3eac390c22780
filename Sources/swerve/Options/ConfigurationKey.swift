import Lifecycle

/// Every key of `swerve.yaml` but librdkafka's own; each is also an environment variable and can be
/// given with `--set`.
enum ConfigurationKey: String, CaseIterable {
    case model, registry, artifacts, state, group, assignment, delivery, start, development, http
    /// The path of a trust file: whose signed promotions the workers believe; all without.
    case trust
    /// `required`: artifacts need a signature too. A key of its own, not nested under `trust`.
    case trustArtifacts = "trust.artifacts"
    case slotsTotal = "slots.total"
    case slotsFirst = "slots.first"
    case slotsCount = "slots.count"
    case topicInput = "topics.input"
    case topicOutput = "topics.output"
    case topicDeadLetters = "topics.dead_letters"
    case topicControl = "topics.control"
    case topicStatus = "topics.status"
    case inputFormat = "input.format"
    case fieldID = "input.fields.id"
    case fieldMethod = "input.fields.method"
    case fieldPath = "input.fields.path"
    case fieldQuery = "input.fields.query"
    case fieldBody = "input.fields.body"
    case requestBytes = "limits.request_bytes"
    case deadLetterPercent = "limits.dead_letter_percent"
    case shadowPercent = "limits.shadow_percent"
    case drainMs = "limits.drain_ms"

    /// Whether keys begin with it: `slots`, `input.fields`.
    static func isSection(_ name: String) -> Bool {
        name == "kafka" || allCases.contains { $0.rawValue.hasPrefix(name + ".") }
    }

    /// What somebody may have meant by a key that there is not.
    static func remedy(for key: String) -> String {
        if ["bootstrap", "bootstrap.servers", "bootstrap_servers", "brokers", "servers"]
            .contains(key)
        {
            return "the brokers are named by kafka: {bootstrap.servers: HOST:PORT}"
        }
        if ["kafka.consumer", "kafka.producer"].contains(where: { key.hasPrefix($0) }) {
            return "in the file write kafka.consumer: {…} or kafka.producer: {…}"
        }
        let known = allCases.map(\.rawValue) + ["kafka", "kafka.consumer", "kafka.producer"]
        if let nearest = NearestWord.find(key, among: known) { return "did you mean \(nearest)?" }
        // One that is right but for the section it belongs in.
        let last = key.split(separator: ".").last.map(String.init) ?? key
        let ends = known.filter { $0.hasSuffix("." + last) }
        if ends.count == 1 { return "did you mean \(ends[0])?" }
        if ["sasl.", "ssl.", "security.", "socket.", "fetch.", "queue.", "batch.", "linger."]
            .contains(where: { key.hasPrefix($0) })
        {
            return "librdkafka's own settings stand below kafka:"
        }
        return "keys are \(allCases.map(\.rawValue).joined(separator: ", ")), kafka…"
    }

    /// `slots.first` is SWERVE_SLOTS_FIRST.
    var variable: String {
        "SWERVE_" + rawValue.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
    }
}
