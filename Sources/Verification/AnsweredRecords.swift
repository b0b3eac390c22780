/// The records of one partition of the input topic, and how each was answered.
///
/// A value. Offsets only grow and may have gaps, where the topic was compacted or holds the markers
/// of transactions.
struct AnsweredRecords {
    struct Entry {
        let offset: Int64
        /// Nil once it was answered.
        fileprivate(set) var record: InputRecord?
        /// Of the first prediction; 0 before.
        var epoch: Int64 = 0
    }

    private(set) var entries: [Entry] = []

    /// - Returns: false for an offset that was told before, or that lies before one that was.
    mutating func append(_ record: InputRecord, offset: Int64) -> Bool {
        guard entries.last.map({ $0.offset < offset }) ?? (offset >= 0) else { return false }
        entries.append(Entry(offset: offset, record: record))
        return true
    }

    /// The entry of the record at `offset`; nil where none was told.
    func index(of offset: Int64) -> Int? {
        guard let first = entries.first, let last = entries.last,
            (first.offset...last.offset).contains(offset)
        else { return nil }
        // Without gaps it is there; with gaps it is before.
        var upper = Int(min(offset - first.offset, Int64(entries.count - 1)))
        if entries[upper].offset == offset { return upper }
        var lower = 0
        while lower < upper {
            let middle = (lower + upper) / 2
            if entries[middle].offset < offset { lower = middle + 1 } else { upper = middle }
        }
        return entries[lower].offset == offset ? lower : nil
    }

    /// Notes an answer.
    ///
    /// - Returns: the record, at the first answer alone.
    mutating func answer(_ index: Int) -> InputRecord? {
        guard let record = entries[index].record else { return nil }
        entries[index].record = nil
        return record
    }

    mutating func setEpoch(_ epoch: Int64, of index: Int) { entries[index].epoch = epoch }

    /// The offsets of the records that have no answer.
    var unanswered: [Int64] { entries.filter { $0.record != nil }.map(\.offset) }

    /// The offsets of the records whose epoch is older than that of one before them.
    var steppedBack: [Int64] {
        var highest: Int64 = 0
        return entries.filter { entry in
            guard entry.epoch > 0 else { return false }
            defer { highest = max(highest, entry.epoch) }
            return entry.epoch < highest
        }.map(\.offset)
    }
}
