import FoundationEssentials
package import Inputs
package import Kafka
package import Lifecycle

/// Everything one worker needs to know; the supervisor hands it over as one line of JSON.
package struct WorkerConfiguration: Sendable, Equatable, Codable {
    package enum Assignment: String, Sendable, Codable, CaseIterable {
        case `static`, fixed
    }

    package struct Topics: Sendable, Equatable, Codable {
        package var input = "raw_requests"
        package var output = "predictions"
        package var deadLetters = "predictions.dlq"
        package var control = "swerve.control"
        package var status = "swerve.status"

        package init() {}
    }

    /// Which fields of a request mean what; names may be dotted.
    package struct Fields: Sendable, Equatable, Codable {
        package var id = "id"
        package var method = "method"
        package var path = "path"
        package var query = "query"
        package var body = "body"

        package init() {}
    }

    /// Whose word is believed; without, everybody's who can write to the control topic.
    package struct Trust: Sendable, Equatable, Codable {
        /// The path of a trust file, as `TrustFile` reads it.
        package var file: String
        /// Whether artifacts need a signature of their own, by a key with the role register.
        package var requiresSignedArtifacts: Bool

        package init(file: String, requiresSignedArtifacts: Bool) {
            self.file = file
            self.requiresSignedArtifacts = requiresSignedArtifacts
        }
    }

    package var model: String
    package var group: String
    package var slot: Int
    package var total: Int
    package var assignment: Assignment
    package var topics = Topics()
    package var fields = Fields()
    package var start: String
    /// The registry file that artifacts come from.
    package var artifacts: String
    package var stateFolder: String
    package var trust: Trust?
    package var requestBytes = Limits.requestBytes
    package var deadLetterPercent = WorkerConfiguration.deadLetterPercentDefault
    /// The most of the poll thread's time that a shadow may take.
    package var shadowPercent = WorkerConfiguration.shadowPercentDefault
    package var isDevelopment = false
    /// How long a stop or a revocation waits for what is out.
    package var drainMs = WorkerConfiguration.drainMsDefault
    package var kafka: [String: String]
    package var kafkaConsumer: [String: String] = [:]
    package var kafkaProducer: [String: String] = [:]

    package static let deadLetterPercentDefault = 50
    package static let shadowPercentDefault = 25
    package static let drainMsDefault = 10_000

    package init(
        model: String, group: String, slot: Int, total: Int, assignment: Assignment, start: String,
        artifacts: String, stateFolder: String, kafka: [String: String]
    ) {
        self.model = model
        self.group = group
        self.slot = slot
        self.total = total
        self.assignment = assignment
        self.start = start
        self.artifacts = artifacts
        self.stateFolder = stateFolder
        self.kafka = kafka
    }

    package var bytes: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { Array($0) } ?? []
    }

    package init(parsing bytes: some Collection<UInt8>) throws(SwerveError) {
        do {
            self = try JSONDecoder().decode(WorkerConfiguration.self, from: Data(bytes))
        } catch {
            throw SwerveError(
                .usage, act: "reading the worker's configuration",
                reason: "it is not what serve hands over",
                remedy: "workers are started by swerve serve")
        }
    }

    /// The same with passwords and private keys masked: for people and logs.
    package var shown: WorkerConfiguration {
        var shown = self
        shown.kafka = SecretMask.shown(kafka)
        shown.kafkaConsumer = SecretMask.shown(kafkaConsumer)
        shown.kafkaProducer = SecretMask.shown(kafkaProducer)
        return shown
    }

    /// How records are read.
    ///
    /// - Throws: `SwerveError.usage` for names of fields that do not go together.
    package func input() throws(SwerveError) -> InputSettings {
        InputSettings(
            format: .json(
                try InputFields(
                    id: fields.id, method: fields.method, path: fields.path, query: fields.query,
                    body: fields.body)), limitBytes: requestBytes)
    }

    package var slotID: SlotID { SlotID(group: group, slot: slot) }

    /// The brokers, with what the development broker needs: its long poll never wakes early.
    package var baseSettings: KafkaSettings {
        let settings = KafkaSettings(kafka)
        return isDevelopment ? settings.withDefaults(["fetch.wait.max.ms": "10"]) : settings
    }
}
