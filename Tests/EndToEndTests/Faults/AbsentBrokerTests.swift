import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// Brokers that stand still, are away, are slow, and answer with errors.
@Suite("Faults: brokers", .serialized, .blocking)
struct AbsentBrokerTests {
    /// How a broker goes away and comes back.
    enum Absence: String, CaseIterable {
        case paused, stopped, killed

        static let possible = allCases.filter { absence in
            if TestStream.realBootstrap == nil { return absence == .paused }
            return absence.command != nil
        }

        var command: String? {
            switch self {
            case .paused: FaultSettings.pauseBroker
            case .stopped: FaultSettings.stopBroker
            case .killed: FaultSettings.killBroker
            }
        }

        /// The development broker stands still as a process that is stopped; it would come back
        /// from anything else without its records.
        func begin(_ stream: TestStream) throws {
            if stream.isDevelopment { stream.signalBroker(SIGSTOP) }
            if !stream.isDevelopment { try FaultSettings.run(command) }
        }

        func end(_ stream: TestStream) throws {
            if stream.isDevelopment { stream.signalBroker(SIGCONT) }
            if !stream.isDevelopment {
                try FaultSettings.run(
                    self == .paused ? FaultSettings.resumeBroker : FaultSettings.startBroker)
            }
        }
    }

    struct Case: CustomTestStringConvertible {
        let absence: Absence
        let delivery: Delivery
        var testDescription: String { "\(absence), \(delivery.rawValue)" }
        static let all = Absence.possible.flatMap { absence in
            Delivery.possible.map { Case(absence: absence, delivery: $0) }
        }
    }

    @Test(
        "a broker away under load, and in the middle of a promotion",
        .enabled(if: !Case.all.isEmpty, "nobody said how this broker is stopped and started"),
        arguments: Case.all)
    func away(_ one: Case) throws {
        let trial = try FaultTrial(one.delivery)
        let stream = trial.stream
        try trial.feedOn(milliseconds: 300)
        // A promotion that meets the fault somewhere: before, in or behind its announcement.
        let promotion = try RunningProcess(
            [
                "promote", "http-anomaly@2", "--registry", stream.registry, "--bootstrap",
                stream.bootstrap, "--control-topic", stream.control, "--status-topic",
                stream.status,
            ], folder: stream.folder.url)
        let began = MonotonicNow.milliseconds
        try one.absence.begin(stream)
        trial.faults += 1
        try trial.feedOn(milliseconds: FaultSettings.outageMs)
        try one.absence.end(stream)
        let outageMs = MonotonicNow.milliseconds - began
        _ = try promotion.waitForExit()
        // Whatever became of it, the next command announces what is to be announced.
        _ = try trial.scene.change("promote", "http-anomaly@1")
        try trial.feedOn(milliseconds: 500)
        try trial.end(
            "broker \(one.absence.rawValue) for \(outageMs / 1_000) s, in a promotion",
            doubled: 2 * FaultTrial.window, outageMs: outageMs)
    }

    @Test(
        "a slow broker: it stands still most of the time",
        .enabled(
            if: Absence.possible.contains(.paused), "nobody said how this broker is paused"),
        arguments: Delivery.possible)
    func slow(delivery: Delivery) throws {
        let trial = try FaultTrial(delivery)
        for _ in 0..<max(4, FaultSettings.repeats) {
            try Absence.paused.begin(trial.stream)
            FaultTrial.pause(200)
            try Absence.paused.end(trial.stream)
            FaultTrial.pause(50)
            trial.faults += 1
        }
        try trial.promote()
        try trial.end("broker that stands still for 200 of 250 ms", doubled: 0)
    }
}

/// A clock that only goes forward.
enum MonotonicNow {
    static var milliseconds: Int { Int(ProcessInfo.processInfo.systemUptime * 1_000) }
}
