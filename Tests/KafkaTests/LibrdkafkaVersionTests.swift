import Lifecycle
import Testing

@testable import Kafka

@Suite("LibrdkafkaVersion")
struct LibrdkafkaVersionTests {
    @Test("the version that the tests run with is the one that is accepted, and none before it")
    func present() {
        #expect(LibrdkafkaVersion.present.description == "2.0.2")
        #expect(throws: Never.self) { try LibrdkafkaVersion.present.check("serving") }
    }

    @Test("the tested release is accepted, in all its builds", arguments: [0xff, 0x01] as [Int32])
    func tested(build: Int32) {
        #expect(throws: Never.self) { try LibrdkafkaVersion(0x0200_0200 + build).check("serving") }
    }

    @Test(
        "any other is refused, with both versions, the reason and what to do",
        arguments: [
            (0x0200_01ff, "2.0.1"), (0x0200_03ff, "2.0.3"), (0x0201_00ff, "2.1.0"),
            (0x0203_00ff, "2.3.0"), (0x020b_01ff, "2.11.1"), (0x0102_02ff, "1.2.2"),
            (0x0300_02ff, "3.0.2"),
        ] as [(Int32, String)])
    func others(number: Int32, words: String) throws {
        let error = try #require(throws: SwerveError.self) {
            try LibrdkafkaVersion(number).check("serving m")
        }
        #expect(error.code == .refused && error.act == "serving m")
        #expect(error.reason.contains("librdkafka \(words), tested is 2.0.2"), "\(error)")
        #expect(error.remedy.contains("2.0.2"))
    }
}
