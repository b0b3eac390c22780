/// The columns of the table of slots.
struct SlotColumns {
    static let recordsColumns = 8
    static let deadColumns = 5
    static let rebalancesColumns = 5
    static let digestColumns = 8

    private static let titles = [
        "STATE", "EPOCH", "VERSION", "DIGEST", "LOAD ms", "RECORDS", "DEAD", "REBAL", "HEARD",
    ]
    /// Those of the cells behind the slot's, which gets what is left.
    private static let widths = [
        14, 6, 9, digestColumns, 7, recordsColumns, deadColumns, rebalancesColumns, 10,
    ]
    static let slotColumns = TextLayout.columns - widths.reduce(widths.count, +)

    /// As wide as the longest name of a slot.
    let slotWidth: Int

    var header: String { row("GROUP/SLOT", Self.titles) }

    func row(_ slot: String, _ cells: [String]) -> String {
        TextLayout.row(
            slot, cells, widths: Self.widths, firstWidth: min(Self.slotColumns, slotWidth))
    }
}
