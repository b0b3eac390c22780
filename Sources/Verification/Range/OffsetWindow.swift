/// Offsets that were met, as bits, over a window that moves with the highest; a value.
///
/// For offsets that mostly grow: what is further back than the window is not known.
package struct OffsetWindow: Sendable {
    package enum Meeting: Sendable {
        case first
        case again
        /// Too far back to say.
        case unknown
    }

    private var words: [UInt64]
    private let capacity: Int64
    /// The offset behind the highest that was met.
    private var end: Int64 = 0

    /// - Parameter capacity: how many offsets it spans, in whole words; a bit of memory each.
    package init(capacity: Int = 1 << 24) {
        let count = max(1, (capacity + 63) / 64)
        words = [UInt64](repeating: 0, count: count)
        self.capacity = Int64(count) * 64
    }

    /// - Parameter offset: not negative.
    package mutating func meet(_ offset: Int64) -> Meeting {
        guard offset >= 0 else { return .unknown }
        if offset >= end { advance(to: offset) }
        guard offset >= end - capacity else { return .unknown }
        let slot = Int(offset % capacity)
        let bit = UInt64(1) << UInt64(slot % 64)
        defer { words[slot / 64] |= bit }
        return words[slot / 64] & bit == 0 ? .first : .again
    }

    /// Clears what the window now stands for in the place of what it leaves behind.
    private mutating func advance(to offset: Int64) {
        let (first, last) = (end, offset)
        end = offset + 1
        guard last - first < capacity else {
            for index in words.indices { words[index] = 0 }
            return
        }
        var next = first
        while next <= last {
            let slot = Int(next % capacity)
            if slot % 64 == 0, last - next >= 63 {
                words[slot / 64] = 0
                next += 64
            } else {
                words[slot / 64] &= ~(UInt64(1) << UInt64(slot % 64))
                next += 1
            }
        }
    }
}
