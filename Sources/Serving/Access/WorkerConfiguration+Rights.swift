package import Kafka
import Lifecycle

/// What the processes of a service need at the brokers, as the clients say it that they are made
/// of.
extension WorkerConfiguration {
    /// Of a worker.
    package var rights: [KafkaRight] {
        let names = baseSettings.names
        let written = [topics.status] + ledgerIfAny
        return DataConsumer.rights(topic: topics.input, group: group)
            + RecordProducer.rights(
                output: topics.output, deadLetters: topics.deadLettersIfAny,
                transactionalID: transactionalID)
            + TopicReader.rights(of: [topics.control, topics.status], names: names)
            + [topics.control, topics.status].map(TopicAdministrator.rightToReadSettings)
            + TopicWriter.rights(of: written)
            + (assignment == .fixed
                ? SlotClaim.rights(SlotClaim.transactionalID(of: slotID), topic: topics.status)
                : [])
    }

    /// Of a replay of dead letters.
    package var replayRights: [KafkaRight] {
        let slot = LetterReplay.slot(self)
        return TopicReader.rights(
            of: [topics.control, topics.deadLetters], names: baseSettings.names)
            + DataConsumer.rights(topic: topics.deadLetters, group: slot.group)
            + RecordProducer.rights(
                output: topics.output, deadLetters: topics.deadLetters,
                transactionalID: ProducerTransactions.transactionalID(of: slot))
    }

    var ledgerIfAny: [String] { topics.ledgerIfAny.map { [$0] } ?? [] }

    /// What each process needs that runs with this configuration.
    ///
    /// - Parameters:
    ///   - registry: the id of the registry that commands announce for; nil where that is not
    ///     known: then for any.
    ///   - corrections: the topic of corrections; nil leaves what is needed on it out.
    package func access(registry: String?, corrections: String? = nil) -> [ProcessAccess] {
        let names = baseSettings.names
        let reading = TopicReader.rights(of: [topics.control, topics.status], names: names)
        let announced = ProcessAccess.announcing(topics.control, registry, names)
        let all =
            [topics.input, topics.output] + lettersIfAny
            + [topics.control, topics.status] + ledgerIfAny
        var processes = [
            access(
                "serve", "", rights.map(ofAllSlots),
                optional: ([topics.output] + lettersIfAny).map(limit)),
            access(
                "promote",
                "rollback, complete, abort, settings, republish, registry adopt, and every command "
                    + "that announces what is pending",
                reading + announced),
            access(
                "rollout run", "rollout start, pause, resume, approve, skip, promote and abort",
                reading + announced),
            .hub(
                control: topics.control, status: topics.status, prefix: namePrefix,
                registry: registry, input: topics.input),
            access("rollout status", "models, show, history: they read the registry alone", []),
            access("status", "", reading),
            access("audit verify", "", TopicReader.rights(of: [topics.control], names: names)),
            access(
                "leave", "",
                TopicReader.rights(of: [topics.status], names: names)
                    + DataConsumer.rights(topic: topics.input, group: group)),
        ]
        if let ledger = topics.ledgerIfAny {
            processes.append(
                access(
                    "ledger", "",
                    TopicReader.rights(of: [ledger], names: names)
                        + [TopicAdministrator.rightToSee(topics.input)]))
        }
        if let letters = topics.deadLettersIfAny {
            processes += [
                access(
                    "dead-letters list", "dead-letters show",
                    TopicReader.rights(of: [letters], names: names)),
                access("dead-letters replay", "", replayRights, optional: [limit(topics.output)]),
            ]
        }
        processes += evidenceAccess(corrections: corrections)
        processes.append(
            access(
                "topics create", "",
                all.map(TopicAdministrator.rightToCreate) + all.map(TopicAdministrator.rightToSee),
                optional: [
                    AccessRule(
                        TopicAdministrator.rightToReadBrokerSettings,
                        only: "min.insync.replicas suits the brokers' default of replicas")
                ]
                    + (corrections.map {
                        [
                            TopicAdministrator.rightToCreate($0), TopicAdministrator.rightToSee($0),
                        ]
                    } ?? []).map { AccessRule($0, only: "with --corrections") }))
        return processes
    }

    var lettersIfAny: [String] { topics.deadLettersIfAny.map { [$0] } ?? [] }

    func access(
        _ process: String, _ others: String, _ rights: [KafkaRight],
        optional: [AccessRule] = []
    ) -> ProcessAccess {
        ProcessAccess(process, others, rights, optional: optional, prefix: namePrefix)
    }

    private func limit(_ topic: String) -> AccessRule {
        AccessRule(
            TopicAdministrator.rightToReadSettings(of: topic),
            only: "batches suit its max.message.bytes")
    }

    /// One rule for the transactional ids of all slots, however many there will be.
    private func ofAllSlots(_ right: KafkaRight) -> KafkaRight {
        right.resource == .transactionalID
            ? right.onAll(beginningWith: KafkaNames.slots(of: group)) : right
    }
}
