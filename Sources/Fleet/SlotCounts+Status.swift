package import Judge
package import Lifecycle

/// What a judge counts of a slot, out of the slot's newest record on the status topic.
extension SlotCounts {
    /// What earlier incarnations counted (`comparison_before`) is left out: the judge has heard it,
    /// or was not there.
    ///
    /// - Parameters:
    ///   - record: anybody's word; what cannot be counted is left for the judge to pass over.
    ///   - judged: the comparison that is judged. An older worker that counts one and does not say
    ///     which is told as one of that comparison without cells: the judge knows it is too old.
    package init(_ record: StatusRecord, judging judged: String) {
        let told = record.comparison
        let isTooOld = told != nil && told?.id == nil && told?.cells == nil
        self.init(
            slot: SlotID(group: record.group, slot: record.slot),
            incarnation: record.incarnation.id,
            comparison: isTooOld ? judged : told?.id ?? "", cells: nil)
        guard let told else { return }
        if let cells = told.cells {
            self.cells = CellCounts { cells[$0] }
            isReadable = self.cells != nil
        }
        shed = told.shed
        keyed = told.keyed ?? 0
        scoreDifference = told.scoreDifference
        let stable = record.versions?["\(told.stable)"]
        let candidate = record.versions?["\(told.candidate)"]
        stableLogMicros = stable?.logMicros ?? Moments()
        candidateLogMicros = candidate?.logMicros ?? Moments()
        stableScore = stable?.score ?? Moments()
    }
}
