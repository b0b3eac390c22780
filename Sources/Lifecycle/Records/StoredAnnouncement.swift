/// A record as it stands on the control topic.
package struct StoredAnnouncement: Sendable, Equatable {
    package let announcement: Announcement
    package let appended: RecordTimestamp

    package init(_ announcement: Announcement, appended: RecordTimestamp) {
        self.announcement = announcement
        self.appended = appended
    }
}
