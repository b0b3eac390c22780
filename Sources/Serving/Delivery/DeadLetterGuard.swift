package import Lifecycle

/// The bound on dead letters: a wrong model or a changed request format must stop the service, not
/// drain the topic into the dead letters.
///
/// Looks at the last 1,000 records; trips when more than `limitPercent` of them were dead letters
/// that operators cause. What clients can choose never trips it, or a stranger could stop the
/// service; that they are many is only told.
package struct DeadLetterGuard {
    package static let windowRecords = 1_000

    private enum Entry: UInt8 {
        case scored, clients, operators
    }

    private let limitPercent: Int
    private var window: [Entry]
    private var position = 0
    private var seen = 0
    private var clientsCount = 0
    private var operatorsCount = 0

    /// - Parameter limitPercent: 100 never trips.
    package init(limitPercent: Int) {
        self.limitPercent = limitPercent
        window = Array(repeating: .scored, count: Self.windowRecords)
    }

    package var isTripped: Bool { isAboveLimit(operatorsCount) }

    /// Whether dead letters are as many, whoever causes them.
    package var isFlooded: Bool { isAboveLimit(operatorsCount + clientsCount) }

    private func isAboveLimit(_ count: Int) -> Bool {
        seen >= Self.windowRecords && count * 100 > limitPercent * Self.windowRecords
    }

    /// - Parameter cause: of a dead letter; nil for a record that was scored.
    package mutating func record(_ cause: DeadLetterCode.Cause?) {
        count(window[position], -1)
        let entry: Entry =
            switch cause {
            case nil: .scored
            case .clients: .clients
            case .operators: .operators
            }
        count(entry, 1)
        window[position] = entry
        position = position + 1 == Self.windowRecords ? 0 : position + 1
        if seen < Self.windowRecords { seen += 1 }
    }

    private mutating func count(_ entry: Entry, _ difference: Int) {
        switch entry {
        case .scored: break
        case .clients: clientsCount += difference
        case .operators: operatorsCount += difference
        }
    }
}
