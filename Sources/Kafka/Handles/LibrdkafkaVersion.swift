import CRdKafka
package import Lifecycle

/// A version of librdkafka, and which of them the stream may be consumed with.
///
/// From 2.1 on a batch poll itself takes out of the batch what it had gathered before a change of
/// assignment, and moves the rest up (librdkafka#4208). `DataConsumer` marks such records by how
/// many there were, as 2.0.2 needs it: under a later version the mark would lie on fresh records,
/// which would be passed over and committed past. A version that was not tested with is refused,
/// since nothing else would tell.
package struct LibrdkafkaVersion: Sendable, Equatable, CustomStringConvertible {
    /// 0xMMmmrrxx: major, minor, revision, and 0xff or the number of a version before the release.
    private let number: UInt32

    package init(_ number: Int32) { self.number = UInt32(bitPattern: number) }

    /// The one that this process runs with; it need not be the one that it was built with.
    package static var present: LibrdkafkaVersion { LibrdkafkaVersion(rd_kafka_version()) }

    /// The one that Swerve was tested with.
    package static let tested = LibrdkafkaVersion(0x0200_02ff)

    /// `2.0.2`.
    package var description: String {
        "\(number >> 24).\(number >> 16 & 0xff).\(number >> 8 & 0xff)"
    }

    /// - Throws: `.refused` for any other than the tested one.
    package func check(_ act: String) throws(SwerveError) {
        guard number >> 8 != Self.tested.number >> 8 else { return }
        throw SwerveError(
            .refused, act: act,
            reason: "this is librdkafka \(self), tested is \(Self.tested): another one hands over "
                + "records around a change of assignment otherwise, and some would never be scored",
            remedy: "install librdkafka \(Self.tested), or build Swerve on a system that has it")
    }
}
