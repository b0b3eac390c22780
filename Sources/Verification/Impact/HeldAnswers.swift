/// Answers that wait until another version is asked about many at once, within a bound of number
/// and bytes: a value.
struct HeldAnswers {
    struct Held {
        let answer: StandingAnswer
        let isAgain: Bool
    }

    private var held: [Held] = []
    private var bytes = 0

    /// Whether they are to be taken before another one comes.
    var isFull: Bool { held.count >= Self.countMax || bytes >= Self.bytesMax }

    mutating func add(_ answer: StandingAnswer, isAgain: Bool) {
        held.append(Held(answer: answer, isAgain: isAgain))
        bytes += answer.heldBytes
    }

    /// All of them, which are held no more.
    mutating func take() -> [Held] {
        defer { bytes = 0 }
        let all = held
        held.removeAll(keepingCapacity: true)
        return all
    }

    static let countMax = 8_192
    /// One answer more than that may be held: as much as a record of the output.
    static let bytesMax = 8_388_608
}

/// The keys of records of the input, as many as find room: a value.
struct KeyRoom {
    enum Kept: Equatable {
        case held([UInt8]?)
        /// It found no room beside the others', and is read again where it is wanted.
        case left

        /// Nil for none, and for one that is not here.
        var bytes: [UInt8]? {
            guard case .held(let key) = self else { return nil }
            return key
        }
    }

    private var bytes = 0

    /// One that finds no room takes none from those that come behind it.
    mutating func keep(_ key: [UInt8]?) -> Kept {
        let count = key?.count ?? 0
        guard bytes + count <= HeldAnswers.bytesMax else { return .left }
        bytes += count
        return .held(key)
    }
}
