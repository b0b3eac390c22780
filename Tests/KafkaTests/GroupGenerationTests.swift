import CRdKafka
import Lifecycle
import TestSupport
import Testing

@testable import Kafka

/// The generation, out of a form that is librdkafka's own.
@Suite("GroupGeneration")
struct GroupGenerationTests {
    /// Of metadata as librdkafka makes it for its own tests; nil where it makes none.
    private func read(
        _ generation: Int32, group: String, member: String, instance: String?
    ) -> Int32? {
        guard
            let metadata = unsafe rd_kafka_consumer_group_metadata_new_with_genid(
                group, generation, member, instance)
        else { return nil }
        defer { unsafe rd_kafka_consumer_group_metadata_destroy(metadata) }
        return unsafe GroupGeneration.read(metadata)
    }

    private func read(_ bytes: [UInt8]) -> Int32? {
        unsafe bytes.withUnsafeBytes { unsafe GroupGeneration.read($0) }
    }

    @Test(
        "what librdkafka writes down of a generation is read back, whatever the names beside it",
        arguments: [0, 1, 7, 255, 65_536, .max] as [Int32])
    func roundTrip(generation: Int32) {
        for (group, member, instance) in [
            ("g", "m", "g-0"), ("", "", nil), ("a group", "CGMDv2:", nil),
        ] as [(String, String, String?)] {
            #expect(
                read(generation, group: group, member: member, instance: instance) == generation)
        }
    }

    @Test("who is in no generation has none, and another form is not read")
    func none() {
        #expect(read(-1, group: "g", member: "", instance: nil) == nil)
        for bytes in [[], Array("CGMDv2:".utf8), Array("CGMDv3:".utf8) + [1, 0, 0, 0]] {
            #expect(read(bytes) == nil)
        }
        #expect(read(Array("CGMDv2:".utf8) + [3, 0, 0, 0]) == 3)
    }
}
