import Platform
import Testing

@Suite("EventBudget")
struct EventBudgetTests {
    @Test("a burst goes through, what comes faster than the rate is counted, and time mends it")
    func burst() {
        var budget = EventBudget(burst: 3, everyNs: 100)
        let first = (0..<5).map { _ in budget.take(at: 1_000) }
        #expect(first == [true, true, true, false, false])
        let refused = [budget.takeRefused(), budget.takeRefused()]
        #expect(refused == [2, 0])
        let next = [1_099, 1_100, 1_100].map { budget.take(at: $0) }
        #expect(next == [false, true, false])
        // Whole again, and no more than whole.
        let later = (0..<4).map { _ in budget.take(at: 9_000) }
        #expect(later == [true, true, true, false])
    }
}
