import Lifecycle
import Testing

@testable import Configuration

/// Which of librdkafka's settings are taken, wherever they stand.
@Suite("Rules for librdkafka's own settings")
struct ClientRuleTests {
    private static let sections = ["kafka", "kafka.consumer", "kafka.producer"]

    private func fault(_ name: String, _ value: String, variable: Bool = false) -> String? {
        var sources = ConfigurationSources(environment: ["SWERVE_BOOTSTRAP": "b:9092"])
        if variable { sources.environment = ["SWERVE_BOOTSTRAP": value] }
        if !variable { sources.settings = ["\(name)=\(value)"] }
        var configuration = Configuration(name: "c.yaml")
        do throws(SwerveError) {
            try sources.apply(to: &configuration)
            _ = try ClientSettings(configuration)
            return nil
        } catch {
            #expect(error.code == .usage)
            #expect(!error.remedy.isEmpty)
            return error.description
        }
    }

    @Test(
        "brokers that can be none are refused: librdkafka would wait for nobody",
        arguments: [
            "http://b:9092", "https://b", "kafka://b:9092", "tcp://b:9092", "b:9092/path",
            "b:9092,http://c:9092", "://b:9092", ":9092", "SSL://",
        ])
    func noBrokers(list: String) {
        #expect(fault("kafka.bootstrap.servers", list)?.contains("no broker's address") == true)
    }

    @Test(
        "and those that can be are not",
        arguments: [
            "b", "b:9092", "b:9092,c:9092", "b:9092,", "SSL://b:9093", "sasl_ssl://b", "[::1]:9092",
            "::1",
        ])
    func brokers(list: String) {
        #expect(fault("kafka.bootstrap.servers", list) == nil)
    }

    @Test(
        "what loads or runs code is refused in every section",
        arguments: [
            ("plugin.library.paths", "x.so"), ("plugin.library.paths", ""),
            ("ssl.engine.location", "/tmp/x.so"), ("ssl.engine.id", "x"),
            ("ssl.providers", "default,/tmp/x.so"), ("ssl.providers", "x"),
            ("sasl.kerberos.kinit.cmd", "touch x"),
            ("sasl.kerberos.principal", "a; touch x"), ("sasl.kerberos.principal", "$(touch x)"),
            ("sasl.kerberos.principal", "a\nb"), ("sasl.kerberos.principal", "-k"),
            ("sasl.kerberos.keytab", "a\"; touch x; \""), ("sasl.kerberos.keytab", "$(touch x)"),
            ("sasl.kerberos.keytab", "`touch x`"), ("sasl.kerberos.keytab", "a\\"),
        ])
    func code(setting: String, value: String) {
        for section in Self.sections { #expect(fault("\(section).\(setting)", value) != nil) }
    }

    @Test(
        "what breaks the delivery or hides topics is refused in every section",
        arguments: [
            ("isolation.level", "read_uncommitted"), ("check.crcs", "false"),
            ("allow.auto.create.topics", "true"), ("metadata.broker.list", "b:9092"),
            ("retries", "1"), ("message.send.max.retries", "0"), ("max.in.flight", "6"),
            ("max.in.flight.requests.per.connection", "1000"), ("queuing.strategy", "lifo"),
            ("auto.commit.enable", "false"), ("auto.commit.interval.ms", "100"),
            ("offset.store.method", "none"), ("offset.store.method", "file"),
            ("offset.store.path", "/tmp"), ("group.protocol.type", "x"),
            ("topic.blacklist", ".*"), ("topic.metadata.refresh.interval.ms", "-1"),
            ("api.version.request", "false"), ("enabled_events", "1"), ("log.queue", "false"),
            ("internal.termination.signal", "15"), ("transactional.id", "x"),
            ("transaction.timeout.ms", "60000"),
        ])
    func delivery(setting: String, value: String) {
        for section in Self.sections { #expect(fault("\(section).\(setting)", value) != nil) }
    }

    @Test(
        "what changes nothing of that is taken",
        arguments: [
            ("isolation.level", "read_committed"), ("check.crcs", "TRUE"),
            ("allow.auto.create.topics", "false"), ("max.in.flight", "1"),
            ("ssl.providers", "default,legacy"),
            ("sasl.kerberos.principal", "swerve/host.example@EXAMPLE.COM"),
            ("sasl.kerberos.keytab", "/etc/swerve/krb 5.keytab"), ("linger.ms", "20"),
            ("ssl.ca.location", "/etc/ca.pem"), ("sasl.username", "a$b;c"),
        ])
    func taken(setting: String, value: String) {
        for section in Self.sections { #expect(fault("\(section).\(setting)", value) == nil) }
    }

    @Test("brokers are named once, for all clients")
    func brokers() {
        for section in ["kafka.consumer", "kafka.producer"] {
            #expect(
                fault("\(section).bootstrap.servers", "b:9092")
                    == """
                    reading --set: \(section): bootstrap.servers cannot be set: the brokers are \
                    named once for all clients, by kafka: {bootstrap.servers: …}; write it below \
                    kafka:
                    """)
        }
    }

    @Test(
        "brokers that are none",
        arguments: ["b:0", "b:65536", "b:74628", "b:", "b:x", "b:-1", "a:1,b:99999", "[::1]:65536"])
    func ports(list: String) throws {
        let line = try #require(fault("", list, variable: true))
        #expect(line.hasPrefix("reading SWERVE_BOOTSTRAP: kafka: bootstrap.servers: '"))
        #expect(line.hasSuffix("' has a port that is not in 1 … 65535; write HOST:PORT[,…]"))
    }

    @Test(
        "brokers that are some",
        arguments: [
            "b", "b:65535", "a:1, b:2", "::1", "[::1]", "[::1]:9092", "[fe80::1%eth0]:9092",
            "PLAINTEXT://b:1",
        ])
    func lists(list: String) { #expect(fault("", list, variable: true) == nil) }

    @Test(
        "a list in another form is none of brokers",
        arguments: [
            "[b:9092]", "[b:9092,c:9092]", "b:9092 c:9092", "b c", "\"b:9092\"", "'b'", "b]",
            "[b]:9092", "[::1 ]:9092",
        ])
    func foreignForms(list: String) throws {
        let line = try #require(fault("", list, variable: true))
        #expect(line.contains("' is no broker's address; write HOST:PORT[,…]"))
    }

    @Test("a password among the brokers is refused, and not repeated", arguments: ["/", "#", ","])
    func password(separator: String) {
        #expect(
            fault("", "user:hun\(separator)ter2@b:9092", variable: true)
                == """
                reading SWERVE_BOOTSTRAP: kafka: bootstrap.servers holds an @, and brokers are \
                HOST:PORT; give user and password as sasl.username and sasl.password
                """)
    }
}
