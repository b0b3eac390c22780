package import Lifecycle

/// The brokers, as the use cases need them; conformed to where the settings are known.
package protocol Brokers {
    /// Where deployments are announced; signatures cover the name.
    var controlTopicName: String { get }
    /// The bound of reading a topic to its end, in milliseconds.
    var readingMs: Int64 { get }

    /// Whether somebody named any.
    var areNamed: Bool { get }
    /// The bound of looking for them before a change, in milliseconds.
    var findingMs: Int32 { get }

    /// - Throws: `.usage` where nobody named any: what needs no broker may be done all the same.
    func requireNamed() throws(SwerveError)

    /// Whose word workers believe; nil where that is not known.
    ///
    /// - Parameter isNeeded: false for who only looks.
    func trust(isNeeded: Bool) throws(SwerveError) -> TrustPolicy?

    /// The control topic, once the brokers answered and all of it was read.
    ///
    /// - Parameter registry: the id of the registry to announce for.
    /// - Throws: `.unavailable` or `.timedOut` where no broker answers in time.
    func foundControlTopic(for registry: String) throws(SwerveError) -> any ControlTopic

    /// The same for what is announced beside something else: neither finding it nor a reading nor
    /// a publication takes longer than `findingMs`.
    func foundControlTopicForPending(
        for registry: String
    ) throws(SwerveError) -> any ControlTopic

    /// Ends what `foundControlTopic` gave: for who runs on. A command ends with it.
    func release(_ topic: any ControlTopic)

    /// The control topic beside something else: a reading of it takes a few seconds at most.
    func controlTopicToGlanceAt() -> any ControlTopic

    /// The control topic, to be read whole within `readingMs`; nobody has looked for it yet.
    func controlTopicToAudit() -> any ControlTopic

    /// The status topic; where the trust file has a key with the role report, only signed
    /// heartbeats count.
    func statusFeed() throws(SwerveError) -> any StatusFeed

    /// The groups that the configuration expects; none are all that are heard.
    func expectedGroups() throws(SwerveError) -> [String]
}

extension Brokers {
    package func release(_ topic: any ControlTopic) {}

    package func expectedGroups() throws(SwerveError) -> [String] { [] }
}
