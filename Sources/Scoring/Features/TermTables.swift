import CText

/// The terms of up to three bytes as tables of a small alphabet: three look-ups find the terms of
/// one, two and three bytes that begin at a place, without a hash and without comparing.
///
/// Immutable, shared by threads. Takes 4 bytes for each row and letter: about 340 KB for 20,000
/// terms of web requests, whose 18,000 trigrams begin with 1,700 pairs of 50 letters.
@safe
final class TermTables: Sendable {
    // Why unsafe is sound: written in `init` alone, and freed when nobody has the tables any more.
    nonisolated(unsafe) private let classes: UnsafeMutablePointer<UInt16>
    nonisolated(unsafe) private let singles: UnsafeMutablePointer<UInt32>
    nonisolated(unsafe) private let pairs: UnsafeMutablePointer<UInt32>
    nonisolated(unsafe) private let rows: UnsafeMutablePointer<UInt32>
    private let alphabet: Int
    /// What stands for an n-gram that is no term: one more than the last.
    let nothing: UInt32

    /// Cells that the tables take at most, a term and on top.
    private static let cellsPerTerm = 16
    private static let cellsAnyway = 1 << 17

    /// Nil where n-grams are longer than three, or the tables would be large for the vocabulary.
    ///
    /// - Parameter isText: terms with anything but ASCII stay out; a text that could hold them is
    ///   looked up otherwise.
    init?(_ table: TermTable, lengths: ClosedRange<Int>, isText: Bool) {
        guard lengths.upperBound <= 3 else { return nil }
        var classOf = [UInt16](repeating: 0, count: 256)
        var letters = 1
        var kept: [(index: Int, bytes: [UInt8])] = []
        for index in 0..<table.count {
            let bytes = table.term(index)
            guard lengths.contains(bytes.count), !isText || bytes.allSatisfy({ $0 < 0x80 })
            else { continue }
            kept.append((index, bytes))
            for byte in bytes where classOf[Int(byte)] == 0 {
                classOf[Int(byte)] = UInt16(letters)
                letters += 1
            }
        }
        var rowOf = [UInt32](repeating: 0, count: letters * letters)
        var rowCount = 1
        for (_, bytes) in kept where bytes.count == 3 {
            let pair = Int(classOf[Int(bytes[0])]) * letters + Int(classOf[Int(bytes[1])])
            if rowOf[pair] == 0 {
                rowOf[pair] = UInt32(rowCount * letters)
                rowCount += 1
            }
        }
        let cells = (2 * letters + rowCount) * letters
        guard cells <= Self.cellsPerTerm * table.count + Self.cellsAnyway else { return nil }
        alphabet = letters
        nothing = UInt32(table.count)
        unsafe classes = .allocate(capacity: 256)
        unsafe singles = .allocate(capacity: letters)
        unsafe pairs = .allocate(capacity: 2 * letters * letters)
        unsafe rows = .allocate(capacity: rowCount * letters)
        for byte in 0..<256 { unsafe classes[byte] = classOf[byte] }
        unsafe singles.initialize(repeating: nothing, count: letters)
        unsafe rows.initialize(repeating: nothing, count: rowCount * letters)
        for pair in 0..<letters * letters {
            unsafe pairs[2 * pair] = nothing
            unsafe pairs[2 * pair + 1] = rowOf[pair]
        }
        for (index, bytes) in kept {
            let path = bytes.map { Int(classOf[Int($0)]) }
            let term = UInt32(index)
            switch path.count {
            case 1: unsafe singles[path[0]] = term
            case 2: unsafe pairs[2 * (path[0] * letters + path[1])] = term
            default:
                let row = Int(rowOf[path[0] * letters + path[1]])
                unsafe rows[row + path[2]] = term
            }
        }
    }

    deinit {
        unsafe classes.deallocate()
        unsafe singles.deallocate()
        unsafe pairs.deallocate()
        unsafe rows.deallocate()
    }

    /// The terms that begin at each of the first `places` of `count` bytes: three a place, in
    /// `ids`, `nothing` where there is none.
    @inline(__always)
    func find(
        _ text: UnsafePointer<UInt8>, count: Int, places: Int,
        into ids: UnsafeMutablePointer<UInt32>
    ) -> Int {
        var terms = unsafe ctext_terms(
            classes: UnsafePointer(classes), alphabet: UInt32(alphabet),
            singles: UnsafePointer(singles), pairs: UnsafePointer(pairs),
            rows: UnsafePointer(rows))
        return unsafe ctext_find(&terms, text, count, places, nothing, ids)
    }
}
