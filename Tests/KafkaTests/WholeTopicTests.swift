import CRdKafka
import Foundation
import Lifecycle
import TestSupport
import Testing

@testable import Kafka

/// Topics that commands read to their end, where transactions lie at that end; the mock keeps none.
@Suite("WholeTopic", .blocking)
struct WholeTopicTests {
    private static let real: String? = {
        let value = ProcessInfo.processInfo.environment["SWERVE_TEST_BOOTSTRAP"] ?? ""
        return value.isEmpty ? nil : value
    }()

    private enum End: CaseIterable {
        case commit, abort
        /// Left open, as by a process that was killed.
        case none
    }

    private func transaction(_ values: [UInt8], on topic: String, _ handle: KafkaHandle, _ end: End)
    {
        #expect(unsafe rd_kafka_begin_transaction(handle.raw) == nil)
        let destination = unsafe rd_kafka_topic_new(handle.raw, topic, nil)
        defer { unsafe rd_kafka_topic_destroy(destination) }
        for value in values {
            var value = value
            let code = unsafe rd_kafka_produce(
                destination, 0, RD_KAFKA_MSG_F_COPY, &value, 1, nil, 0, nil)
            #expect(code == 0)
        }
        #expect(unsafe rd_kafka_flush(handle.raw, 30_000) == RD_KAFKA_RESP_ERR_NO_ERROR)
        switch end {
        case .commit: #expect(unsafe rd_kafka_commit_transaction(handle.raw, 30_000) == nil)
        case .abort: #expect(unsafe rd_kafka_abort_transaction(handle.raw, 30_000) == nil)
        case .none: break
        }
    }

    @Test(
        "ends of transactions, and what was taken back or is open, keep no reader waiting",
        .enabled(if: WholeTopicTests.real != nil, "needs a broker that keeps transactions"))
    func transactions() throws {
        let settings = KafkaSettings(["bootstrap.servers": Self.real ?? ""])
        for last in End.allCases {
            let name = "whole-\(UUID().uuidString.lowercased())"
            let administrator = try TopicAdministrator(settings: settings) { _, _ in }
            defer { administrator.close() }
            _ = try administrator.create(
                [.data(name, partitions: 1)], replication: 1, timeoutMs: 30_000)
            let handle = try unsafe KafkaHandle(
                RD_KAFKA_PRODUCER,
                settings: settings.overlaid(with: KafkaSettings(["transactional.id": name])),
                act: "writing"
            ) { _, _ in }
            defer { handle.destroy() }
            #expect(unsafe rd_kafka_init_transactions(handle.raw, 30_000) == nil)
            transaction([0, 1, 2], on: name, handle, .commit)  // The end at 3.
            transaction([4, 5], on: name, handle, .abort)  // The end at 6.
            transaction([7], on: name, handle, last)

            let topic = WholeTopic(settings: settings, name: name, timeoutMs: 30_000) { _, _ in }
            let committed: [UInt8] = last == .commit ? [0, 1, 2, 7] : [0, 1, 2]
            var values: [UInt8] = []
            try topic.forEachRecord { values += $0.value ?? [] }
            #expect(values == committed, "\(last)")
            for offset in 0..<UInt8(10) {
                if committed.contains(offset) {
                    let record = try topic.record(partition: 0, offset: Int64(offset))
                    #expect(record.value == [offset])
                } else {
                    let error = #expect(throws: SwerveError.self) {
                        try topic.record(partition: 0, offset: Int64(offset))
                    }
                    #expect(error?.code == .notFound, "\(last) \(offset)")
                }
            }
        }
    }
}
