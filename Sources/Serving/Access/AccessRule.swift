package import Kafka

/// A line of an access list: a right that a process needs at the brokers.
package struct AccessRule: Sendable, Equatable {
    package let right: KafkaRight
    /// Nil where the process cannot do without; else what it is good for, or when it is needed.
    package let condition: String?

    init(_ right: KafkaRight, only condition: String? = nil) {
        self.right = right
        self.condition = condition
    }
}

/// What one kind of process needs.
package struct ProcessAccess: Sendable, Equatable {
    /// What it is started as, such as `serve`.
    package let process: String
    /// Other commands that need the same.
    package let others: String
    package let rules: [AccessRule]

    /// - Parameters:
    ///   - rights: as the clients of the process say them; each counts once.
    ///   - prefix: names of groups and transactional ids that begin with it need one rule.
    init(
        _ process: String, _ others: String, _ rights: [KafkaRight],
        optional: [AccessRule] = [], prefix: String
    ) {
        self.process = process
        self.others = others
        var rules: [AccessRule] = []
        for right in rights {
            let rule = AccessRule(Self.widened(right, prefix), only: Self.condition(of: right))
            if !rules.contains(rule) { rules.append(rule) }
        }
        // What another right on the same implies.
        let all = rules
        rules.removeAll { rule in all.contains { $0.right.implies(rule.right) } }
        for rule in optional {
            let right = Self.widened(rule.right, prefix)
            guard !rules.contains(where: { $0.right == right }) else { continue }
            rules.append(AccessRule(right, only: rule.condition))
        }
        let order = KafkaRight.Resource.allCases
        func place(_ rule: AccessRule) -> Int { order.firstIndex(of: rule.right.resource) ?? 0 }
        self.rules = rules.enumerated().sorted {
            (place($0.element), $0.offset) < (place($1.element), $1.offset)
        }.map(\.element)
    }

    private static func widened(_ right: KafkaRight, _ prefix: String) -> KafkaRight {
        switch right.resource {
        case .group, .transactionalID:
            guard !prefix.isEmpty, right.name.hasPrefix(prefix) else { return right }
            return right.onAll(beginningWith: prefix)
        case .topic, .cluster: return right
        }
    }

    private static func condition(of right: KafkaRight) -> String? {
        if right == .cluster("IdempotentWrite") { return oldBrokers }
        return right.resource == .group && right.operation == "Describe" ? quietReader : nil
    }

    /// What readers ask for anyway, twice a second, is refused, and noted by the authorizer.
    private static let quietReader = "brokers note no refusals of readers"
    /// Since then the right to write to a topic is enough for a producer that sends nothing twice.
    private static let oldBrokers = "brokers before Kafka 2.8"
}

extension ProcessAccess {
    /// Of `swerve hub`, which hears the fleet, announces, and goes on with rollouts, of all models.
    ///
    /// - Parameters:
    ///   - registry: the id of its registry; nil where that is not known: then for any.
    ///   - input: of a model whose requests its pages may show; nil for none that is known.
    package static func hub(
        control: String, status: String, prefix: String, registry: String?, input: String? = nil
    ) -> ProcessAccess {
        let names = KafkaNames(prefix: prefix)
        return ProcessAccess(
            "hub", "",
            TopicReader.rights(of: [control, status], names: names)
                + announcing(control, registry, names),
            optional: input.map { RangeConsumer.rights(of: [$0]) }.map { rights in
                rights.map { AccessRule($0, only: "pages show requests of a trial") }
            } ?? [], prefix: prefix)
    }

    /// Of whoever announces.
    static func announcing(
        _ control: String, _ registry: String?, _ names: KafkaNames
    ) -> [KafkaRight] {
        let rights = KafkaControlTopic.announcingRights(
            control, registry: registry ?? "", names: names)
        guard registry == nil else { return rights }
        // Where its id is not known, what the ids of all have in common.
        let announcer = names.announcer(of: "")
        return rights.map { right in
            right.resource == .transactionalID ? right.onAll(beginningWith: announcer) : right
        }
    }
}
