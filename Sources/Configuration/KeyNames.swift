import Lifecycle

/// Which names there are, and what somebody may have meant by one that there is not.
enum KeyNames {
    /// Below these, names are librdkafka's, whichever they are.
    static let sections = ["kafka", "kafka.consumer", "kafka.producer"]

    static func isKnown(_ name: String) -> Bool {
        ConfigurationKey(rawValue: name) != nil || isClientSetting(name)
    }

    /// Whether it is one of librdkafka's, with the section before it.
    static func isClientSetting(_ name: String) -> Bool {
        name.hasPrefix("kafka.") && !sections.contains(name)
    }

    /// The section of librdkafka's own settings that it stands in, and librdkafka's name for it.
    static func clientSetting(_ name: String) -> (section: String, setting: String)? {
        guard isClientSetting(name) else { return nil }
        let section = sections.last { name.hasPrefix($0 + ".") } ?? "kafka"
        return (section, String(name.dropFirst(section.count + 1)))
    }

    /// `value` as people may see it.
    static func shown(_ value: String, of name: String) -> String {
        // Some of these are secrets, and which ones no name tells.
        if ConfigurationKey(rawValue: name)?.row.kind == .pairs {
            return value.split(separator: ",").map { pair in
                String(pair.prefix { $0 != "=" }) + "=" + SecretMask.text
            }.joined(separator: ",")
        }
        return SecretMask.shown(value, of: clientSetting(name)?.setting ?? name)
    }

    /// Whether keys begin with it: `slots`, `input.fields`.
    static func isSection(_ name: String) -> Bool {
        sections.contains(name)
            || ConfigurationKey.allCases.contains { $0.rawValue.hasPrefix(name + ".") }
    }

    /// Why a value for `name` is refused; it is no key.
    static func reason(against name: String) -> String {
        let shown = "'\(name.shortened(to: 80))'"
        return isSection(name) ? "\(shown) has no value of its own" : "unknown key \(shown)"
    }

    static func remedy(for name: String) -> String {
        if ["bootstrap", "bootstrap.servers", "bootstrap_servers", "brokers", "servers"]
            .contains(name)
        {
            return "the brokers are named by kafka: {bootstrap.servers: HOST:PORT}"
        }
        if sections.contains(name) {
            return "below it stand librdkafka's own keys, as \(name).client.id"
        }
        let known = ConfigurationKey.allCases.map(\.rawValue) + sections
        if isSection(name) {
            let keys = known.filter { $0.hasPrefix(name + ".") }
            return "below it stand \(keys.joined(separator: ", "))"
        }
        if let nearest = NearestWord.find(name, among: known) { return "did you mean \(nearest)?" }
        if let meant = elsewhere[String(name.map { $0 == "_" ? "." : $0 })] {
            return "did you mean \(meant)?"
        }
        if clientPrefixes.contains(where: { name.hasPrefix($0) }) {
            return "librdkafka's own settings stand below kafka:"
        }
        // One that is right but for the section it belongs in.
        let last = name.split(separator: ".").last.map(String.init) ?? name
        let ends = known.filter { $0.hasSuffix("." + last) }
        if ends.count == 1 { return "did you mean \(ends[0])?" }
        // A part of it that is one: `output_topic`, `kafka_brokers`.
        let words = Set(name.lowercased().split { "._-".contains($0) })
        let likeness = known.map { key in
            (key, words.intersection(key.split { "._".contains($0) }).count)
        }
        let best = likeness.map(\.1).max() ?? 0
        let alike = likeness.filter { $0.1 == best }.map(\.0).prefix(alikeMax)
        return (best > 0 ? "near it are \(alike.joined(separator: ", ")); " : "")
            + "all keys are told by: swerve config keys"
    }

    private static let alikeMax = 5

    /// What Kafka's tools call what has a key of its own here.
    private static let elsewhere = [
        "group.id": "group", "consumer.group": "group", "input.topic": "topics.input",
        "output.topic": "topics.output", "topic.input": "topics.input",
        "topic.output": "topics.output", "auto.offset.reset": "start",
        "auto.commit.interval.ms": "commit.interval_ms",
    ]

    /// How librdkafka's names begin; no key of Swerve's own does.
    private static let clientPrefixes = [
        "sasl.", "ssl.", "security.", "socket.", "fetch.", "queue.", "batch.", "linger.", "client.",
        "session.", "heartbeat.", "max.poll.", "message.", "compression.", "reconnect.", "retry.",
        "statistics.", "broker.", "metadata.", "enable.", "api.version.",
    ]
}
