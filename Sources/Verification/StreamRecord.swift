package import Kafka

/// The names of the five topics of a service.
package struct StreamTopics: Sendable, Equatable {
    package let input, output, deadLetters, control, status: String

    package init(
        input: String, output: String, deadLetters: String, control: String, status: String
    ) {
        self.input = input
        self.output = output
        self.deadLetters = deadLetters
        self.control = control
        self.status = status
    }

    package var all: [String] { [input, output, deadLetters, control, status] }
}

/// A record's place on its topic.
package struct StreamPlace: Sendable, Hashable, CustomStringConvertible {
    package let partition: Int32
    package let offset: Int64

    package init(partition: Int32, offset: Int64) {
        self.partition = partition
        self.offset = offset
    }

    /// Offsets that strangers may claim: one can be added to without passing 64 bits.
    package static let offsets: Range<Int64> = 0..<1 << 62

    /// Whether it may be a place at all, whoever says so.
    package static func isPossible(partition: Int32, offset: Int64) -> Bool {
        partition >= 0 && offsets.contains(offset)
    }

    /// As kcat and `swerve status` name it: `3@1042`.
    package var description: String { "\(partition)@\(offset)" }
}

/// A record that was read from a topic of the stream, whichever it is.
package struct StreamRecord: Sendable, Equatable {
    package let place: StreamPlace
    package let key: [UInt8]
    /// Nil for a tombstone.
    package var value: [UInt8]?
    /// By name, the last of each.
    package let headers: [String: String]

    package init(
        at place: StreamPlace, key: [UInt8], value: [UInt8]?, headers: [String: String] = [:]
    ) {
        self.place = place
        self.key = key
        self.value = value
        self.headers = headers
    }

    package init(_ record: TopicRecord) {
        self.init(
            at: StreamPlace(partition: record.partition, offset: record.offset), key: record.key,
            value: record.value, headers: record.headers)
    }
}
