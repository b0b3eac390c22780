import Platform

/// When a worker gives memory back: what only its start needed, as soon as it serves; and what it
/// freed, once no record has come for a while after some had.
///
/// A value of the control thread.
package struct MemoryUpkeep {
    package enum Act {
        case releaseCode
        case trim

        package func carryOut() {
            switch self {
            case .releaseCode: MemoryPolicy.releaseCode()
            case .trim: MemoryPolicy.trim()
            }
        }
    }

    private var records: Int64 = 0
    private var since: UInt64 = 0
    private var isTrimmed = true
    private var isCodeReleased = false

    package init() {}

    /// - Parameters:
    ///   - records: that the worker has seen so far.
    ///   - now: nanoseconds of a clock that only goes forward.
    package mutating func turn(records: Int64, isServing: Bool, now: UInt64) -> [Act] {
        var acts: [Act] = []
        if isServing, !isCodeReleased {
            isCodeReleased = true
            acts.append(.releaseCode)
        }
        if records != self.records {
            (self.records, since, isTrimmed) = (records, now, false)
        } else if !isTrimmed, now &- since >= Self.idleNs {
            isTrimmed = true
            acts.append(.trim)
        }
        return acts
    }

    private static let idleNs: UInt64 = 2_000_000_000
}
