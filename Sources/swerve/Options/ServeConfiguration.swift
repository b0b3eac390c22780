import Lifecycle
import Serving
import Supervision

/// One `swerve serve`: the flat texts, checked and typed.
///
/// The second step of reading a configuration; nonsense does not get past it.
struct ServeConfiguration {
    let slots: OwnedSlots
    let registry: String
    let hasHTTP: Bool
    private let worker: WorkerConfiguration

    /// The configuration of the worker in `slot`.
    func worker(slot: Int) -> WorkerConfiguration {
        var configuration = worker
        configuration.slot = slot
        return configuration
    }

    var topics: WorkerConfiguration.Topics { worker.topics }
    var kafka: [String: String] { worker.kafka }
    var model: String { worker.model }
    var group: String { worker.group }
    var drainMs: Int { worker.drainMs }
    var trust: WorkerConfiguration.Trust? { worker.trust }

    init(_ flat: FlatConfiguration) throws(SwerveError) {
        let reader = KeyReader(flat)
        let model = try ModelName(try reader.required(.model))
        registry = reader.text(.registry) ?? "./swerve.db"
        hasHTTP = reader.text(.http) != nil
        let total = try reader.integer(.slotsTotal, in: 1...Limits.slots) ?? 1
        let first = try reader.integer(.slotsFirst, in: 0...Limits.slots) ?? 0
        let count = try reader.integer(.slotsCount, in: 1...Limits.slots) ?? total - first
        slots = try OwnedSlots(total: total, first: first, count: count)
        try reader.only(.delivery, "at-least-once", insteadOf: "exactly-once")
        try reader.only(.inputFormat, "json", insteadOf: "other formats")
        guard flat.kafka["bootstrap.servers"] != nil else {
            throw reader.wrong("kafka: bootstrap.servers is missing", "name the brokers")
        }
        try RefusedSettings.check(flat)
        let artifacts = reader.text(.artifacts) ?? registry
        guard !artifacts.contains("://") else {
            throw reader.wrong(
                "artifacts: '\(SecretMask.withoutUsers(artifacts).shortened(to: 80))' is a URL, which this version does "
                    + "not fetch from", "name the registry file")
        }
        var worker = WorkerConfiguration(
            model: model.description, group: try reader.group(default: model),
            slot: first, total: total,
            assignment: try reader.choice(.assignment) ?? .static,
            start: try reader.start(), artifacts: artifacts,
            stateFolder: reader.text(.state) ?? "./state", kafka: flat.kafka)
        worker.kafkaConsumer = flat.kafkaConsumer
        worker.kafkaProducer = flat.kafkaProducer
        worker.trust = try reader.trust()
        worker.topics = try reader.topics()
        worker.fields = reader.fields()
        worker.isDevelopment = try reader.flag(.development) ?? false
        worker.requestBytes =
            try reader.integer(.requestBytes, in: 1...Limits.requestBytesMax)
            ?? Limits.requestBytes
        worker.deadLetterPercent =
            try reader.integer(.deadLetterPercent, in: 0...100)
            ?? WorkerConfiguration.deadLetterPercentDefault
        worker.shadowPercent =
            try reader.integer(.shadowPercent, in: 0...100)
            ?? WorkerConfiguration.shadowPercentDefault
        worker.drainMs =
            try reader.integer(.drainMs, in: 100...600_000) ?? WorkerConfiguration.drainMsDefault
        self.worker = worker
    }
}
