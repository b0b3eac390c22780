/// The control topic as the control plane needs it: read the newest of a key, write, read back.
package protocol ControlTopic: AnyObject {
    /// The topic's name, which signatures cover.
    var name: String { get }

    /// The records now on the topic, newest of each key; tombstones are left out.
    func current() throws(SwerveError) -> [String: Announcement]

    /// Writes `announcement` under `key` and returns when every in-sync replica has it.
    func publish(key: String, _ announcement: Announcement) throws(SwerveError)
}
