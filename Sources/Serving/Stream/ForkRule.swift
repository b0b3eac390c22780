/// Whether a batch is scored by several threads, and in how large pieces: a value that is told what
/// batches cost.
///
/// To wake a thread and to wait for it costs about 0.1 ms, so by cost a batch is divided only where
/// scoring it is known to take more than ten times that.
package struct ForkRule: Sendable {
    private let threads: Int
    private let isByCost: Bool
    /// What a record costs one thread, smoothed; nil before the first batch under a set.
    private var recordNs: Double?

    /// - Parameters:
    ///   - threads: that may score, the poll thread among them.
    ///   - isByCost: divides only what is costly enough; else all that is large enough.
    package init(threads: Int, isByCost: Bool) {
        self.threads = threads
        self.isByCost = isByCost
    }

    /// Whether `took` has to be told.
    package var wantsTimes: Bool { isByCost && threads > 1 }

    /// How many records a thread takes at once; nil where the poll thread scores all of them.
    ///
    /// So small that no thread waits long for the last piece of another, since records differ in
    /// cost, and a processor may be busy with something else.
    package func piece(of count: Int) -> Int? {
        guard threads > 1, count >= 2 * Self.pieceMin else { return nil }
        if isByCost {
            guard let recordNs, recordNs * Double(count) >= Self.forkedNs else { return nil }
        }
        return max(Self.pieceMin, count / (threads * Self.piecesEach))
    }

    /// A batch took so long from its first record to its last.
    ///
    /// - Parameter isForked: all threads were at work.
    package mutating func took(_ nanoseconds: UInt64, records: Int, isForked: Bool) {
        guard records > 0 else { return }
        let each = Double(nanoseconds) * Double(isForked ? threads : 1) / Double(records)
        recordNs = recordNs.map { $0 + (each - $0) * Self.weight } ?? each
    }

    /// Other versions score from now on.
    package mutating func forget() { recordNs = nil }

    private static let pieceMin = 4
    private static let piecesEach = 16
    private static let forkedNs = 1_000_000.0
    private static let weight = 0.25
}
