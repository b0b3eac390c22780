/// How many bytes of each partition were fed and not answered yet.
///
/// The development broker silently drops the oldest records of a partition above 5 MiB. What was
/// answered has been read by the workers, and its prediction by the demo; so as long as this stays
/// below the bound, nothing that anybody still has to read is dropped, in input or output.
package struct OutstandingBytes: Sendable {
    package static let boundBytes = 2 << 20
    /// Of a prediction with what the log adds: more than a short request has.
    private static let recordBytesMin = 512
    private static let overheadBytes = 96

    private var bytes: [Int]

    package init(partitions: Int) { bytes = Array(repeating: 0, count: partitions) }

    package func hasRoom(partition: Int, record: Int) -> Bool {
        // A single record always fits an empty partition.
        bytes[partition] == 0 || bytes[partition] + Self.cost(record) <= Self.boundBytes
    }

    package mutating func fed(partition: Int, record: Int) { bytes[partition] += Self.cost(record) }

    package mutating func answered(partition: Int, record: Int) {
        bytes[partition] = max(0, bytes[partition] - Self.cost(record))
    }

    private static func cost(_ record: Int) -> Int { max(record, recordBytesMin) + overheadBytes }
}
