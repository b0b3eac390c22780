import Lifecycle

/// Dead letters that were read before the records that they are of: a value of bounded memory.
///
/// What finds no room is let go of, those that are furthest ahead first, and it is remembered which
/// records they were of: they have an answer that nobody can look at any more.
struct WaitingLetters {
    private var letters: [DeadLetter] = []
    private var bytes = 0
    /// The records of letters that were let go of.
    private(set) var dropped: OffsetSet
    private let bytesMax: Int

    /// - Parameters:
    ///   - bytesMax: of what waits; one letter may be larger while it is put.
    ///   - rangesMax: separate stretches of records whose letters were let go of.
    init(bytesMax: Int, rangesMax: Int) {
        self.bytesMax = bytesMax
        dropped = OffsetSet(rangesMax: rangesMax)
    }

    /// Whether there is room for what a reader brings at once, mostly.
    var isFew: Bool { letters.count < Self.few && bytes < bytesMax / 2 }

    mutating func put(_ letter: DeadLetter) {
        letters.append(letter)
        bytes += letter.heldBytes
        if letters.count > Self.most || bytes > bytesMax { dropFurthest() }
    }

    /// Hands over those of records before an offset, in the order in which they came.
    mutating func take(before offset: Int64, _ body: (DeadLetter) -> Void) {
        guard !letters.isEmpty else { return }
        for letter in letters where letter.source.offset < offset { body(letter) }
        letters.removeAll { letter in
            guard letter.source.offset < offset else { return false }
            bytes -= letter.heldBytes
            return true
        }
    }

    private mutating func dropFurthest() {
        letters.sort { $0.source.offset < $1.source.offset }
        while let last = letters.last, letters.count > Self.most / 2 || bytes > bytesMax / 2 {
            bytes -= last.heldBytes
            letters.removeLast()
            if !dropped.contains(last.source.offset) { dropped.add(last.source.offset) }
        }
    }

    private static let few = 64
    private static let most = 16_384
}

extension DeadLetter {
    /// What it takes of memory, about.
    var heldBytes: Int { key.count + value.count + code.utf8.count + 160 }
}
