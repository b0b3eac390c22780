package import Lifecycle

/// Who took one record, and under which epoch, by the ledger: a value.
///
/// Entries are heard in the ledger's order. What somebody took from its first to its last record is
/// an answer; several, where a record was scored again after a kill. Where the end of nobody's span
/// holds the record, the newest span that began at or before it and was not ended is the answer:
/// its process scores on, or was killed.
package struct LedgerSearch: Sendable {
    package struct Answer: Sendable, Equatable {
        package let entry: LedgerEntry
        package let span: LedgerEntry.Span
        /// Whether the end of the span is known.
        package var isEnded: Bool { entry.event.isEnd }
    }

    private let group: String?
    private let topic: String
    private let partition: Int32
    private let offset: Int64
    private var ended: [Answer] = []
    /// Spans that were not ended, in the order in which they began.
    private var open: [Answer] = []

    /// - Parameters:
    ///   - group: nil for all groups.
    ///   - topic: the input topic.
    package init(group: String?, topic: String, partition: Int32, offset: Int64) {
        self.group = group
        self.topic = topic
        self.partition = partition
        self.offset = offset
    }

    package mutating func hear(_ entry: LedgerEntry) {
        guard group == nil || entry.group == group, entry.topic == topic,
            let span = entry.spans.first(where: { $0.partition == partition })
        else { return }
        let answer = Answer(entry: entry, span: span)
        switch entry.event {
        case .assigned, .takenUp: break
        case .began:
            guard span.first <= offset else { return }
            open.append(answer)
            if open.count > Self.answersMax { open.removeFirst() }
        case .superseded, .released:
            open.removeAll { $0.isSame(as: answer) }
            guard span.holds(offset) else { return }
            ended.append(answer)
            if ended.count > Self.answersMax { ended.removeFirst() }
        }
    }

    /// Empty where nobody told of the record.
    package var answers: [Answer] {
        guard ended.isEmpty else { return ended }
        let newest = open.map(\.span.first).max()
        return open.last { $0.span.first == newest }.map { [$0] } ?? []
    }

    /// Anybody who may write to the ledger can write entries without end.
    private static let answersMax = 100
}

extension LedgerSearch.Answer {
    /// Whether both tell of one span.
    fileprivate func isSame(as other: Self) -> Bool {
        entry.incarnation.id == other.entry.incarnation.id
            && entry.generation == other.entry.generation && entry.epoch == other.entry.epoch
            && span.first == other.span.first
    }
}
