import ArgumentParser
import Configuration
import Lifecycle
import Serving

/// Takes a slot out of its group for good.
struct LeaveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leave",
        abstract: "Take a slot out of its group, so that the others get its partitions at once.",
        discussion: """
            For assignment: static, where a stop keeps the slot's place until the session timeout. \
            With the configuration of the slot's service, in a shell where the service runs: a \
            worker that lives is asked (SIGUSR1), finishes what is out, commits, gives its place \
            back and ends; its supervisor serves on with its other slots. Of a worker that is dead, \
            unheard on the status topic for 10 s, the place is given back from anywhere, and only \
            brokers and topics have to be named.

            The next start of the service brings the slot back: change slots before that.
            """)

    @Argument(help: "The group, as the configuration names it.")
    var group: String

    @Option(parsing: .unconditional, help: "The number of the slot.")
    var slot: Int

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let configuration = try registry.configuration(kafka)
        guard (0..<Limits.slots).contains(slot) else {
            throw SwerveError(
                .usage, act: "reading --slot", reason: "not in 0 … \(Limits.slots - 1)")
        }
        let total = try configuration.integerUnlessWord(.slotsTotal)
        let worker = try WorkerConfiguration(
            leaving: group, configuration, slot: slot, of: total)
        let brokers = try kafka.brokers(configuration)
        _ = try brokers.trust(isNeeded: true)
        let feed = try brokers.statusFeed()
        defer { feed.close() }
        let outcome = try SlotLeave(worker, timeoutMs: brokers.timeoutMs, log: KafkaLog.quiet)
            .run(listeningTo: feed)
        if output.json {
            Terminal.document(
                .object([
                    "group": .string(group), "slot": .int(Int64(slot)),
                    "found": .string(outcome.rawValue),
                ]))
        } else {
            Terminal.line(Self.words(outcome, worker.slotID, of: total).printable)
        }
    }

    /// - Parameter total: nil where the group is whoever is alive, which expects nobody back.
    static func words(_ outcome: SlotLeave.Outcome, _ slot: SlotID, of total: Int?) -> String {
        let rest =
            total == nil
            ? ""
            : "; until slots.total is lowered and the services are started anew, --wait and swerve "
                + "status name slot \(slot.slot) as missing"
        return switch outcome {
        case .live: "slot \(slot) has left its group; its worker has ended and stays so\(rest)"
        case .dead: "slot \(slot) was dead; its place in the group is given back\(rest)"
        case .absent:
            "slot \(slot) has no place in the group: nothing to do; where it should have one, see "
                + "whether group and slot are named as swerve status names them"
        }
    }
}
