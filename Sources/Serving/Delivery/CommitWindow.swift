package import Kafka

/// What would be scored again after a kill: the records that were handed over and whose offsets are
/// not committed yet.
///
/// A value that is told the time; at-least-once delivery alone needs it. It bounds the duplicates:
/// nothing is polled beyond so many such records, or while the oldest of them is too old. Records
/// are kept in stretches, oldest first; a stretch is committed when the brokers have an offset
/// behind each of its records. There are few stretches, so one that is not full grows by the next
/// batch: what is counted is never less than what it is.
///
/// One commit is out at a time: the next is asked for once an answer says that what was asked for
/// is committed, or refused. Commits wait one behind the other at the brokers, and such as were
/// asked for while these were away all come later; were each answer followed by another commit,
/// that queue would never become shorter, and what is new would wait for all of it.
///
/// Times are monotonic nanoseconds. Allocates nothing once it has grown.
package struct CommitWindow: Sendable {
    /// The bounds of the configuration.
    package struct Bounds: Sendable, Equatable {
        /// Records that may be uncommitted.
        package let records: Int
        /// How old the oldest of them may become, from its poll on.
        package let ageNs: UInt64
        /// After how many records a commit is asked for.
        package let commitRecords: Int
        /// After which time one is asked for; nil for none by the time alone.
        package let commitNs: UInt64?

        package init(records: Int, ageMs: Int, commitRecords: Int, commitMs: Int?) {
            self.records = records
            ageNs = UInt64(clamping: ageMs) &* 1_000_000
            self.commitRecords = commitRecords
            commitNs = commitMs.map { UInt64(clamping: $0) &* 1_000_000 }
        }
    }

    private struct Stretch: Sendable {
        var records = 0
        var since: UInt64 = 0
        /// By partition: the offset behind its last record; -1 without any.
        var ends: [Int64]
    }

    private let bounds: Bounds
    private var ring: [Stretch]
    private var head = 0
    private var count = 0
    /// By partition: the committed offset; -1 where none was heard of in this assignment.
    private var committed: [Int64]
    /// Records that are not committed.
    package private(set) var uncommitted = 0
    private var sinceAsked = 0
    /// A commit was asked for, and no answer covers it yet.
    package private(set) var isAwaiting = false
    private var askedAt: UInt64 = 0
    /// By partition: the offset that may be committed, and the one when a commit was asked for.
    private var stored: [Int64]
    private var target: [Int64]
    /// Something was stored since a commit was asked for.
    private var hasNews = false
    /// The last commit was refused: brokers are away, or there was nothing to commit.
    private var wasRefused = false
    /// The group refused a commit: it has news that only a poll tells.
    private var mustHearGroup = false

    package init(bounds: Bounds, partitionCount: Int) {
        self.bounds = bounds
        committed = Array(repeating: -1, count: partitionCount)
        stored = committed
        target = committed
        ring = Array(
            repeating: Stretch(ends: Array(repeating: -1, count: partitionCount)),
            count: Self.stretches)
    }

    /// How many records may be polled now.
    ///
    /// One, where there is no room and the group refused a commit: its change of assignment comes
    /// with a poll alone.
    ///
    /// - Parameter atWork: records that were polled before and are not handed over yet.
    package func room(at now: UInt64, beside atWork: Int = 0) -> Int {
        let isOld = count > 0 && now &- ring[head].since >= bounds.ageNs
        let room = isOld ? 0 : max(0, bounds.records - uncommitted - atWork)
        return mustHearGroup ? max(1, room) : room
    }

    /// Whether a commit is to be asked for.
    package func wantsCommit(at now: UInt64) -> Bool {
        guard count > 0 else { return false }
        let sinceAskedNs = now &- askedAt
        if isAwaiting { return sinceAskedNs >= Self.lostNs }
        guard (hasNews && !wasRefused) || sinceAskedNs >= Self.againNs else { return false }
        if sinceAsked >= bounds.commitRecords { return true }
        if let commitNs = bounds.commitNs, now &- ring[head].since >= commitNs { return true }
        return room(at: now) == 0
    }

    /// A commit was asked for.
    package mutating func asked(at now: UInt64) {
        isAwaiting = true
        askedAt = now
        sinceAsked = 0
        hasNews = false
        for partition in stored.indices { target[partition] = stored[partition] }
    }

    /// Offsets may be committed now: the next ones to read.
    package mutating func stored(_ positions: [PartitionOffset]) {
        for position in positions {
            let partition = Int(position.partition)
            guard partition >= 0 else { continue }
            grow(to: partition + 1)
            stored[partition] = max(stored[partition], position.offset)
            hasNews = true
        }
    }

    /// A poll begins.
    package mutating func polled() { mustHearGroup = false }

    /// A batch was handed over whole.
    ///
    /// - Parameters:
    ///   - positions: by partition, the offset behind its last record.
    ///   - now: when it was polled.
    package mutating func handedOver(
        _ records: Int, _ positions: [PartitionOffset], at now: UInt64
    ) {
        guard records > 0 else { return }
        if count == 0 || (isFull(newest, at: now) && count < Self.stretches) {
            count += 1
            ring[newest].records = 0
            ring[newest].since = now
            for partition in ring[newest].ends.indices { ring[newest].ends[partition] = -1 }
        }
        let place = newest
        ring[place].records += records
        for position in positions {
            let partition = Int(position.partition)
            guard partition >= 0 else { continue }
            grow(to: partition + 1)
            ring[place].ends[partition] = position.offset
        }
        uncommitted += records
        sinceAsked += records
    }

    /// The brokers answered a commit.
    ///
    /// - Parameters:
    ///   - positions: what is committed now; none where they refused it.
    ///   - isOfOldGeneration: whether the group refused it.
    package mutating func committed(_ positions: [PartitionOffset], isOfOldGeneration: Bool) {
        mustHearGroup = isOfOldGeneration
        wasRefused = positions.isEmpty
        for position in positions {
            let partition = Int(position.partition)
            guard partition >= 0 else { continue }
            grow(to: partition + 1)
            committed[partition] = max(committed[partition], position.offset)
        }
        if wasRefused || target.indices.allSatisfy({ target[$0] <= committed[$0] }) {
            isAwaiting = false
        }
        while count > 0, isCommitted(ring[head]) {
            uncommitted -= ring[head].records
            head = (head + 1) % Self.stretches
            count -= 1
        }
    }

    /// At a change of assignment: what is not committed is another's to score, or is polled again.
    package mutating func reset() {
        count = 0
        uncommitted = 0
        sinceAsked = 0
        isAwaiting = false
        mustHearGroup = false
        hasNews = false
        wasRefused = false
        for partition in committed.indices {
            committed[partition] = -1
            stored[partition] = -1
            target[partition] = -1
        }
    }

    private var newest: Int { (head + count - 1) % Self.stretches }

    private func isFull(_ place: Int, at now: UInt64) -> Bool {
        let parts = Self.stretches
        return ring[place].records >= bounds.records / parts
            || now &- ring[place].since >= bounds.ageNs / UInt64(parts)
    }

    private func isCommitted(_ stretch: Stretch) -> Bool {
        for partition in stretch.ends.indices
        where stretch.ends[partition] > committed[partition] { return false }
        return true
    }

    private mutating func grow(to partitions: Int) {
        guard committed.count < partitions else { return }
        let more = partitions - committed.count
        committed += Array(repeating: -1, count: more)
        stored += Array(repeating: -1, count: more)
        target += Array(repeating: -1, count: more)
        for place in ring.indices { ring[place].ends += Array(repeating: -1, count: more) }
    }

    private static let stretches = 16
    /// When a commit is asked for again that was refused, or that had nothing new.
    private static let againNs: UInt64 = 250_000_000
    /// When an answer that does not come is no longer waited for.
    private static let lostNs: UInt64 = 5_000_000_000
}
