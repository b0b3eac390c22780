import Configuration
import Lifecycle
import Platform

/// Writes what the poll thread tells to the ledger.
///
/// Control thread only.
final class LedgerWriter {
    private let owner = ThreadOwner()
    private let configuration: WorkerConfiguration
    private let incarnation: StatusRecord.Incarnation
    private let queue: LedgerQueue
    private let log: WorkerLog
    /// The records that were served, the newest last: the poll thread knows the deployment alone.
    private var accepted: [AcceptedRecord] = []

    init(
        configuration: WorkerConfiguration, incarnation: StatusRecord.Incarnation,
        queue: LedgerQueue, log: WorkerLog
    ) {
        self.configuration = configuration
        self.incarnation = incarnation
        self.queue = queue
        self.log = log
    }

    /// Writes what was told since the last time.
    ///
    /// - Parameter serving: what the control thread has the poll thread serve.
    func turn(serving: AcceptedRecord?, through reporter: StatusReporter) {
        owner.assertCurrent()
        if let serving, accepted.last != serving {
            accepted.append(serving)
            if accepted.count > Self.acceptedMax { accepted.removeFirst() }
        }
        let (told, dropped) = queue.take()
        for event in told {
            for part in entry(event).parts {
                reporter.append(part, to: configuration.topics.ledger)
            }
        }
        guard dropped > 0 else { return }
        log.warning("\(dropped) entries of the ledger are lost: more came than could be written")
    }

    /// The ledger, while there is none and it is wanted: to be asked for with other topics.
    var awaited: [String] {
        let topic = configuration.topics.ledger
        return queue.isKept || topic == TopicNames.none ? [] : [topic]
    }

    /// What brokers list: a ledger that was made while this process runs is written to.
    func listed(_ counts: [String: Int]) {
        owner.assertCurrent()
        guard let topic = awaited.first(where: { counts[$0] ?? 0 > 0 }) else { return }
        queue.keep()
        log.info("\(topic) is there now: what this slot takes up is written to it")
    }

    func entry(_ told: LedgerQueue.Told) -> LedgerEntry {
        var entry = LedgerEntry(
            told.event, atMs: told.atMs, slot: configuration.slotID, model: configuration.model,
            topic: configuration.topics.input, incarnation: incarnation,
            generation: Int64(told.generation))
        entry.partitions = told.partitions
        entry.spans = told.spans
        guard let deployment = told.deployment else { return entry }
        entry.epoch = deployment.epoch
        entry.stable = deployment.stable.version
        entry.candidate = deployment.candidate?.deployed.version
        entry.mode = deployment.candidate?.mode.rawValue
        entry.share = deployment.candidate?.share.tenThousandths
        let known = accepted.last { $0.deployment.epoch == deployment.epoch }
        entry.registry = known?.record.registry
        entry.record = known?.valueDigest?.description
        return entry
    }

    private static let acceptedMax = 64
}
