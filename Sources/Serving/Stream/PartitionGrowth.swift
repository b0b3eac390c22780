import Lifecycle
import Platform

/// How many partitions a worker serves while the topics grow: never one that the output has not.
///
/// A value of the poll thread's. To ask for the output's partitions takes a listing, a second at
/// most, and comes at a growth alone; from then on the producer knows them.
///
/// A group shares a topic's partitions out anew where a member that saw the topic smaller finds it
/// grown. A static member that was started again in between has seen it as it is, and gets what the
/// group gave before: nobody would share out the rest. So each member joins anew at a growth.
struct PartitionGrowth {
    /// Partitions that the input has, and the output is known to have.
    private(set) var count: Int
    /// A group gives the partitions, and the worker takes what it may; else it takes its part by
    /// itself, from the start.
    private let isOfGroup: Bool
    /// What the group gave, and the output has not: nobody else gets it meanwhile.
    private(set) var withheld: [Int32] = []
    private var triedAt: UInt64 = 0

    /// - Parameter count: partitions that were served so far, by this process or the one before.
    init(served count: Int, isOfGroup: Bool) {
        self.count = count
        self.isOfGroup = isOfGroup
    }

    /// Has the consumer take what the control thread found that both topics have now, at most once
    /// a second; in a group by joining it anew.
    ///
    /// What is passing is told, and tried again by a later call.
    /// - Returns: whether it was tried.
    mutating func takeUp(
        _ shared: WorkerShared, _ consumer: any StreamConsumer, _ producer: any StreamProducer
    ) -> Bool {
        let wanted = shared.servablePartitionCount
        guard wanted > count else { return false }
        let now = MonotonicClock.now
        guard triedAt == 0 || now &- triedAt >= Self.pauseNs else { return false }
        triedAt = now
        do throws(SwerveError) {
            if (Self.listing(producer) ?? 0) >= wanted, try consumer.grow(to: wanted) {
                if isOfGroup {
                    shared.log.info(
                        "\(wanted) partitions are served now, \(count) before: joins the group "
                            + "anew")
                }
                count = wanted
                withheld = []
            }
        } catch {
            guard error.isRetryable else {
                shared.fail(error)
                return true
            }
            shared.log.passing(error.description)
        }
        return true
    }

    /// Which of the partitions that a group gave are served: those that the output has.
    mutating func servable(
        of partitions: [Int32], _ producer: any StreamProducer
    ) -> [Int32] {
        withheld = []
        guard let end = partitions.max().map({ Int($0) + 1 }), end > count else {
            return partitions
        }
        count = max(count, min(Self.listing(producer) ?? 0, end))
        withheld = partitions.filter { $0 >= count }
        return partitions.filter { $0 < count }
    }

    /// Says which partitions an assignment has for the slot; what is withheld, the control thread
    /// tells.
    func tell(_ partitions: [Int32], _ configuration: WorkerConfiguration, _ log: WorkerLog) {
        guard partitions.isEmpty else {
            return log.info("partitions \(partitions.map(String.init).joined(separator: ", "))")
        }
        let input = configuration.topics.input
        guard withheld.isEmpty else {
            return log.info(
                "no partition of \(input) yet: \(configuration.topics.output) has none for those "
                    + "that are this slot's")
        }
        log.warning(
            "no partition of \(input) is left for this slot: the topic has \(count)"
                + (configuration.total.map { ", and slots.total is \($0)" } ?? "")
                + "; it takes over when another slot leaves")
    }

    private static func listing(_ producer: any StreamProducer) -> Int? {
        producer.outputPartitionCount(timeoutMs: listingMs)
    }

    private static let listingMs: Int32 = 1_000
    private static let pauseNs: UInt64 = 1_000_000_000
}
