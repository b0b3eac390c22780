import Testing

@testable import Kafka

/// Where partitions begin, by what is committed.
@Suite("BeginningRule")
struct BeginningRuleTests {
    private func step(
        _ own: [Int32], committed: Set<Int32>, _ start: StartPosition, isFounder: Bool = false,
        wasServed: Bool = false
    ) -> BeginningRule.Step {
        BeginningRule.step(
            own: own, committed: committed, start: start, isFounder: isFounder,
            wasServed: wasServed)
    }

    @Test("what is committed counts, whatever else is known", arguments: [true, false])
    func committed(wasServed: Bool) {
        for start in StartPosition.allCases {
            #expect(step([1, 2], committed: [0, 1, 2], start, wasServed: wasServed) == .goOn)
            #expect(step([], committed: [], start, wasServed: wasServed) == .goOn)
        }
    }

    @Test("a new group begins as it is told: at the beginnings, or where its founder says")
    func new() {
        #expect(step([1, 3], committed: [], .earliest) == .begin([1, 3]))
        #expect(step([0, 2], committed: [], .latest, isFounder: true) == .found)
        #expect(step([1, 3], committed: [], .latest) == .wait)
    }

    @Test("a partition whose siblings have offsets is new, also in a group that was served")
    func growth() {
        for start in StartPosition.allCases {
            for wasServed in [true, false] {
                let found = step(
                    [0, 4], committed: [0], start, isFounder: true, wasServed: wasServed)
                #expect(found == .begin([4]))
            }
        }
    }

    @Test("a group that was served and has no offset at all is asked about, by every member")
    func lost() {
        for start in StartPosition.allCases {
            for isFounder in [true, false] {
                let found = step(
                    [0, 1], committed: [], start, isFounder: isFounder, wasServed: true)
                #expect(found == .ask)
            }
        }
    }
}
