/// Where a range of a stream begins or ends, as somebody asks for it.
package enum RangeEdge: Sendable, Equatable {
    /// Milliseconds since 1970: the first record of each partition that was written then or later.
    case time(ms: Int64)
    /// The same offset in every partition.
    case offset(Int64)
}

/// The part of one partition that is looked at.
package struct PartitionSpan: Sendable, Equatable {
    package let partition: Int32
    /// The first offset, and the one behind the last.
    package var offsets: Range<Int64>
    /// What the topic holds of the partition now.
    package let kept: Range<Int64>
    /// Offsets of the range that retention has taken away; nil where none are.
    package let cut: Range<Int64>?
    /// Offsets that retention has taken away, and that may have been of the range; nil for none.
    ///
    /// The range begins at a time before all that is kept, and when they were written is not known.
    package let undated: Range<Int64>?
    /// How far the group that answers it has committed; nil where that is not known.
    package let committed: Int64?

    package init(
        partition: Int32, offsets: Range<Int64>, kept: Range<Int64>, cut: Range<Int64>? = nil,
        undated: Range<Int64>? = nil, committed: Int64? = nil
    ) {
        self.partition = partition
        self.offsets = offsets
        self.kept = kept
        self.cut = cut
        self.undated = undated
        self.committed = committed
    }
}
