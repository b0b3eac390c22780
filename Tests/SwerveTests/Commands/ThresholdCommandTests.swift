import ArgumentParser
import Lifecycle
import Testing

@testable import Catalogue
@testable import swerve

@Suite("what threshold asks of its options and its lines")
struct ThresholdCommandTests {
    private func command(_ more: String...) throws -> ThresholdCommand {
        try #require(
            try SwerveCommand.parseAsRoot(["threshold", "m@1"] + more) as? ThresholdCommand)
    }

    @Test(
        "a share in percent is the number that it says",
        arguments: [
            ("29%", 0.29), ("57%", 0.57), ("0.7%", 0.007), ("0.1%", 0.001), ("100%", 1),
            ("0.9", 0.9), ("7e-1%", 0.007),
        ])
    func shares(text: String, share: Double) throws {
        let budget = try command("--false-positive-rate", text).budget()
        guard case .falsePositiveRate(let rate) = budget else {
            Issue.record("\(text) is a rate")
            return
        }
        #expect(rate == share || text.contains("e"), "\(text) is \(rate)")
        #expect(abs(rate - share) < 1e-12)
    }

    @Test("a precision that is no share says how a precision is written")
    func example() throws {
        let command = try command("--precision", "90")
        let error = #expect(throws: SwerveError.self) { try command.budget() }
        #expect(error?.remedy == "write it as 0.9 or 90%")
    }

    private func report(
        _ budget: ThresholdBudget?, _ known: [ScoreSample.Known], strangeLabels: Int = 0
    ) throws -> ThresholdReport {
        var sampled = ThresholdSampler.Sampled()
        for (index, known) in known.enumerated() { sampled.sample.add(Double(index), known) }
        sampled.strangeLabels = strangeLabels
        sampled.firstStrangeLabel = strangeLabels > 0 ? "line 1: another label" : nil
        return ThresholdReport(
            sampled, of: VersionReference(model: try ModelName("m"), version: 1),
            className: "attack", present: 0, requestsPerDay: nil, budget: budget)
    }

    @Test("a precision without a request of another class would be 1, and is refused")
    func oneClass() throws {
        let command = try command()
        let one = try report(.precision(0.9), [.positive, .unknown])
        let error = #expect(throws: SwerveError.self) { try command.check(one) }
        #expect(error?.code == .invalid && error?.reason.contains("another class") == true)
        try command.check(try report(.precision(0.9), [.positive, .negative]))
    }

    @Test("labels of which none is a class are told where a budget needs one, else counted")
    func strangeLabels() throws {
        let command = try command()
        for budget in [ThresholdBudget.precision(0.9), .falsePositiveRate(0.1)] {
            let strange = try report(budget, [.unknown], strangeLabels: 1)
            let error = #expect(throws: SwerveError.self) { try command.check(strange) }
            #expect(error?.reason == "no line's label is a class of the version")
            #expect(error?.remedy.contains("--label-field") == true)
        }
        let alerts = try report(
            .alerts(perDay: 1, ofRequests: 2), [.unknown, .unknown], strangeLabels: 1)
        try command.check(alerts)
        #expect(alerts.doubts.count == 1 && alerts.doubts[0].contains("that of 1 line;"))
    }
}
