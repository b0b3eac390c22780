import Kafka
import Lifecycle
import Serving
import TestSupport
import Testing

/// What is told of calls that a transaction needs more than once.
@Suite("TransactionRunner")
struct TransactionRunnerTests {
    @Test("a call that takes more than one try is no trouble with the brokers")
    func quiet() throws {
        let lines = KeptLog()
        let transactions = FakeTransactions()
        var configuration = Streams.configuration()
        configuration.delivery = .exactlyOnce
        let runner = TransactionRunner(transactions, configuration: configuration, log: lines.log)
        let later = TransactionAnswer.passing(
            SwerveError(.unavailable, act: "asking", reason: "later"))
        transactions.answers = [.take: [later, later]]
        for _ in 0..<3 { runner.turn(timeoutMs: 1) }
        #expect(runner.isReady && transactions.calls == [.take, .take, .take])
        #expect(lines.all.isEmpty, "\(lines.all)")
    }
}
