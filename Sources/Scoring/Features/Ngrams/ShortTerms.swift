import CText
import Lifecycle

/// The terms of up to three bytes as tables of a small alphabet: three look-ups find the terms of
/// one, two and three bytes that begin at a place, without a hash and without comparing.
///
/// Immutable, shared by threads. Takes 2 bytes for each row and letter, 4 with 2^16 terms and more:
/// about 170 KB for 20,000 terms of web requests, whose 18,000 trigrams begin with 1,700 pairs of
/// 50 letters.
@safe
final class ShortTerms: Sendable {
    // Why unsafe is sound: written in `init` alone, and freed when nobody has the tables any more.
    nonisolated(unsafe) private let classes: UnsafeMutablePointer<UInt16>
    nonisolated(unsafe) private let singles: UnsafeMutablePointer<UInt32>
    nonisolated(unsafe) private let pairs: UnsafeMutablePointer<UInt32>
    nonisolated(unsafe) private let rows: UnsafeMutableRawPointer
    private let areRowsNarrow: Bool
    private let alphabet: Int
    /// What stands for an n-gram that is no term: one more than the last.
    let nothing: UInt32

    /// Cells that the tables take at most, a term and on top.
    private static let cellsPerTerm = 16
    private static let cellsAnyway = 1 << 17

    /// Whether `term` is one for the tables.
    ///
    /// - Parameters:
    ///   - lengths: of the n-grams that texts are cut into.
    ///   - isText: terms with anything but ASCII stay out, since an n-gram is of code points.
    static func takes(_ term: [UInt8], lengths: ClosedRange<Int>, isText: Bool) -> Bool {
        term.count <= 3 && lengths.contains(term.count)
            && (!isText || term.allSatisfy { $0 < 0x80 })
    }

    /// Nil where n-grams are longer than three, or the tables would be large for the vocabulary.
    ///
    /// - Throws: `.invalid` for two terms that are the same.
    init?(
        _ terms: [[UInt8]], lengths: ClosedRange<Int>, isText: Bool, act: String
    ) throws(SwerveError) {
        guard lengths.upperBound <= 3 else { return nil }
        let kept = terms.indices.filter {
            Self.takes(terms[$0], lengths: lengths, isText: isText)
        }
        var classOf = [UInt16](repeating: 0, count: 256)
        var letters = 1
        for index in kept {
            for byte in terms[index] where classOf[Int(byte)] == 0 {
                classOf[Int(byte)] = UInt16(letters)
                letters += 1
            }
        }
        var rowOf = [UInt32](repeating: 0, count: letters * letters)
        var rowCount = 1
        for index in kept where terms[index].count == 3 {
            let pair =
                Int(classOf[Int(terms[index][0])]) * letters + Int(classOf[Int(terms[index][1])])
            if rowOf[pair] == 0 {
                rowOf[pair] = UInt32(rowCount * letters)
                rowCount += 1
            }
        }
        let cells = (2 * letters + rowCount) * letters
        guard cells <= Self.cellsPerTerm * terms.count + Self.cellsAnyway else { return nil }
        alphabet = letters
        nothing = UInt32(terms.count)
        areRowsNarrow = terms.count <= Int(UInt16.max)
        unsafe classes = .allocate(capacity: 256)
        unsafe singles = .allocate(capacity: letters)
        unsafe pairs = .allocate(capacity: 2 * letters * letters)
        unsafe rows = .allocate(
            byteCount: rowCount * letters * (areRowsNarrow ? 2 : 4), alignment: 4)
        for byte in 0..<256 { unsafe classes[byte] = classOf[byte] }
        unsafe singles.initialize(repeating: nothing, count: letters)
        for pair in 0..<letters * letters {
            unsafe pairs[2 * pair] = nothing
            unsafe pairs[2 * pair + 1] = rowOf[pair]
        }
        for cell in 0..<rowCount * letters { setRow(cell, nothing) }
        for index in kept { try put(index, terms[index], act: act) }
    }

    deinit {
        unsafe classes.deallocate()
        unsafe singles.deallocate()
        unsafe pairs.deallocate()
        unsafe rows.deallocate()
    }

    private func put(_ index: Int, _ term: [UInt8], act: String) throws(SwerveError) {
        if let other = unsafe term.withUnsafeBufferPointer({ term -> Int? in
            guard let start = term.baseAddress else { return nil }
            return unsafe find(start, term.count)
        }) {
            throw TermTable.repeated(index, other, act: act)
        }
        let id = UInt32(index)
        let path = term.map { unsafe Int(classes[Int($0)]) }
        switch path.count {
        case 1: unsafe singles[path[0]] = id
        case 2: unsafe pairs[2 * (path[0] * alphabet + path[1])] = id
        default:
            let row = unsafe Int(pairs[2 * (path[0] * alphabet + path[1]) + 1])
            setRow(row + path[2], id)
        }
    }

    private func setRow(_ cell: Int, _ id: UInt32) {
        if areRowsNarrow {
            unsafe rows.storeBytes(
                of: UInt16(truncatingIfNeeded: id), toByteOffset: 2 * cell, as: UInt16.self)
        } else {
            unsafe rows.storeBytes(of: id, toByteOffset: 4 * cell, as: UInt32.self)
        }
    }

    private func row(_ cell: Int) -> UInt32 {
        unsafe areRowsNarrow
            ? UInt32(rows.load(fromByteOffset: 2 * cell, as: UInt16.self))
            : rows.load(fromByteOffset: 4 * cell, as: UInt32.self)
    }

    /// The term that the `length` bytes are; nil where the tables have none.
    @inline(__always)
    func find(_ key: UnsafePointer<UInt8>, _ length: Int) -> Int? {
        guard length >= 1, length <= 3 else { return nil }
        let first = unsafe Int(classes[Int(key[0])])
        var id = unsafe singles[first]
        if length > 1 {
            let pair = unsafe 2 * (first * alphabet + Int(classes[Int(key[1])]))
            unsafe id = pairs[pair]
            if length == 3 {
                unsafe id = row(Int(pairs[pair + 1]) + Int(classes[Int(key[2])]))
            }
        }
        return id == nothing ? nil : Int(id)
    }

    /// The terms that begin at each of the first `places` of `count` bytes: three a place, in
    /// `ids`, `nothing` where there is none.
    @inline(__always)
    func find(
        _ text: UnsafePointer<UInt8>, count: Int, places: Int,
        into ids: UnsafeMutablePointer<UInt32>
    ) -> Int {
        var terms = unsafe tables
        return unsafe ctext_find(&terms, text, count, places, nothing, ids)
    }

    /// Finds and counts the same terms, and adds the cells met the first time to the `metCount`
    /// there are in `met`; returns their number.
    @inline(__always)
    func count(
        _ text: UnsafePointer<UInt8>, count: Int, places: Int, level: Int32,
        in memory: inout FeatureScratch.CountingMemory, met: UnsafeMutablePointer<UInt32>,
        metCount: Int
    ) -> Int {
        var terms = unsafe tables
        return unsafe ctext_term_count(
            level, &terms, text, count, places, nothing, memory.hashes.pointer,
            memory.steps.pointer, memory.cells.pointer, met, metCount)
    }

    private var tables: ctext_terms {
        unsafe ctext_terms(
            classes: UnsafePointer(classes), alphabet: UInt32(alphabet),
            singles: UnsafePointer(singles), pairs: UnsafePointer(pairs),
            rows: UnsafeRawPointer(rows), are_rows_narrow: areRowsNarrow ? 1 : 0)
    }
}
