import Lifecycle
import Testing

@testable import Kafka

@Suite("LibrdkafkaVersion")
struct LibrdkafkaVersionTests {
    @Test("the tests run with a version that may serve, and it has its own words")
    func present() throws {
        let present = LibrdkafkaVersion.present
        try present.check("serving")
        #expect(present.words.hasPrefix("librdkafka \(present)"))
    }

    @Test(
        "what was tested is accepted in all its builds, and nothing is said of it",
        arguments: [
            (0x0200_02ff, "2.0.2"), (0x0200_0201, "2.0.2"),
        ] as [(Int32, String)])
    func tested(number: Int32, words: String) throws {
        let version = LibrdkafkaVersion(number)
        #expect(version.standing == .tested)
        try version.check("serving")
        #expect(version.words == "librdkafka \(words)")
    }

    @Test(
        "what was not tested serves, and is told with what was",
        arguments: [
            (0x0200_03ff, "2.0.3"), (0x0201_01ff, "2.1.1"), (0x0203_00ff, "2.3.0"),
            (0x020a_01ff, "2.10.1"), (0x02ff_00ff, "2.255.0"), (0x0300_02ff, "3.0.2"),
            (0x0210_00ff, "2.16.0"),
        ] as [(Int32, String)])
    func untested(number: Int32, words: String) throws {
        let version = LibrdkafkaVersion(number)
        #expect(version.standing == .untested)
        try version.check("serving")
        #expect(
            version.words == "librdkafka \(words), which not all of Swerve's tests "
                + "were run with; tested: 2.0.2")
    }

    @Test(
        "what is older, or has a fault of its own, is refused with the reason and what to do",
        arguments: [
            (0x0200_01ff, "2.0.1: Swerve calls what came with 2.0.2"),
            (0x0102_02ff, "1.2.2: Swerve calls what came with 2.0.2"),
            (0x0201_00ff, "2.1.0: it hands records over twice"),
            (0x020a_00ff, "2.10.0: once all brokers were away"),
        ] as [(Int32, String)])
    func refused(number: Int32, words: String) throws {
        let error = try #require(throws: SwerveError.self) {
            try LibrdkafkaVersion(number).check("serving m")
        }
        #expect(error.code == .refused && error.act == "serving m")
        #expect(error.reason.hasPrefix("this is librdkafka \(words)"), "\(error)")
        #expect(error.remedy == "install another one; tested: 2.0.2")
    }
}
