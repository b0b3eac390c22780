import Foundation
import Lifecycle
import TestSupport
import Testing

/// What `serve --check` makes of a configuration, and what the command line says of a wrong word.
@Suite("Words of the configuration and the command line", .blocking)
struct ConfigurationWordsTests {
    private func check(
        _ yaml: String, _ more: [String] = [], environment: [String: String] = [:]
    ) throws -> Executable.Output {
        let folder = try TemporaryFolder()
        let path = try folder.write("c.yaml", "model: m1\nstart: earliest\n" + yaml)
        return try Executable.run(
            ["serve", "--config", path, "--check"] + more,
            environment: environment.merging(["SWERVE_BOOTSTRAP": "127.0.0.1:9"]) { $1 },
            folder: folder.url)
    }

    @Test("a plain null is no value", arguments: ["~", "null", "Null", "NULL", ""])
    func null(word: String) throws {
        let output = try check(
            "group: \(word)\nstate: \(word)\nslots: \(word)\nkafka: \(word)\n"
                + "kafka.producer: {ssl.key.password: \(word)}\n")
        #expect(output.code == 0, "\(output)")
        let shown = try output.json()
        #expect(shown["group"] == "m1" && shown["stateFolder"] == "./state")
    }

    @Test("a quoted one is a text", arguments: ["\"null\"", "'null'"])
    func quoted(word: String) throws {
        #expect(try check("group: \(word)\n").json()["group"] == "null")
    }

    @Test("no secret is shown")
    func secrets() throws {
        let output = try check(
            "kafka: {sasl.username: somebody}\n",
            environment: [
                "SWERVE_KAFKA_SASL_PASSWORD": "hunter2",
                "SWERVE_KAFKA_SSL_KEY_PEM": "-----BEGIN PRIVATE KEY-----hunter3",
                "SWERVE_KAFKA_SSL_KEYSTORE_PASSWORD": "hunter5",
                "SWERVE_KAFKA_SSL_KEY_PASSWORD": "hunter6",
            ])
        #expect(output.code == 0, "\(output)")
        #expect(!"\(output)".contains("hunter"), "\(output)")
        #expect(try output.json()["kafka"]?["sasl.password"] == "***")
        #expect(try output.json()["kafka"]?["sasl.username"] == "somebody")
    }

    @Test(
        "nor by an error",
        arguments: [
            "kafka: {sasl.password: hunter2}\n", "kafka: {producer: {ssl.key.pem: hunter2}}\n",
            "kafka: {sasl.password: 'hunter2\n", "kafka:\n  sasl.password: hunter2: x\n",
            "kafka: {sasl.pasword: hunter2}\n", "sasl.password: hunter2\n",
            "kafka: {sasl.password: [hunter2]}\n", "artifacts: https://u:hunter2@h/x\n",
            "kafka: {sasl.password: a}\nkafka: {sasl.password: hunter2}\n",
            "kafka: {sasl.kerberos.kinit.cmd: kinit hunter2}\n",
        ])
    func secretsInErrors(yaml: String) throws {
        let output = try check(yaml)
        #expect(output.code == 64, "\(output)")
        #expect(!"\(output)".contains("hunter2"), "\(output)")
        #expect(!output.err.contains("\\u{"))
    }

    @Test("nor by a --set that is none")
    func secretsInSet() throws {
        let output = try check("", ["--set", "kafka.sasl.password:hunter2"])
        #expect(output.code == 64 && !"\(output)".contains("hunter2"), "\(output)")
    }

    @Test("nor by an address with a password among the brokers")
    func secretsInBrokers() throws {
        let output = try check("", ["--set", "kafka.bootstrap.servers=u:hunter2/x@127.0.0.1:9"])
        #expect(output.code == 64 && !"\(output)".contains("hunter2"), "\(output)")
    }

    @Test("nothing is run, not even the kinit that a worker would run")
    func kinit() throws {
        let folder = try TemporaryFolder()
        try folder.write("kinit", "#!/bin/sh\necho ran > '\(folder.path("ran"))'\n")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: folder.path("kinit"))
        let path = try folder.write(
            "c.yaml",
            """
            model: m1
            start: earliest
            kafka:
              bootstrap.servers: 127.0.0.1:9
              security.protocol: SASL_PLAINTEXT
              sasl.mechanism: GSSAPI
              sasl.kerberos.keytab: /dev/null
            """)
        let output = try Executable.run(
            ["serve", "--config", path, "--check"],
            environment: ["PATH": "\(folder.url.path):/usr/bin:/bin"], folder: folder.url)
        #expect(output.code == 0, "\(output)")
        #expect(!FileManager.default.fileExists(atPath: folder.path("ran")))
    }

    @Test("an address for metrics that is none is refused; a variable of no key is warned about")
    func withoutEffect() throws {
        let http = try check("http: everywhere\n")
        #expect(http.code == 64 && http.err.contains("http") && http.err.contains("or none"))
        let folder = try TemporaryFolder()
        let output = try Executable.run(
            ["config", "keys"], environment: ["SWERVE_REGISTY": "x"], folder: folder.url)
        #expect(output.code == 0, "\(output)")
        #expect(
            output.err == """
                swerve: warning: SWERVE_REGISTY is set and names no key, so it has no effect; did \
                you mean SWERVE_REGISTRY?

                """)
    }

    @Test("numbers as YAML writes them, and librdkafka's sections")
    func forms() throws {
        #expect(try check("limits: {request_bytes: 1e6}\n").json()["requestBytes"] == 1_000_000)
        let nested = try check("kafka: {consumer: {fetch.min.bytes: 1000}}\n").json()
        #expect(nested["kafkaConsumer"]?["fetch.min.bytes"] == "1000")
        let fraction = try check("limits: {request_bytes: 1.5}\n")
        #expect(fraction.code == 64 && fraction.err.contains("whole number"))
    }

    @Test(
        "a wrong word is refused with the one that was meant",
        arguments: [
            ("bootstrap: 127.0.0.1:9\n", "bootstrap.servers"),
            ("kafka: {lingr.ms: 5}\n", "did you mean linger.ms?"),
            ("kafka.consumer: {fetch.min.byte: 5}\n", "did you mean fetch.min.bytes?"),
            ("kafka: {sasl.pasword: x}\n", "did you mean sasl.password?"),
            ("topics: {input: \"bad topic!\"}\n", "bad topic!"),
            ("topics: {inptu: raw}\n", "did you mean topics.input?"),
            ("limits: {drain: 5}\n", "limits.drain_ms"), ("gruop: g\n", "did you mean group?"),
            ("drain_ms: 5\n", "did you mean limits.drain_ms?"),
            ("kafka: {bootstrap: '127.0.0.1:9'}\n", "did you mean bootstrap.servers?"),
            ("kafka: {brokers: '127.0.0.1:9'}\n", "did you mean bootstrap.servers?"),
            (
                "kafka: {socket_connection_setup_timeout_ms: 5}\n",
                "did you mean socket.connection.setup.timeout.ms?"
            ),
            ("kafka.consumer: {fetch.max.wait.ms: 5}\n", "fetch.wait.max.ms"),
            ("kafka: {linger.ms: soon}\n", "linger.ms"), ("client.id: me\n", "below kafka:"),
            ("group_id: g\n", "did you mean group?"), ("input_topic: t\n", "topics.input?"),
            ("topics: {status: 'a/b'}\n", "topics.status: 'a/b'"),
            ("topics: {control: '\(String(repeating: "x", count: 250))'}\n", "at most 249"),
        ])
    func wrong(yaml: String, words: String) throws {
        let output = try check(yaml)
        #expect(output.code == 64 && output.err.contains(words), "\(output)")
    }

    @Test(
        "a mistyped command is told with the nearest, and is a usage error",
        arguments: [
            (["prmote", "m@1"], "did you mean 'swerve promote'?"),
            (["help", "promte"], "did you mean 'swerve promote'?"),
            (["keys", "lst"], "did you mean 'swerve keys list'?"),
            (["topics", "creat"], "did you mean 'swerve topics create'?"),
            (["help", "topics", "creat"], "did you mean 'swerve topics create'?"),
            (["banana"], "see swerve --help"), (["promote", "m@1", "--canray", "1%"], "--canary"),
        ])
    func commands(arguments: [String], words: String) throws {
        let output = try Executable.run(arguments)
        #expect(output.code == 64 && output.err.contains(words), "\(output)")
    }

    @Test(
        "help of what there is stays help", arguments: [["help"], ["help", "promote"], ["--help"]])
    func help(arguments: [String]) throws {
        let output = try Executable.run(arguments)
        #expect(output.code == 0 && output.out.contains("USAGE"), "\(output)")
    }

    @Test("a share that may mean two things is refused", arguments: ["--canary", "--shadow"])
    func share(option: String) throws {
        let folder = try TemporaryFolder()
        let output = try Executable.run(
            ["promote", "m@1", option, "1", "--bootstrap", "127.0.0.1:9"], folder: folder.url)
        #expect(output.code == 64 && output.err.contains("0.01"), "\(output)")
    }

    @Test("scoring says by its exit code whether each line was scored")
    func scoring() throws {
        let folder = try TemporaryFolder()
        let model = try folder.write("m.model", TestModels.liblinear(seed: 1))
        let spec = try folder.write("s.json", TestModels.spec)
        let made = try Executable.run(
            ["register", model, "--model", "m", "--featurizer", spec], folder: folder.url)
        #expect(made.code == 0, "\(made)")
        let good = #"{"text":"abc"}"#
        for (lines, code, count) in [
            ("\(good)\n\(good)\n", Int32(0), 2), ("\(good)\n[1]\n", 1, 2), ("[1]\n\n{}\n", 1, 2),
            ("", 0, 0),
        ] {
            let output = try Executable.run(["score", "m@1"], input: lines, folder: folder.url)
            #expect(output.code == code, "\(output)")
            #expect(try output.jsonLines().count == count)
        }
    }

    @Test("a variable that is not UTF-8 is refused by its name, and what it names is not guessed")
    func bytes() throws {
        // A text of Swift's is never such.
        let output = try Executable.run(
            [
                "-c", #"exec env SWERVE_GROUP="$(printf 'a\377')" "$0" config keys"#,
                Executable.path,
            ], executable: "/bin/sh")
        #expect(
            output.code == 64
                && output.err
                    == "swerve: reading SWERVE_GROUP: its value is not UTF-8; set it in UTF-8, or "
                    + "unset it\n",
            "\(output)")
    }

    @Test(
        "signals that come before a service watches for them do not end it",
        .enabled(if: Crash.compiler != nil, Crash.absence), arguments: ["serve", "hub"],
        [true, false])
    func earlySignals(command: String, isAtLoad: Bool) throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "c.yaml",
            """
            model: m
            start: earliest
            http: none
            registry: \(folder.path("r.db"))
            state: \(folder.path("state"))
            hub.listen: 127.0.0.1:0
            kafka: {bootstrap.servers: "127.0.0.1:1"}
            """)
        let service = try RunningProcess(
            [command, "--config", file],
            environment: [
                "LD_PRELOAD": try Crash.library("signal_at", in: folder),
                "SWERVE_TEST_SIGNAL_AT": isAtLoad ? "load" : file,
            ], folder: folder.url)
        _ = try service.wait(for: "the service") {
            // What SIGHUP and SIGUSR1 ask of a service it does, once it can.
            command == "serve"
                ? service.log.contains("the configuration is as it was")
                    && service.log.contains("the log is at debug") ? true : nil
                : service.log.contains("the hub answers at") ? true : nil
        }
        #expect(try service.stop() == 0)
    }
}
