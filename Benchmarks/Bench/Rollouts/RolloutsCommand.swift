import ArgumentParser
import Lifecycle
import Platform

/// How many of many rollouts end how, on traffic that is made of real requests and real visits.
struct RolloutsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollouts",
        abstract: "Run rollouts by the standard plan over simulated streams and clocks.",
        discussion: """
            Prints one JSON document: how many ended how, the guards that failed, and quantiles of \
            the simulated seconds until the promotion or the end. The same seed gives the same \
            document, whatever the number of threads.
            """)

    @Option(help: "What two versions say of real requests; see SampledTraffic.")
    var requests: String

    @Option(help: "How clients come; see SampledTraffic.")
    var arrivals: String

    @Option(help: "How many rollouts.")
    var count = 1_000

    @Option(help: "Of the first one; those behind it follow.")
    var seed: UInt64 = 1

    @Option(help: "Records a second of the stream.")
    var rate = 400.0

    @Option(help: "Records a second of the log whose clients come.")
    var loggedRate = 0.0335

    @Option(help: "Which part of the records scanners send.")
    var attackShare = 0.02

    @Flag(help: "The candidate is the stable version itself.")
    var same = false

    @Option(help: "The candidate alerts so many times as often.")
    var more = 1.0

    @Option(help: "The candidate is so many times as slow.")
    var slower = 1.0

    @Option(help: "Threads.")
    var threads = 2

    func validate() throws {
        guard count > 0, rate > 0, loggedRate > 0, (0..<1).contains(attackShare), more >= 1,
            slower > 0, (1...64).contains(threads)
        else { throw ValidationError("an option is out of its range") }
    }

    func run() throws {
        MemoryPolicy.apply()
        var traffic = try SampledTraffic(requests: requests, arrivals: arrivals)
        if same { traffic.makeSame() }
        if more > 1 { traffic.addAlerts(factor: more, attackShare: attackShare) }
        var terms = RolloutTrialTerms()
        terms.rate = rate
        terms.loggedRate = loggedRate
        terms.attackShare = attackShare
        terms.slower = slower
        let (shared, first, step) = (traffic, seed, threads)
        let trials = count
        let results = Guarded([Int: RolloutTrial.Outcome]())
        let pool = (0..<threads).map { [terms] number in
            OSThread(name: "trial-\(number)", niceness: 10) {
                for index in stride(from: number, to: trials, by: step) {
                    var trial = RolloutTrial(shared, terms, seed: first &+ UInt64(index))
                    let outcome = trial.run()
                    results.withLock { $0[index] = outcome }
                }
            }
        }
        for thread in pool { thread.join() }
        Output.line(Self.document(results.withLock { $0.sorted { $0.key < $1.key }.map(\.value) }))
    }

    private static func document(_ outcomes: [RolloutTrial.Outcome]) -> JSONValue {
        var ends: [String: JSONValue] = [:]
        for end in RolloutTrial.End.allCases {
            let found = outcomes.filter { $0.end == end }
            let why = Dictionary(grouping: found, by: \.why).mapValues {
                JSONValue.int(Int64($0.count))
            }
            ends[end.rawValue] = [
                "count": .int(Int64(found.count)), "why": .object(why),
                "seconds": quantiles(found.map { Double($0.seconds) }),
                "pairs": quantiles(found.map { Double($0.pairs) }),
            ]
        }
        return ["rollouts": .int(Int64(outcomes.count)), "ends": .object(ends)]
    }

    /// Least, median, nine tenths and most.
    private static func quantiles(_ values: [Double]) -> JSONValue {
        guard !values.isEmpty else { return .null }
        let sorted = values.sorted()
        return .array(
            [0, 0.5, 0.9, 1].map { .double(sorted[Int(Double(sorted.count - 1) * $0)]) })
    }
}
