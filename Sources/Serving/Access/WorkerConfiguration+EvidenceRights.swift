import Kafka

/// What the commands need at the brokers that look at a stream from outside.
extension WorkerConfiguration {
    /// - Parameter corrections: the topic of corrections; nil leaves what is needed on it out.
    func evidenceAccess(corrections: String?) -> [ProcessAccess] {
        let (input, output) = (topics.input, topics.output)
        let answers = RangeConsumer.rights(of: [input, output] + lettersIfAny)
        let compaction = AccessRule(
            TopicAdministrator.rightToReadSettings(of: input),
            only: "whether the input is compacted is known")
        return [
            access(
                "audit stream", "",
                answers + RangeConsumer.rights(of: ledgerIfAny)
                    + TopicReader.rights(of: [topics.control], names: baseSettings.names),
                optional: progress + [compaction]),
            access(
                "trace", "", answers,
                optional: RangeConsumer.rights(of: ledgerIfAny).map {
                    AccessRule($0, only: "who took the record is told")
                }),
            access("impact", "", answers, optional: correcting(corrections)),
            access(
                "labels", "", RangeConsumer.rights(of: [input, output])),
            access("replay", "", RangeConsumer.rights(of: [input]), optional: [compaction]),
        ]
    }

    /// Without it an audit does not know how far the group has come, and what was replayed.
    private var progress: [AccessRule] {
        let letters = topics.deadLettersIfAny.map {
            GroupProgress.rights(of: LetterReplay.group(self), topic: $0)
        }
        let group = GroupProgress.rights(of: group, topic: topics.input)
        return [
            (group, "how far the group has come is known"),
            (letters ?? [], "records that were replayed are told from doubled ones"),
        ].flatMap { rights, words in
            rights.filter { $0.resource == .group }.map { AccessRule($0, only: words) }
        }
    }

    private func correcting(_ topic: String?) -> [AccessRule] {
        guard let topic else { return [] }
        return RangeConsumer.rights(of: [topic]).map { AccessRule($0, only: "with --correct") }
            + TopicWriter.rights(of: [topic]).map { right in
                AccessRule(
                    right,
                    only: right.resource == .cluster
                        ? "with --apply, and brokers before Kafka 2.8" : "with --apply")
            }
    }
}
