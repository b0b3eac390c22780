import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// Processes that are killed, stopped and restarted under load.
@Suite("Faults: processes", .serialized, .blocking)
struct KilledProcessTests {
    @Test("workers killed at random, with promotions between", arguments: Delivery.possible)
    func workers(delivery: Delivery) throws {
        let trial = try FaultTrial(delivery)
        var generator = SeededGenerator(seed: 12)
        for number in 0..<FaultSettings.repeats {
            try trial.feedOn(milliseconds: .random(in: 200...800, using: &generator))
            kill(try trial.worker(using: &generator), SIGKILL)
            trial.faults += 1
            if number % 5 == 1 { try trial.promote() }
        }
        try trial.promote()
        try trial.end("SIGKILL of a worker, at random")
    }

    @Test("the supervisor killed, and started again at once", arguments: Delivery.possible)
    func supervisor(delivery: Delivery) throws {
        let trial = try FaultTrial(delivery)
        for _ in 0..<max(1, FaultSettings.repeats / 8) {
            try trial.feedOn(milliseconds: 500)
            let workers = trial.service.children
            _ = try trial.service.stop(SIGKILL)
            trial.faults += 1
            try trial.serveAgain()
            _ = try trial.service.wait(for: "the end of the orphans") {
                workers.contains(where: Scene.isAlive) ? nil : true
            }
            try trial.promote()
        }
        try trial.end(
            "SIGKILL of the supervisor", doubled: trial.faults * 2 * FaultTrial.window)
    }

    @Test(
        "one slot after the other restarted by SIGHUP", .enabled(if: FaultSettings.isLong),
        arguments: Delivery.possible)
    func rolling(delivery: Delivery) throws {
        let trial = try FaultTrial(delivery)
        for _ in 0..<max(1, FaultSettings.repeats / 8) {
            try trial.feedOn(milliseconds: 300)
            let before = trial.service.children
            kill(trial.service.pid, SIGHUP)
            trial.faults += 1
            _ = try trial.service.wait(for: "the restart of both slots") {
                let words = "2 slots were restarted"
                let said = trial.service.log.components(separatedBy: words).count - 1
                return said == trial.faults ? true : nil
            }
            #expect(Set(trial.service.children).isDisjoint(with: before))
            try trial.promote()
        }
        try trial.end("rolling restart by SIGHUP", doubled: 0)
    }

    /// A worker that stands still while the others take its partitions, and goes on.
    struct Zombie: CustomTestStringConvertible {
        let delivery: Delivery
        let assignment: String
        var testDescription: String { "\(delivery.rawValue), \(assignment)" }

        static let all = Delivery.allCases.flatMap { delivery in
            ["static", "dynamic"].map { Zombie(delivery: delivery, assignment: $0) }
        }
    }

    @Test(
        "stopped beyond the session timeout, and going on: nothing but what was on its way",
        .enabled(
            if: TestStream.realBootstrap != nil, "the development broker knows no static members"),
        arguments: Zombie.all)
    func zombie(_ zombie: Zombie) throws {
        let trial = try FaultTrial(
            zombie.delivery, assignment: zombie.assignment,
            changes: "kafka.consumer: {session.timeout.ms: 6000}")
        try trial.feedOn(milliseconds: 300)
        let worker = try #require(trial.service.children.first)
        // Where the members joined one by one, the first of them has had all partitions before.
        let logged = trial.service.log.utf8.count
        kill(worker, SIGSTOP)
        trial.faults += 1
        _ = try trial.service.wait(for: "the other slot with all partitions") {
            let log = String(decoding: trial.service.log.utf8.dropFirst(logged), as: UTF8.self)
            return log.contains(" partitions 0, 1, 2, 3") ? true : nil
        }
        let promoted = try trial.stream.control(["promote", "http-anomaly@2"])
        #expect(promoted.code == 0, "\(promoted)")
        try trial.feedOn(milliseconds: 1_000)
        kill(worker, SIGCONT)
        try trial.scene.waitForSlots(2)
        try trial.feedOn(milliseconds: 500)
        // The session timeout is what its partitions wait for.
        // What it had on its way when it was stopped, nobody can call back without a transaction.
        let onItsWay = zombie.delivery == .atLeastOnce ? FaultTrial.window : 0
        try trial.end(
            "SIGSTOP beyond the session timeout, SIGCONT (\(zombie.assignment))",
            overtaken: onItsWay, outageMs: 6_000)
    }
}
