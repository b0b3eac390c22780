import Judge
import Lifecycle

extension SlotCounts {
    /// What the judge counts of a slot's newest record.
    ///
    /// Workers do not tell cells yet, so that each slot is too old to be judged.
    ///
    /// - Parameter judged: the comparison that is judged.
    init(_ record: StatusRecord, judging judged: String) {
        self.init(
            slot: SlotID(group: record.group, slot: record.slot),
            incarnation: record.incarnation.id, comparison: record.comparison?.id ?? "",
            cells: nil)
    }
}
