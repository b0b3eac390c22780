/// The bound on dead letters: a wrong model or a changed request format must stop the service, not
/// drain the topic into the dead letters.
///
/// Looks at the last 1,000 records; trips when more than `limitPercent` of them were dead letters.
package struct DeadLetterGuard {
    package static let windowRecords = 1_000

    private let limitPercent: Int
    private var window: [Bool]
    private var position = 0
    private var seen = 0
    private var dead = 0

    /// - Parameter limitPercent: 100 never trips.
    package init(limitPercent: Int) {
        self.limitPercent = limitPercent
        window = Array(repeating: false, count: Self.windowRecords)
    }

    package var isTripped: Bool {
        seen >= Self.windowRecords && dead * 100 > limitPercent * Self.windowRecords
    }

    package mutating func record(isDead: Bool) {
        if window[position] { dead -= 1 }
        if isDead { dead += 1 }
        window[position] = isDead
        position = position + 1 == Self.windowRecords ? 0 : position + 1
        if seen < Self.windowRecords { seen += 1 }
    }
}
