import Foundation
import Platform
import TestSupport

/// How long faults last: short in a run of all tests; `Tests/faults` makes them longer.
enum FaultSettings {
    /// Processes that are killed, or other faults that are repeated.
    static let repeats = number("SWERVE_FAULT_REPEATS", otherwise: 2)
    /// Records a second.
    static let rate = number("SWERVE_FAULT_RATE", otherwise: 1_000)
    /// For how long brokers are away.
    static let outageMs = number("SWERVE_FAULT_OUTAGE_MS", otherwise: 1_000)
    /// The file that gets a line for each fault.
    static let table = text("SWERVE_FAULT_TABLE")
    /// Whether faults that take long are had too, and those that another test shows already.
    static let isLong = table != nil

    /// Commands for a real broker's own faults: one that takes it away, and one that brings it back
    /// with what it held.
    static let stopBroker = text("SWERVE_FAULT_BROKER_STOP")
    static let killBroker = text("SWERVE_FAULT_BROKER_KILL")
    static let startBroker = text("SWERVE_FAULT_BROKER_START")
    /// The same for a broker that stands still, and goes on.
    static let pauseBroker = text("SWERVE_FAULT_BROKER_PAUSE")
    static let resumeBroker = text("SWERVE_FAULT_BROKER_RESUME")

    private static func text(_ name: String) -> String? {
        let value = ProcessInfo.processInfo.environment[name] ?? ""
        return value.isEmpty ? nil : value
    }

    private static func number(_ name: String, otherwise: Int) -> Int {
        text(name).flatMap { Int($0) } ?? otherwise
    }

    /// Runs a command of the user's to its end.
    static func run(_ command: String?) throws {
        guard let command else { return }
        // A broker that it starts stays, and inherits no descriptor for whose end somebody waits.
        let child = try ChildProcess.spawn(
            ChildCommand(executable: "/bin/sh", arguments: ["-c", command]))
        guard try child.wait() == .code(0) else { throw Failure("failed: \(command)") }
    }
}

/// What a service promises to whoever reads its predictions.
enum Delivery: String, CaseIterable {
    case atLeastOnce = "at-least-once"
    case exactlyOnce = "exactly-once"

    /// The development broker keeps no transactions.
    static let possible: [Delivery] = TestStream.realBootstrap == nil ? [.atLeastOnce] : allCases
}
