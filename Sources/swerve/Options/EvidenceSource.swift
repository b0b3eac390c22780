import Configuration
import HubClient
import Kafka
import Lifecycle
import Operations
import Registry
import Serving
import Verification

/// What commands need that look at a stream from outside: the workers' configuration, the brokers,
/// and what the registry knows.
struct EvidenceSource {
    let model: ModelName
    let worker: WorkerConfiguration
    let brokers: KafkaBrokers
    /// Where versions and their history come from.
    let place: RegistryPlace
    let backend: any Backend

    /// - Parameter group: over the configuration's.
    /// - Throws: `.notFound` for a model that is not registered; `.usage` for a configuration of
    ///   another model, or that makes no sense.
    init(
        _ model: ModelName, group: String?, _ registry: RegistryOptions, _ kafka: KafkaOptions
    ) throws(SwerveError) {
        self.model = model
        let given = try registry.configuration(kafka)
        place = try RegistryPlace(given)
        // The stream's brokers are named beside a hub, too.
        backend =
            if case .hub = place { try registry.backend() } else { try registry.backend(kafka) }
        if let named = given.text(.model), named != model.description {
            // A model that nobody has is no matter of the configuration.
            _ = try backend.history(HistoryRequest(model: model, limit: 1))
            throw given.wrong(
                .model, "is another model than \(model)",
                remedy: "name the configuration of its workers: --config FILE")
        }
        let configuration = try registry.configuration(
            kafka, ModelKeys(model: model.description, group: group))
        worker = try WorkerConfiguration(
            configuration, slot: 0, of: try configuration.integerUnlessWord(.slotsTotal))
        brokers = try kafka.brokers(configuration)
    }

    private struct ModelKeys: KeyOptions {
        let model: String
        let group: String?

        var keys: [ConfigurationKey: String?] { [.model: model, .group: group] }
    }

    var artifacts: any ArtifactSource {
        switch place {
        case .file(let path): RegistryArtifacts(path: path)
        case .hub(let address): HubArtifacts(address)
        }
    }

    /// How records of the input are read: as the workers do, with the schemas of their registry.
    func form() throws(SwerveError) -> RecordForm { try worker.recordForm() }

    /// Every epoch of the model that the registry knows.
    ///
    /// - Throws: `.notFound` for a model that is not registered.
    func book() throws(SwerveError) -> EpochBook {
        let entries = try backend.history(
            HistoryRequest(model: model, limit: Self.historyMax)
        ).entries
        return EpochBook(
            entries.map {
                EpochBook.Epoch(
                    deployment: $0.after, by: $0.note.by, at: $0.note.at, reason: $0.note.reason)
            })
    }

    var topics: StreamTopics {
        StreamTopics(
            input: worker.topics.input, output: worker.topics.output,
            deadLetters: worker.topics.deadLetters, control: worker.topics.control,
            status: worker.topics.status)
    }

    /// What the stream is held against.
    func terms() -> AuditTerms {
        var terms = AuditTerms(
            model: model, group: worker.group, topics: topics,
            ledger: worker.topics.ledger == TopicNames.none ? nil : worker.topics.ledger,
            delivery: worker.delivery == .exactlyOnce ? .exactlyOnce : .atLeastOnce)
        terms.dropsUnscorable = worker.topics.deadLetters == TopicNames.none
        terms.passesOver = worker.maxAgeMs != nil
        terms.uncommittedRecords = Int64(worker.commit.uncommittedRecords)
        return terms
    }

    private static let historyMax = 1_000_000
}

extension WorkerConfiguration {
    /// How its workers read records, with the schemas of their registry.
    ///
    /// - Parameter patienceMs: how long a schema registry may take for one schema.
    func recordForm(patienceMs: Int = 30_000) throws(SwerveError) -> RecordForm {
        let settings = try input()
        guard form.format == .avro, let schemaRegistry else { return RecordForm(settings) }
        return RecordForm(
            settings,
            schemas: try RecordSchemas(
                schemaRegistry, state: stateFolder, of: (model, group), patienceMs: patienceMs))
    }
}
