import CRdKafka
package import Lifecycle

/// A version of librdkafka, and whether the stream may be consumed with it.
package struct LibrdkafkaVersion: Sendable, Equatable, CustomStringConvertible {
    /// What is known of a version.
    package enum Standing: Sendable, Equatable {
        /// All suites were run with it.
        case tested
        /// It serves; what it does otherwise than those that were tested, nobody has looked at.
        case untested
        /// Why nobody may serve with it.
        case refused(String)
    }

    /// 0xMMmmrrxx: major, minor, revision, and 0xff or the number of a version before the release.
    private let number: UInt32

    package init(_ number: Int32) { self.number = UInt32(bitPattern: number) }

    private init(_ major: UInt32, _ minor: UInt32, _ revision: UInt32) {
        number = major << 24 | minor << 16 | revision << 8 | 0xff
    }

    /// The one that this process runs with; it need not be the one that it was built with.
    package static var present: LibrdkafkaVersion { LibrdkafkaVersion(rd_kafka_version()) }

    /// The one that Swerve is built with, and the oldest that it runs with.
    package static let oldest = LibrdkafkaVersion(2, 0, 2)

    /// Those that all suites were run with.
    package static let tested = [oldest]

    /// `2.0.2`.
    package var description: String {
        "\(number >> 24).\(number >> 16 & 0xff).\(number >> 8 & 0xff)"
    }

    package var standing: Standing {
        if Self.tested.contains(where: isSameRelease) { return .tested }
        guard number >> 8 >= Self.oldest.number >> 8 else {
            return .refused("Swerve calls what came with \(Self.oldest)")
        }
        let fault = Self.faulty.first { isSameRelease($0.version) }
        return fault.map { .refused($0.words) } ?? .untested
    }

    /// Whether brokers refuse its SCRAM, whatever the password: before 2.6.1 it repeats the
    /// client's nonce, which brokers since Kafka 4.0 do not take (librdkafka#4895).
    var hasForeignScram: Bool { number >> 8 < LibrdkafkaVersion(2, 6, 1).number >> 8 }

    private func isSameRelease(_ other: LibrdkafkaVersion) -> Bool {
        number >> 8 == other.number >> 8
    }

    /// Releases with a fault that their next one mends (librdkafka#4261, #5088).
    private static let faulty = [
        (
            version: LibrdkafkaVersion(2, 1, 0),
            words: "it hands records over twice after a change of a partition's leader"
        ),
        (
            version: LibrdkafkaVersion(2, 10, 0),
            words: "once all brokers were away, it may find none of them again"
        ),
    ]

    /// - Throws: `.refused` for one that nobody may serve with.
    package func check(_ act: String) throws(SwerveError) {
        guard case .refused(let words) = standing else { return }
        throw SwerveError(
            .refused, act: act, reason: "this is librdkafka \(self): \(words)",
            remedy: "install another one; tested: \(Self.testedWords)")
    }

    /// For a log: the version, and what is to be known of it.
    package var words: String {
        standing == .tested
            ? "librdkafka \(self)"
            : "librdkafka \(self), which not all of Swerve's tests were run with; tested: "
                + Self.testedWords
    }

    private static var testedWords: String {
        tested.map(\.description).joined(separator: ", ")
    }
}
