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
