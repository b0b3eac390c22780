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
            unheard on the status topic for 10 s, the place is given back from anywhere.

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
        let worker = try WorkerConfiguration(
            configuration, slot: slot, of: try configuration.integerUnlessWord(.slotsTotal))
        guard worker.group == group else {
            throw configuration.wrong(
                .group, "is another group than \(group.shortened(to: 80))",
                remedy: "name the configuration of its service: --config FILE")
        }
        let brokers = try kafka.brokers(configuration)
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
            Terminal.line(Self.words(outcome, worker.slotID).printable)
        }
    }

    private static func words(_ outcome: SlotLeave.Outcome, _ slot: SlotID) -> String {
        switch outcome {
        case .live: "slot \(slot) has left its group; its worker has ended and stays so"
        case .dead: "slot \(slot) was dead; its place in the group is given back"
        case .absent: "slot \(slot) has no place in the group: nothing to do"
        }
    }
}
