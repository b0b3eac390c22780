import Synchronization

/// Counts what happens on several threads, until some thread takes the count.
package final class SharedCounter: Sendable {
    private let count = Atomic<Int>(0)

    package init() {}

    package func add() { count.wrappingAdd(1, ordering: .relaxed) }

    /// How many were added since this was called last.
    ///
    /// Nothing is written where there are none, so that the counter's line stays with whoever adds.
    package func take() -> Int {
        count.load(ordering: .relaxed) == 0 ? 0 : count.exchange(0, ordering: .relaxed)
    }
}
