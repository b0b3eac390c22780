import Foundation
import Lifecycle
import TestSupport
import Testing
import Verification

@testable import Kafka

/// Inputs that cannot be scored, and topics that are deleted and made anew.
@Suite("Faults: topics", .serialized, .blocking)
struct DamagedTopicTests {
    @Test("every fifth record is poison", arguments: Delivery.possible)
    func poison(delivery: Delivery) throws {
        let trial = try FaultTrial(delivery, poisonEvery: 5)
        var generator = SeededGenerator(seed: 20)
        for _ in 0..<FaultSettings.repeats {
            let worker = try trial.servingWorker(using: &generator)
            try trial.feedOn(milliseconds: 300)
            kill(worker, SIGKILL)
            trial.faults += 1
        }
        try trial.promote()
        let report = try trial.end("poison 20 %, SIGKILL of a worker")
        #expect(report.counts.letters >= report.counts.records / 6)
    }

    @Test(
        "transactions of the input that were aborted are never scored",
        .enabled(if: TestStream.realBootstrap != nil, "the development broker aborts none"),
        arguments: Delivery.possible)
    func aborted(delivery: Delivery) throws {
        let trial = try FaultTrial(delivery)
        let aborted = try AbortedRecords(trial.stream)
        defer { aborted.close() }
        for _ in 0..<max(4, FaultSettings.repeats) {
            try trial.feedOn(milliseconds: 200)
            try aborted.write(50)
            trial.faults += 1
        }
        // A prediction of one would be one of a record that was never fed.
        try trial.end("aborted transactions in the input", doubled: 0)
    }

    @Test(
        "topics that take less than a batch's usual size, and less than some letters",
        .enabled(if: TestStream.realBootstrap != nil, "the development broker takes any size"),
        arguments: Delivery.possible)
    func small(delivery: Delivery) throws {
        let stream = try TestStream()
        let administrator = try TopicAdministrator(settings: stream.settings) { _, _ in }
        defer { administrator.close() }
        let topics = [stream.output, stream.deadLetters].map {
            WantedTopic(
                name: $0, partitions: stream.partitions, settings: ["max.message.bytes": "4000"])
        }
        try administrator.delete(topics.map(\.name), timeoutMs: 30_000)
        for topic in topics {
            while try administrator.create([topic], replication: nil, timeoutMs: 30_000).isEmpty {
                FaultTrial.pause(50)
            }
        }
        // One kind of poison has 5,000 bytes.
        let trial = try FaultTrial(delivery, poisonEvery: 5, on: stream)
        try trial.feedOn(milliseconds: 1_000)
        try trial.promote()
        let report = try trial.end("topics that take 4,000 bytes", doubled: 0)
        #expect(report.counts.letters >= report.counts.records / 6)
    }

    /// A topic that an operator deletes while everything runs.
    enum Victim: String, CaseIterable {
        case status, control, deadLetters, ledger

        func topic(_ stream: TestStream) -> WantedTopic {
            switch self {
            case .status: .status(stream.status)
            case .control: .control(stream.control)
            case .deadLetters: .data(stream.deadLetters, partitions: stream.partitions)
            case .ledger: .ledger(stream.ledger)
            }
        }
    }

    @Test(
        "a topic is deleted under load, and made anew",
        .enabled(if: TestStream.realBootstrap != nil, "the development broker deletes none"),
        arguments: Victim.allCases)
    func deleted(victim: Victim) throws {
        let trial = try FaultTrial()
        let stream = trial.stream
        let administrator = try TopicAdministrator(settings: stream.settings) { _, _ in }
        defer { administrator.close() }
        // Twice: the second time the topic comes back with as many records as were read of it.
        for _ in 0..<max(2, FaultSettings.repeats / 8) {
            try trial.feedOn(milliseconds: 300)
            try administrator.delete([victim.topic(stream).name], timeoutMs: 30_000)
            trial.faults += 1
            try trial.feedOn(milliseconds: FaultSettings.outageMs)
            _ = try trial.service.wait(for: "the topic made anew") {
                try administrator.create(
                    [victim.topic(stream)], replication: nil, timeoutMs: 30_000
                ).isEmpty ? nil : true
            }
            if victim == .control {
                // What was announced is in the registry.
                let again = try stream.control(["republish", "http-anomaly"])
                #expect(again.code == 0, "\(again)")
            }
            try trial.promote()
        }
        if victim == .deadLetters { trial.feed.setPoison(every: 5) }
        try trial.feedOn(milliseconds: 1_000)
        // Whether the entries of the first epochs were written before the last deletion is a matter
        // of time; what no entry explains is called broken, whoever took the entries away.
        let report = try trial.end(
            "\(victim) topic deleted, made anew", doubled: 0,
            evidenceLost: victim == .ledger ? ["outside_ledger"] : [])
        if victim == .deadLetters { #expect(report.counts.letters > 0) }
    }
}
