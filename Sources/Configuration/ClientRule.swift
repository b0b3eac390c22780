/// What Swerve does not take of librdkafka's settings: what would load or run code, and what would
/// break the delivery, the change of versions under way, or the one rule that names the brokers.
///
/// A `swerve.yaml` is read where a command runs, so it may be somebody else's: librdkafka must not
/// get a setting from it that makes the process run that person's code, not even to check it
/// (`plugin.library.paths` loads the libraries as soon as it is set).
enum ClientRule: Sendable {
    case never(_ reason: String, remedy: String = "remove it")
    /// Only these values, in any case of letters.
    case only(_ values: [String], _ reason: String)
    /// Only values of a form, which `needs` says.
    case form(_ needs: String, remedy: String = "correct it", @Sendable (String) -> Bool)

    /// What is wrong with a setting: words that follow its name, and a remedy; nil for nothing.
    ///
    /// Never the value, which may hold a password by mistake.
    static func fault(
        of setting: String, _ value: String, in section: String
    ) -> (reason: String, remedy: String)? {
        if setting == "bootstrap.servers" {
            guard section == "kafka" else {
                return (" cannot be set: \(oneRule)", "write it below kafka:")
            }
            return BrokerList.fault(of: value)
        }
        switch rules[setting] {
        case nil: return nil
        case .never(let reason, let remedy): return (" cannot be set: \(reason)", remedy)
        case .only(let values, let reason):
            guard !values.contains(value.lowercased()) else { return nil }
            return (" can only be \(values[0]): \(reason)", "remove it")
        case .form(let needs, let remedy, let isOfForm):
            return isOfForm(value) ? nil : (" is not \(needs)", remedy)
        }
    }

    static let rules: [String: ClientRule] = code.merging(delivery) { first, _ in first }

    /// What loads or runs code.
    private static let code: [String: ClientRule] = [
        "plugin.library.paths": .never("it loads code into the process"),
        "ssl.engine.location": .never("it loads code into the process"),
        "ssl.engine.id": .never("engines are code that is loaded into the process"),
        // OpenSSL takes a path as well, and loads the library that is there.
        "ssl.providers": .form(
            "a list of OpenSSL's own providers, and others are code that is loaded into the process",
            remedy: "name some of \(providers.joined(separator: ", "))"
        ) { $0.split(separator: ",").allSatisfy { providers.contains(String($0)) } },
        "sasl.kerberos.kinit.cmd": .never(
            "it is a command that a shell runs",
            remedy: "remove it, and renew the ticket outside of swerve with kinit or k5start"),
        // The shell runs librdkafka's own kinit command with both in it.
        "sasl.kerberos.principal": .form(
            "a principal of letters, digits, '.', '_', '-', '/' and '@', which a shell gets",
            isPrincipal),
        "sasl.kerberos.keytab": .form(
            "a path without quotes, '$', '\\' and control characters, which a shell gets",
            remedy: "name the file by another path", isQuotable),
    ]

    /// What breaks a promise of the service.
    private static let delivery: [String: ClientRule] = [
        "metadata.broker.list": .never(
            oneRule, remedy: "write kafka: {bootstrap.servers: HOST:PORT}"),
        "enable.auto.commit": .never(committed),
        "auto.commit.enable": .never(committed),
        "auto.commit.interval.ms": .never(
            "the interval of both deliveries is one key", remedy: "write commit.interval_ms"),
        "enable.auto.offset.store": .never(
            "offsets are stored once their predictions are acknowledged"),
        "offset.store.method": .only(["broker"], "offsets are committed at the brokers"),
        "offset.store.path": .never("offsets are committed at the brokers"),
        "auto.offset.reset": .never(
            "where a new group begins is 'start'; an offset out of range stops"),
        "isolation.level": .only(
            ["read_committed"], "records of aborted transactions would be scored"),
        "check.crcs": .only(trueWords, "damaged records would be scored"),
        "group.id": .never("the group is 'group'"),
        "group.instance.id": .never("it is made of group and slot"),
        "group.protocol.type": .only(["consumer"], "members of one group speak one protocol"),
        "partition.assignment.strategy": .never("all members of a group share out by range"),
        "topic.blacklist": .never("topics would look as if they were not there"),
        "topic.metadata.refresh.interval.ms": .form(
            "a whole number of at least 1: without, partitions that are added would not be scored"
        ) { (Int($0) ?? 0) >= 1 },
        "allow.auto.create.topics": .only(
            ["false", "f", "0"],
            "a topic that brokers make by themselves has neither the partitions nor the "
                + "compaction that is needed"),
        "enable.idempotence": .never("without it retries duplicate predictions"),
        "acks": .never(acknowledged),
        "request.required.acks": .never(acknowledged),
        "message.timeout.ms": .never(retried),
        "delivery.timeout.ms": .never(retried),
        "retries": .never(retried),
        "message.send.max.retries": .never(retried),
        "message.max.bytes": .form(
            "a whole number of at least 100000: smaller ones would make dead letters of predictions"
        ) { (Int($0) ?? 0) >= 100_000 },
        "max.in.flight": inFlight,
        "max.in.flight.requests.per.connection": inFlight,
        "queuing.strategy": .only(["fifo"], "predictions keep the order of their requests"),
        "transactional.id": .never(
            "it is made of group and slot, and transactions come with delivery: exactly-once"),
        "transaction.timeout.ms": .never(
            "it is 10 s: a dead process's transaction holds back its successor, and whoever reads "
                + "what is committed, for as long"),
        "enable.partition.eof": .never(own),
        "delivery.report.only.error": .never("acknowledgements decide which offsets are done"),
        "enable.gapless.guarantee": .never("it makes a passing fault fatal"),
        "api.version.request": .only(
            trueWords, "without it brokers get requests of a version without headers"),
        "enabled_events": .never(own),
        "log.queue": .never(own),
        "internal.termination.signal": .never("signals stop the service"),
        "test.mock.num.brokers": .never("it would score a stream that does not exist"),
    ]

    private static let inFlight = ClientRule.form(
        "a whole number from 1 to 5, which keeps the order of predictions"
    ) { (1...5).contains(Int($0) ?? 0) }
    private static let oneRule =
        "the brokers are named once for all clients, by kafka: {bootstrap.servers: …}"
    private static let committed = "offsets are committed once their predictions are acknowledged"
    private static let acknowledged = "a prediction counts when all in-sync replicas have it"
    private static let retried = "predictions are retried without end"
    private static let own = "it is Swerve's own"
    private static let trueWords = ["true", "t", "1"]
    private static let providers = ["default", "legacy", "base", "fips"]

    /// Nothing that a shell takes for more than one word, and no option of kinit.
    @Sendable private static func isPrincipal(_ text: String) -> Bool {
        text.utf8.first != UInt8(ascii: "-")
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x2F, 0x40, 0x5F: true
                default: false
                }
            }
    }

    /// Nothing that ends or changes the quoted word of a shell that it stands in.
    @Sendable private static func isQuotable(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && !#""'$\`"#.utf8.contains($0) }
    }
}
