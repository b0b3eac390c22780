import Scoring

/// Whether a batch is scored by several threads, by how many, and in how large pieces: a value
/// that is told what batches cost.
///
/// To wake a thread and to wait for it costs some microseconds of processor time each, and up to
/// 0.1 ms until it runs. So by cost a batch is divided only where scoring it is known to take
/// several times that, and each helper has to have a part of it that is worth its waking.
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
        let piece = max(Self.pieceMin, count / ((helpers(of: count) + 1) * Self.piecesEach))
        guard piece >= ScoreBlock.capacity else { return piece }
        // Blocks of records that are scored together end with a piece: whole ones.
        return (piece + ScoreBlock.capacity / 2) / ScoreBlock.capacity * ScoreBlock.capacity
    }

    /// How many threads beside the poll thread score a batch that is divided: one at least, where
    /// there is any.
    package func helpers(of count: Int) -> Int {
        guard isByCost, let recordNs else { return threads - 1 }
        let worth = min(recordNs * Double(count) / Self.helperNs, Double(threads - 1))
        return min(threads - 1, max(1, Int(worth)))
    }

    /// To score a batch took all threads together so long.
    package mutating func took(_ nanoseconds: UInt64, records: Int) {
        guard records > 0 else { return }
        let each = Double(nanoseconds) / Double(records)
        recordNs = recordNs.map { $0 + (each - $0) * Self.weight } ?? each
    }

    /// Other versions score from now on.
    package mutating func forget() { recordNs = nil }

    private static let pieceMin = 4
    private static let piecesEach = 16
    private static let forkedNs = 300_000.0
    private static let helperNs = 500_000.0
    private static let weight = 0.25
}
