import Foundation
import Lifecycle
import TestSupport
import Testing

/// Processes with exactly the rights that `swerve rights` lists, and with one less.
@Suite(
    "Rights at the brokers, end to end", .serialized, .blocking,
    .enabled(
        if: GuardedBroker.named != nil,
        "needs a broker with SASL and an authorizer: SWERVE_TEST_SASL_BOOTSTRAP and its like"))
struct RightsTests {
    private static let kinds = [
        "assignment: static", "assignment: static\ndelivery: exactly-once",
        "assignment: dynamic", "assignment: dynamic\ndelivery: exactly-once",
        "assignment: fixed",
    ]

    @Test("a service and its commands need no more than is listed", arguments: kinds)
    func enough(kind: String) throws {
        let stream = try GuardedStream(kind)
        let (worker, person) = (stream.broker.worker, stream.broker.operator)
        try stream.give("serve", to: worker)
        try stream.give("promote", "ledger", to: person)
        _ = try stream.done(["promote", "http-anomaly@1"], by: person)
        let service = try stream.serve(by: worker)
        let letter = TestStream.Sent(partition: 1, key: [7], value: Array("garbage".utf8))
        try stream.send(stream.requests(0..<100) + [letter])
        #expect(try stream.read(stream.output, 100, while: service).count == 100)
        #expect(try stream.read(stream.deadLetters, 1, while: service).count == 1)
        _ = try stream.done(
            ["promote", "http-anomaly@2", "--wait", "--timeout", "60"], by: person)
        let status = try stream.done(["status", "http-anomaly", "--json"], by: person).json()
        #expect(status["converged"] == true)
        _ = try service.wait(for: "an entry of the ledger") {
            try stream.run(["ledger", "0:0"], by: person).code == 0 ? true : nil
        }
        _ = try stream.done(
            ["audit", "verify", "--bootstrap", stream.broker.bootstrap], by: person)
        #expect(!service.log.contains("right"), "\(service.log)")
        #expect(try service.stop() == 0)
    }

    @Test("so do replays, the look at dead letters, and a leave")
    func enoughForCommands() throws {
        let stream = try GuardedStream("name_prefix: \(UUID().uuidString).")
        let (worker, person) = (stream.broker.worker, stream.broker.operator)
        try stream.give("serve", "promote", to: worker)
        _ = try stream.done(["promote", "http-anomaly@1"], by: worker)
        let service = try stream.serve(by: worker)
        let letter = TestStream.Sent(partition: 1, key: [7], value: Array("garbage".utf8))
        try stream.send([letter])
        #expect(try stream.read(stream.deadLetters, 1, while: service).count == 1)
        try stream.give("dead-letters list", to: person)
        let listed = try stream.done(["dead-letters", "list", "http-anomaly"], by: person)
        #expect(listed.out.contains("not_json"), "\(listed)")
        try stream.give("dead-letters replay", to: person)
        let replayed = try stream.done(
            ["dead-letters", "replay", "http-anomaly", "--json"], by: person)
        #expect(try replayed.json()["still_dead"] == ["not_json": 1])
        try stream.takeAllBack()
        #expect(try stream.run(["status", "http-anomaly"], by: person).code == 1)
        #expect(try service.stop(SIGKILL) == -1)
    }

    @Test("a place in the group is given back with the rights of leave")
    func leaving() throws {
        let stream = try GuardedStream()
        let (worker, person) = (stream.broker.worker, stream.broker.operator)
        try stream.give("serve", "promote", to: worker)
        _ = try stream.done(["promote", "http-anomaly@1"], by: worker)
        let service = try stream.serve(by: worker)
        try stream.send(stream.requests(0..<10))
        _ = try stream.read(stream.output, 10, while: service)
        #expect(try service.stop() == 0)
        try stream.give("leave", to: person)
        let left = try stream.done(["leave", stream.prefix, "--slot", "0"], by: person)
        #expect(left.out.contains("is given back"), "\(left)")
    }

    @Test("topics are made with the rights of topics create")
    func makingTopics() throws {
        let stream = try GuardedStream(makesTopics: false)
        let person = stream.broker.operator
        try stream.give("topics create", to: person)
        #expect(
            try stream.done(["topics", "create", "--partitions", "2"], by: person).out
                .contains("made"))
        #expect(
            try stream.done(["topics", "create"], by: person).out.contains("all topics are there"))
    }

    // MARK: - One less

    @Test(
        "a service that lacks a right says which one",
        arguments: ["assignment: static\ndelivery: exactly-once", "assignment: fixed"])
    func oneLess(kind: String) throws {
        let stream = try GuardedStream(kind)
        let worker = stream.broker.worker
        try stream.give("serve", "promote", to: worker)
        _ = try stream.done(["promote", "http-anomaly@1"], by: worker)
        let letter = TestStream.Sent(partition: 1, key: [7], value: Array("garbage".utf8))
        try stream.send(stream.requests(0..<10) + [letter])
        for rule in try stream.rules("serve") where rule.isNeeded {
            try stream.take(rule, from: worker)
            let service = try stream.serve(by: worker)
            _ = try? service.wait(for: "\(rule)", seconds: 45) {
                service.log.contains("\(rule)") ? true : nil
            }
            #expect(service.log.contains("\(rule)"), "\(rule): \(service.log.suffix(2_000))")
            _ = try service.stop(SIGKILL)
            try stream.giveBack(rule, to: worker)
        }
    }

    @Test(
        "so does a command",
        arguments: [
            ("promote", ["promote", "http-anomaly@2", "--wait", "--timeout", "20"]),
            ("status", ["status", "http-anomaly"]),
            ("dead-letters list", ["dead-letters", "list", "http-anomaly"]),
            ("dead-letters replay", ["dead-letters", "replay", "http-anomaly"]),
            ("ledger", ["ledger", "0:0"]),
        ])
    func oneLess(process: String, arguments: [String]) throws {
        let stream = try GuardedStream()
        let person = stream.broker.operator
        _ = try stream.done(["promote", "http-anomaly@1"], by: stream.broker.admin)
        let service = try stream.serve(by: stream.broker.admin)
        let letter = TestStream.Sent(partition: 1, key: [7], value: Array("garbage".utf8))
        try stream.send(stream.requests(0..<10) + [letter])
        _ = try stream.read(stream.deadLetters, 1, while: service)
        try stream.give(process, to: person)
        for rule in try stream.rules(process) where rule.isNeeded {
            try stream.take(rule, from: person)
            let output = try stream.run(arguments, by: person)
            // Whoever asks for the status gets what there is, with a note on the rest.
            #expect(output.code != 0 || process == "status", "\(rule): \(output)")
            let words = (output.out + output.err).split { $0.isWhitespace }.joined(separator: " ")
            #expect(words.contains("\(rule)"), "\(rule): \(output)")
            #expect(words.contains("swerve rights lists"), "\(rule): \(output)")
            try stream.giveBack(rule, to: person)
            _ = try stream.done(["promote", "http-anomaly@1"], by: stream.broker.admin)
        }
        #expect(try service.stop() == 0)
    }

    @Test("a right that is taken away while the service runs is named")
    func inMidRun() throws {
        let stream = try GuardedStream("delivery: exactly-once")
        let worker = stream.broker.worker
        try stream.give("serve", "promote", to: worker)
        _ = try stream.done(["promote", "http-anomaly@1"], by: worker)
        let rules = try stream.rules("serve")
        let needed = [
            "Read on topic \(stream.input)", "Write on topic \(stream.output)",
            "Read on group \(stream.prefix)", "Write on transactional id \(stream.prefix)-",
        ]
        for right in needed {
            let rule = try #require(rules.first { $0.description == right })
            let service = try stream.serve(by: worker)
            try stream.send(stream.requests(0..<10))
            _ = try service.wait(for: "a slot that serves") {
                let status = try stream.run(["status", "http-anomaly", "--json"], by: worker)
                return try status.json()["converged"] == true ? true : nil
            }
            try stream.take(rule, from: worker)
            _ = try? service.wait(for: right, seconds: 45) {
                if !service.log.contains(right) { try stream.send(stream.requests(0..<10)) }
                return service.log.contains(right) ? true : nil
            }
            #expect(service.log.contains(right), "\(service.log.suffix(3_000))")
            #expect(try service.waitForExit() == 1, "\(service.log.suffix(3_000))")
            try stream.giveBack(rule, to: worker)
        }
    }

    // MARK: - Credentials

    /// Every command that talks with brokers.
    private static let commands = [
        ["promote", "http-anomaly@1"], ["settings", "http-anomaly", "--threshold", "0.4"],
        ["status", "http-anomaly"],
        ["republish", "http-anomaly"], ["topics", "create"], ["ledger", "0:0"],
        ["dead-letters", "list", "http-anomaly"], ["dead-letters", "show", "http-anomaly", "0:0"],
        ["dead-letters", "replay", "http-anomaly"], ["leave", "GROUP", "--slot", "0"],
        ["registry", "adopt", "http-anomaly"], ["serve"],
    ]

    @Test("wrong passwords and unknown users are told as what they are", arguments: commands)
    func strangers(arguments: [String]) throws {
        let stream = try GuardedStream()
        _ = try stream.done(["promote", "http-anomaly@1"], by: stream.broker.admin)
        let worker = stream.broker.worker
        for text in ["\(worker.name):hunter2", "nobody-\(stream.prefix):hunter2"] {
            let user = try #require(GuardedBroker.User(text))
            let output = try stream.run(
                arguments.map { $0 == "GROUP" ? stream.prefix : $0 }, by: user)
            #expect(output.code == 1, "\(output)")
            #expect(output.err.contains("the brokers refuse the credentials"), "\(output)")
            #expect(!"\(output)".contains("hunter2"), "\(output)")
        }
    }

    @Test("a password file that has changed is read again")
    func changedFile() throws {
        let stream = try GuardedStream()
        let worker = stream.broker.worker
        try stream.give("serve", "promote", to: worker)
        let file = try stream.folder.write("password", "hunter2\n")
        let environment = [
            "SWERVE_KAFKA_SASL_USERNAME": worker.name, "SWERVE_KAFKA_SASL_PASSWORD_FILE": file,
        ]
        func status() throws -> Executable.Output {
            try Executable.run(
                ["status", "http-anomaly", "--config", stream.configuration],
                environment: environment, folder: stream.folder.url)
        }
        let refused = try status()
        #expect(refused.code == 1 && refused.err.contains("refuse the credentials"), "\(refused)")
        try stream.folder.write("password", "\(worker.password)\n")
        _ = try stream.done(["promote", "http-anomaly@1"], by: worker)
        let answered = try status()
        #expect(answered.out.contains("epoch 1, stable 1"), "\(answered)")
    }
}

/// Certificates that nobody believes, told by every command; needs no Kafka.
@Suite(
    "Certificates of brokers that are not believed", .blocking,
    .enabled(if: WebServer.isPossible && TestAuthority.isPossible))
struct UntrustedBrokerTests {
    private static let commands = [
        ["promote", "http-anomaly@1"], ["status", "http-anomaly"], ["topics", "create"],
        ["ledger", "0:0"], ["dead-letters", "list", "http-anomaly"],
        ["dead-letters", "show", "http-anomaly", "0:0"],
        ["dead-letters", "replay", "http-anomaly"],
        ["leave", "g", "--slot", "0"], ["registry", "adopt", "http-anomaly"], ["serve"],
    ]

    @Test("each command names the certificate", arguments: commands)
    func untrusted(arguments: [String]) throws {
        let stream = try TestStream()
        try TestModels.register(1, in: stream)
        let authority = try TestAuthority(stream.folder)
        let server = try WebServer(
            stream.folder.path("www"), identity: authority.identity("server"))
        let configuration = try stream.folder.write(
            "tls.yaml",
            """
            model: http-anomaly
            group: g
            registry: \(stream.registry)
            state: \(stream.folder.path("state"))
            start: earliest
            http: none
            kafka: {bootstrap.servers: "127.0.0.1:\(server.port)", security.protocol: SSL}

            """)
        let output = try Executable.run(
            arguments + ["--config", configuration], folder: stream.folder.url)
        #expect(output.code == 1, "\(output)")
        #expect(output.err.contains("no TLS connection can be made"), "\(output)")
        #expect(output.err.contains("certificate verify failed"), "\(output)")
    }
}
