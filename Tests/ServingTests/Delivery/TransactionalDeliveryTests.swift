import Kafka
import Lifecycle
import Serving
import Testing

/// Every order of events, with a model of the coordinator.
@Suite("TransactionalDelivery")
struct TransactionalDeliveryTests {
    private static let passing = SwerveError(.unavailable, act: "asking", reason: "later")
    private static let refused = SwerveError(.system, act: "asking", reason: "no")
    private static let timeoutMs = 10_000
    private static let timeoutNs: UInt64 = 10_000_000_000

    private static func delivery() -> TransactionalDelivery {
        TransactionalDelivery(intervalMs: 500, recordsMax: 100, timeoutMs: timeoutMs)
    }

    private static let answers: [TransactionAnswer] = [
        .done, .passing(passing), .needsAbort(refused), .fenced("another"), .broken(refused),
    ]

    /// A state reached, and what the coordinator and the producer would have seen on the way.
    private struct Node: Equatable {
        var delivery: TransactionalDelivery
        /// A transaction is begun and neither committed nor aborted.
        var isOpen = false
        var isCommitted = false
        /// All that was handed over is acknowledged.
        var isDelivered = true
        /// The call that did not end yet.
        var underWay: TransactionalDelivery.Call?
    }

    private enum Event: Equatable {
        case begin(TransactionAnswer)
        case took, delivered, finish, allDelivered, failed, timeIsOver, fenced
        case call(TransactionAnswer)
    }

    private static let events: [Event] =
        [.took, .delivered, .finish, .allDelivered, .failed, .timeIsOver, .fenced]
        + answers.map(Event.begin) + answers.map(Event.call)

    /// The node after an event; nil where the event cannot happen.
    private static func after(_ event: Event, _ node: Node) -> Node? {
        var node = node
        let now: UInt64 = 5
        switch event {
        case .begin(let answer):
            guard node.delivery.state == .idle else { return nil }
            node.isOpen = answer == .done
            node.isCommitted = false
            node.delivery.answered(.begin, answer, at: now)
        case .took:
            guard case .open = node.delivery.state, node.delivery.records < 2 else { return nil }
            node.delivery.took(1)
            node.isDelivered = false
        case .delivered: node.isDelivered = true
        case .finish: node.delivery.finish()
        case .allDelivered:
            guard node.isDelivered else { return nil }
            node.delivery.allDelivered()
        case .failed: node.delivery.failed(refused)
        case .timeIsOver: node.delivery.timeIsOver(at: now)
        case .fenced: node.delivery.fenced("another", at: now)
        case .call(let answer):
            guard let call = node.delivery.next else { return nil }
            #expect(node.underWay == nil || node.underWay == call, "\(call) in \(node)")
            node.underWay = if case .passing = answer { call } else { nil }
            if call == .sendOffsets || call == .commit {
                #expect(node.isOpen && node.isDelivered, "\(call) with records out")
            }
            if answer == .done, call == .commit { (node.isOpen, node.isCommitted) = (false, true) }
            if answer == .done, call == .abort { node.isOpen = false }
            node.delivery.answered(call, answer, at: now)
        }
        return node
    }

    @Test("in any order: no commit with records out, no other call into one under way, no way back")
    func anyOrder() {
        var seen = [Node(delivery: Self.delivery())]
        var next = 0
        var edges = 0
        while next < seen.count {
            let node = seen[next]
            next += 1
            for event in Self.events {
                guard let after = Self.after(event, node) else { continue }
                edges += 1
                if case .ended = node.delivery.state {
                    #expect(after.delivery.state == node.delivery.state, "an end is an end")
                }
                if after.delivery.state == .idle, node.delivery.state != .idle {
                    #expect(!after.isOpen, "idle with a transaction open")
                    #expect(after.delivery.records == 0)
                }
                #expect(after.delivery.isUnderWay == (after.delivery.expiresAt != nil))
                if after.delivery.isUnderWay { #expect(after.isOpen) }
                // Whoever has to abort never begins again in this process.
                if case .aborting = node.delivery.state {
                    switch after.delivery.state {
                    case .aborting, .ended: break
                    default: Issue.record("\(event) led from aborting to \(after.delivery.state)")
                    }
                }
                if !seen.contains(after) { seen.append(after) }
            }
        }
        #expect(seen.count > 30 && edges > 200, "\(seen.count) states, \(edges) edges")
        let ends = seen.compactMap(\.delivery.ending)
        #expect(ends.contains(.fenced("another")) && ends.contains(.failed(Self.refused)))
    }

    /// Open since 1,000 ns.
    private func open(_ records: Int) -> TransactionalDelivery {
        var delivery = Self.delivery()
        delivery.answered(.take, .done, at: 0)
        delivery.answered(.begin, .done, at: 1_000)
        delivery.took(records)
        return delivery
    }

    @Test("a transaction is due after its interval, or with its records, and never when empty")
    func due() {
        var empty = Self.delivery()
        empty.answered(.take, .done, at: 0)
        #expect(!empty.isDue(at: .max) && empty.expiresAt == nil)
        let few = open(99)
        #expect(!few.isDue(at: 1_000 + 499_999_999))
        #expect(few.isDue(at: 1_000 + 500_000_000))
        #expect(open(100).isDue(at: 1_000))
        #expect(few.expiresAt == 1_000 + Self.timeoutNs)
    }

    @Test("whoever is fenced with a transaction past its time does not know why, and else has lost")
    func outlived() {
        for (age, isLost) in [(Self.timeoutNs - 1, true), (Self.timeoutNs, false)] {
            var delivery = open(1)
            delivery.fenced("another", at: 1_000 + age)
            switch delivery.ending {
            case .fenced: #expect(isLost)
            case .outlived(let error): #expect(!isLost && error.isRetryable, "\(error)")
            case .failed, nil: Issue.record("\(delivery.state)")
            }
        }
        var idle = Self.delivery()
        idle.fenced("another", at: 0)
        #expect(idle.ending.map { if case .failed = $0 { true } else { false } } == true)
        idle = Self.delivery()
        idle.answered(.take, .done, at: 0)
        idle.fenced("another", at: 0)
        #expect(idle.ending == .fenced("another"))
    }

    @Test("every end with a transaction past its time says so, whatever its reason")
    func outlivedAnyway() {
        let late = 1_000 + Self.timeoutNs
        var ends: [TransactionalDelivery.Ending?] = []
        for isLate in [true, false] {
            let now = isLate ? late : late - 1
            for answer in Self.answers where answer != .fenced("another") {
                var aborted = open(1)
                aborted.failed(Self.refused)
                aborted.answered(.abort, answer, at: now)
                aborted.timeIsOver(at: now)
                ends.append(aborted.ending)
            }
            for call in [TransactionalDelivery.Call.sendOffsets, .commit] {
                var asked = open(1)
                asked.finish()
                asked.allDelivered()
                if call == .commit { asked.answered(.sendOffsets, .done, at: now) }
                asked.answered(call, .broken(Self.refused), at: now)
                ends.append(asked.ending)
            }
            let ending = TransactionalDelivery.Ending.self
            let expected = isLate ? ending.outlived(Self.refused) : ending.failed(Self.refused)
            #expect(ends == Array(repeating: expected, count: 6))
            ends = []
        }
        var unanswered = open(1)
        unanswered.finish()
        unanswered.allDelivered()
        unanswered.timeIsOver(at: late)
        #expect(unanswered.ending.map { if case .outlived = $0 { true } else { false } } == true)
    }

    @Test("out of time, what is not offered is taken back; what is, is left to the coordinator")
    func timeIsOver() {
        var delivery = open(1)
        delivery.finish()
        delivery.timeIsOver(at: 1_002)
        #expect(delivery.next == .abort)
        delivery.answered(.abort, .passing(Self.passing), at: 2)
        #expect(delivery.next == .abort)
        delivery.timeIsOver(at: 1_003)
        #expect(delivery.next == nil && !delivery.isUnderWay)

        delivery = open(1)
        delivery.finish()
        delivery.allDelivered()
        #expect(delivery.next == .sendOffsets)
        delivery.answered(.sendOffsets, .done, at: 2)
        delivery.answered(.commit, .passing(Self.passing), at: 3)
        delivery.timeIsOver(at: 1_003)
        #expect(delivery.next == nil)
        #expect(delivery.ending.map { if case .failed = $0 { true } else { false } } == true)
    }

    @Test("the reason that led to an abort is the reason of the end")
    func reason() {
        for answer in Self.answers where answer != .passing(Self.passing) {
            var delivery = open(1)
            let cause = SwerveError(.refused, act: "producing", reason: "a right is missing")
            delivery.failed(cause)
            delivery.answered(.abort, answer, at: 2_000)
            let isFenced = answer == .fenced("another")
            #expect(delivery.ending == (isFenced ? .fenced("another") : .failed(cause)))
        }
    }
}
