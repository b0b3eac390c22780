import Lifecycle
import Serving
import Testing

@testable import swerve

@Suite("what swerve leave says")
struct LeaveCommandTests {
    private static let slot = SlotID(group: "g", slot: 1)

    @Test("what follows for status and waits is told, where somebody counts the slots")
    func follows() {
        for outcome in [SlotLeave.Outcome.live, .dead] {
            let counted = LeaveCommand.words(outcome, Self.slot, of: 2)
            #expect(counted.contains("until slots.total is lowered"), "\(counted)")
            #expect(counted.contains("name slot 1 as missing"), "\(counted)")
            #expect(!LeaveCommand.words(outcome, Self.slot, of: nil).contains("missing"))
        }
        #expect(!LeaveCommand.words(.absent, Self.slot, of: 2).contains("missing"))
    }
}
