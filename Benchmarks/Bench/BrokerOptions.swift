import ArgumentParser
import Kafka
import Lifecycle
import Platform

/// The brokers.
struct ClusterOptions: ParsableArguments {
    @Option(help: "The brokers, HOST:PORT[,…].")
    var bootstrap: String

    @Flag(help: "The brokers are the development broker, whose long poll never wakes early.")
    var development = false

    /// What every handle gets; the same as a worker's.
    var settings: KafkaSettings {
        let settings = KafkaSettings(["bootstrap.servers": bootstrap])
        return development ? settings.withDefaults(["fetch.wait.max.ms": "10"]) : settings
    }
}

/// The brokers and one topic on them.
struct BrokerOptions: ParsableArguments {
    @OptionGroup var cluster: ClusterOptions

    @Option(help: "The topic.")
    var topic: String

    @Option(help: "How many partitions the topic has.")
    var partitions: Int

    var settings: KafkaSettings { cluster.settings }

    func validate() throws {
        guard (1...10_000).contains(partitions) else {
            throw ValidationError("--partitions is not between 1 and 10000")
        }
    }

    /// librdkafka's errors only.
    static let log: KafkaLogSink = { news, line in
        switch news {
        case .detail, .answered, .heard: break
        case .warning, .notice, .trouble, .allDown: StandardStream.error.write("kafka: \(line)\n")
        }
    }
}

/// One JSON document a line on standard output.
enum Output {
    static func line(_ value: JSONValue) { StandardStream.output.write(value.text + "\n") }
}
