import Kafka
import Lifecycle

/// What a run leaves on real brokers while it lasts: topics and a group under names of its own.
///
/// Only what was not there before the run is ever deleted. One thread.
final class DemoTraces {
    private let settings: KafkaSettings
    private let topics: [String]
    private let group: String
    private var isOwned = false

    init(bootstrap: String, topics: [String], group: String) {
        settings = KafkaSettings(["bootstrap.servers": bootstrap, "log_level": "2"])
        self.topics = topics
        self.group = group
    }

    /// Makes sure that none of the names is in use; from then on they are the run's own.
    ///
    /// - Throws: `.refused` for a topic that is there and for a development broker, which makes no
    ///   topics; `.unavailable` where no broker answers.
    func claim(act: String) throws(SwerveError) {
        let counts: [String: Int]
        do throws(SwerveError) {
            let administrator = try TopicAdministrator(settings: settings, log: DemoService.quiet)
            defer { administrator.close() }
            guard try !administrator.isDevelopmentBroker(timeoutMs: DemoService.askMs) else {
                throw SwerveError(
                    .refused, act: act,
                    reason: "this is a development broker, which makes no topics when asked",
                    problem: Problem(.demoOnDevelopmentBroker))
            }
            counts = try administrator.partitionCounts(
                of: topics, timeoutMs: DemoService.askMs)
        } catch {
            throw error.act == act ? error : error.during(act)
        }
        if let taken = topics.first(where: { (counts[$0] ?? 0) > 0 }) {
            throw SwerveError(
                .refused, act: act, reason: "\(taken) is there already",
                remedy: "run the demo again: every run makes new names")
        }
        isOwned = true
    }

    /// Deletes the topics of the run and its group, in at most 30 s; nothing before `claim`.
    ///
    /// - Throws: what stayed behind, with its names.
    func remove() throws(SwerveError) {
        guard isOwned else { return }
        isOwned = false
        do throws(SwerveError) {
            let administrator = try TopicAdministrator(settings: settings, log: DemoService.quiet)
            defer { administrator.close() }
            try administrator.delete(topics, timeoutMs: DemoService.askMs)
            // Static members do not leave when they end: where their sessions go on, the brokers
            // drop the group later, which has no offsets left without its topics.
            _ = try administrator.delete(group: group, timeoutMs: DemoService.askMs)
        } catch {
            throw SwerveError(
                error.code, act: "taking away what the demo made", reason: error.description,
                remedy: "delete by hand what is left: topics "
                    + topics.joined(separator: ", ") + ", group \(group)")
        }
    }
}
