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

    /// `slots.first` is SWERVE_SLOTS_FIRST.
    var variable: String {
        "SWERVE_" + rawValue.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
    }
}
