/// The control topic as the control plane needs it: read what stands there, write, read back.
package protocol ControlTopic: AnyObject {
    /// The topic's name, which signatures cover.
    var name: String { get }

    /// The records now on the topic, newest of each key; tombstones are left out.
    func current() throws(SwerveError) -> [String: StoredAnnouncement]

    /// Hands over every record that the topic still has, in its order, older ones of a key and
    /// tombstones among them.
    func forEachRecord(_ body: (ControlTopicRecord) -> Void) throws(SwerveError)

    /// Whether the brokers keep back whoever was overtaken; the development broker does not.
    func isFencing() throws(SwerveError) -> Bool

    /// Takes the right to announce for a registry, unless this topic has it and nobody took it
    /// since: whoever had it publishes no more, and what it has not finished is taken back.
    ///
    /// What is to be published must be decided upon what `current` says behind this call.
    func claim(for registry: String) throws(SwerveError)

    /// Writes all of it, so that readers see all or nothing, and returns when every in-sync replica
    /// has it; only behind `claim`.
    ///
    /// - Returns: whether it is there; where another process has taken the right since, nothing was
    ///   written.
    func publish(_ announcements: [KeyedAnnouncement]) throws(SwerveError) -> PublishingAnswer
}

/// What the brokers said to announcements.
package enum PublishingAnswer: Sendable, Equatable {
    case published
    /// Another process has taken the right to announce; in the brokers' words.
    case overtaken(String)
}

/// What is to be written under a key of the control topic.
package struct KeyedAnnouncement: Sendable, Equatable {
    package let key: String
    package let announcement: Announcement

    package init(key: String, _ announcement: Announcement) {
        self.key = key
        self.announcement = announcement
    }
}

extension ControlTopic {
    /// As `forEachRecord`; tombstones are left out.
    package func forEachAnnouncement(
        _ body: (_ key: String, _ stored: StoredAnnouncement) -> Void
    ) throws(SwerveError) {
        try forEachRecord { record in
            guard let stored = record.stored else { return }
            body(String(decoding: record.key, as: UTF8.self), stored)
        }
    }
}

/// A record at its place on the control topic.
package struct ControlTopicRecord: Sendable, Equatable {
    package let offset: Int64
    /// As anybody may have written it.
    package let key: [UInt8]
    /// Nil for a tombstone.
    package let stored: StoredAnnouncement?

    package init(offset: Int64, key: [UInt8], stored: StoredAnnouncement?) {
        self.offset = offset
        self.key = key
        self.stored = stored
    }
}

/// A control record as it travels: its exact bytes, and the signature in its header.
package struct Announcement: Sendable, Equatable {
    package let value: [UInt8]
    /// The header `swerve-signature` as it stands; nil for an unsigned record.
    package let signature: String?

    package init(value: [UInt8], signature: String? = nil) {
        self.value = value
        self.signature = signature
    }
}

/// A record as it stands on the control topic.
package struct StoredAnnouncement: Sendable, Equatable {
    package let announcement: Announcement
    package let appended: RecordTimestamp

    package init(_ announcement: Announcement, appended: RecordTimestamp) {
        self.announcement = announcement
        self.appended = appended
    }
}

/// The wall-clock milliseconds of a record, and whose clock that is.
package enum RecordTimestamp: Sendable, Equatable {
    /// The broker's, at the append: the topic has `message.timestamp.type=LogAppendTime`.
    case appended(Int64)
    /// The producer's own word, which anybody may make up.
    case claimed(Int64)
    case none
}
