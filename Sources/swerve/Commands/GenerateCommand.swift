import ArgumentParser
import Demo
import Lifecycle
import Platform

/// The demo's traffic as JSON lines, for training and for trying things out.
struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Write generated web requests as JSON lines, labelled 1 (attack) and -1.",
        discussion: """
            A made-up shop: plausible normal traffic and several families of attacks. The same seed \
            gives the same lines.
            """)

    @Option(parsing: .unconditional, help: "How many.")
    var records = 1_000

    @Option(parsing: .unconditional, help: "So many a second; 0 writes as fast as they are taken.")
    var rate = 0.0

    @Option(parsing: .unconditional, help: "Seed of the generator.")
    var seed: UInt64 = TrafficGenerator.defaultSeed

    @Option(help: "Leave a family of attacks out; repeatable.")
    var without: [String] = []

    func run() throws {
        guard records >= 0 else {
            throw SwerveError(.usage, act: "reading --records", reason: "it is negative")
        }
        guard rate >= 0, rate <= 1e7 else {
            throw SwerveError(
                .usage, act: "reading --rate", reason: "not between 0 and 10,000,000 a second")
        }
        var left: Set<TrafficClass> = []
        for name in without {
            guard let family = TrafficClass(rawValue: name), family != .normal else {
                throw SwerveError(
                    .usage, act: "reading --without '\(name.shortened(to: 40))'",
                    reason: "not one of "
                        + TrafficClass.attacks.map(\.rawValue).joined(separator: ", "))
            }
            left.insert(family)
        }
        var generator = TrafficGenerator(seed: seed, without: left)
        let startedNs = MonotonicClock.now
        var text = ""
        for count in 0..<records {
            let dueNs = rate > 0 ? startedNs &+ UInt64(Double(count) / rate * 1e9) : 0
            if text.utf8.count > Self.chunkBytes || dueNs > MonotonicClock.now {
                Terminal.write(text)
                Terminal.endIfLost()
                text = ""
            }
            if dueNs > 0 { try Self.wait(untilNs: dueNs) }
            generator.next()
            text += String(decoding: generator.line, as: UTF8.self)
            text += "\n"
        }
        Terminal.write(text)
    }

    private static func wait(untilNs dueNs: UInt64) throws(SwerveError) {
        while MonotonicClock.now < dueNs {
            _ = try Poll.waitForAny([], until: Deadline(atNs: dueNs))
        }
    }

    private static let chunkBytes = 1 << 20
}
