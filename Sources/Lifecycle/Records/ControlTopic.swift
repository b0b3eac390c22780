/// The control topic as the control plane needs it: read what stands there, write, read back.
package protocol ControlTopic: AnyObject {
    /// The topic's name, which signatures cover.
    var name: String { get }

    /// The records now on the topic, newest of each key; tombstones are left out.
    func current() throws(SwerveError) -> [String: StoredAnnouncement]

    /// Hands over every record that the topic still has, in its order, older ones of a key among
    /// them; tombstones are left out.
    func forEachAnnouncement(
        _ body: (_ key: String, _ stored: StoredAnnouncement) -> Void
    ) throws(SwerveError)

    /// Writes `announcement` under `key` and returns when every in-sync replica has it.
    func publish(key: String, _ announcement: Announcement) throws(SwerveError)
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
