/// The control topic as the control plane needs it: read the newest of a key, write, read back.
package protocol ControlTopic: AnyObject {
    /// The values now on the topic, newest of each key; tombstones are left out.
    func current() throws(SwerveError) -> [String: [UInt8]]

    /// Writes `value` under `key` and returns when every in-sync replica has it.
    func publish(key: String, value: [UInt8]) throws(SwerveError)
}
