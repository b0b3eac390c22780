import CText
import Lifecycle

/// The terms of a vocabulary, and what finds them: tables for the short ones, and for the others
/// open addressing with keys compared byte by byte.
///
/// Immutable, shared by threads. Takes the terms' bytes, 2 bytes a term for where each begins (6
/// where terms are n-grams of words, which are of any length), and 6 to 12 bytes for each term that
/// is hashed.
@safe
final class TermTable: Sendable {
    let count: Int
    /// The short way to terms of up to three bytes; nil where there is none.
    let short: ShortTerms?
    // Why unsafe is sound: written in `init` alone, and freed when nobody has the table any more.
    nonisolated(unsafe) private let bytes: UnsafeMutablePointer<UInt8>
    /// Where each block of terms begins in `bytes`, and in it each term, and the end of the last.
    nonisolated(unsafe) private let blocks: UnsafeMutablePointer<UInt32>
    nonisolated(unsafe) private let starts: UnsafeMutablePointer<UInt16>
    /// The term plus 1, or 0 where there is none, and in the upper bits those of its hash.
    nonisolated(unsafe) private let slots: UnsafeMutablePointer<UInt32>
    private let mask: Int
    /// Terms have at most `4 * Limits.ngramLength` bytes, so that those of a block of 2^8 fit 16
    /// bits; n-grams of words have blocks of their own.
    private let blockBits: Int

    private static let blockBits = 8
    /// Bits that hold `Limits.vocabularyTerms` and 1.
    private static let termBits: UInt32 = 23
    private static let termMask: UInt32 = 1 << termBits - 1

    private static let spareBytes = Int(CTEXT_TERM_SPARE)
    private static let spareSlots = Int(CTEXT_SLOT_SPARE)

    /// How many terms a search passes at most.
    ///
    /// A vocabulary made to collide is refused, for its texts would take for ever. Among 2^22
    /// honest terms the longest run is far below.
    private static let probesMax = 1_024

    static let vocabulary = "tfidf_ngrams.vocabulary"

    /// What its keys are.
    private enum Kind {
        case bytes, characters, words
    }

    /// - Parameter lengths: of the n-grams that are looked up.
    /// - Throws: `.invalid` for what no vectorizer makes, `.tooLarge` above a limit.
    convenience init(
        _ terms: [[UInt8]], lengths: ClosedRange<Int>, isText: Bool, act: String
    ) throws(SwerveError) {
        let size = try Self.check(
            terms, isText ? .characters : .bytes, place: Self.vocabulary, act: act)
        let short = try ShortTerms(terms, lengths: lengths, isText: isText, act: act)
        let hashed = terms.indices.filter {
            short == nil || !ShortTerms.takes(terms[$0], lengths: lengths, isText: isText)
        }
        try self.init(
            terms, size: size, short: short, hashed: hashed, blockBits: Self.blockBits,
            place: Self.vocabulary, act: act)
    }

    /// A table of words, or of n-grams of them; `place` names it in errors.
    ///
    /// - Throws: as above.
    convenience init(
        words terms: [[UInt8]], place: String = vocabulary, act: String
    ) throws(SwerveError) {
        let size = try Self.check(terms, .words, place: place, act: act)
        try self.init(
            terms, size: size, short: nil, hashed: Array(terms.indices), blockBits: 0,
            place: place, act: act)
    }

    private init(
        _ terms: [[UInt8]], size: Int, short: ShortTerms?, hashed: [Int], blockBits: Int,
        place: String, act: String
    ) throws(SwerveError) {
        self.short = short
        self.blockBits = blockBits
        count = terms.count
        var capacity = 16
        while 2 * capacity < 3 * hashed.count { capacity *= 2 }
        mask = capacity - 1
        // Whole vectors are compared, of the last term too.
        unsafe bytes = .allocate(capacity: size + Self.spareBytes)
        unsafe bytes.initialize(repeating: 0, count: size + Self.spareBytes)
        unsafe blocks = .allocate(capacity: terms.count >> blockBits + 1)
        unsafe starts = .allocate(capacity: terms.count + 1)
        unsafe slots = .allocate(capacity: capacity + Self.spareSlots)
        unsafe slots.initialize(repeating: 0, count: capacity + Self.spareSlots)
        var end = 0
        for index in 0...terms.count {
            let block = index >> blockBits
            if index & (1 << blockBits - 1) == 0 { unsafe blocks[block] = UInt32(end) }
            unsafe starts[index] = UInt16(end - Int(blocks[block]))
            guard index < terms.count else { break }
            for byte in terms[index] {
                unsafe bytes[end] = byte
                end += 1
            }
        }
        for index in hashed { try insert(index, place: place, act: act) }
        // Slots are looked at by whole vectors, from the last one too.
        unsafe (slots + capacity).update(from: slots, count: Self.spareSlots)
    }

    /// Where a term begins in `bytes`; of `count`, where the last one ends.
    @inline(__always)
    private func start(_ index: Int) -> Int {
        unsafe Int(blocks[index &>> blockBits]) &+ Int(starts[index])
    }

    deinit {
        unsafe bytes.deallocate()
        unsafe blocks.deallocate()
        unsafe starts.deallocate()
        unsafe slots.deallocate()
    }

    /// Refuses what no vectorizer makes; returns the bytes of all terms together.
    private static func check(
        _ terms: [[UInt8]], _ kind: Kind, place: String, act: String
    ) throws(SwerveError) -> Int {
        func refused(_ reason: String) -> SwerveError {
            SwerveError(.invalid, act: act, reason: "\(place)\(reason)")
        }
        guard !terms.isEmpty else { throw refused(" has no terms") }
        guard terms.count <= Limits.vocabularyTerms else {
            throw SwerveError(
                .tooLarge, act: act,
                reason: "\(place) has \(terms.count) terms, the limit is "
                    + "\(Limits.vocabularyTerms)")
        }
        var size = 0
        for (index, term) in terms.enumerated() {
            guard !term.isEmpty else { throw refused("[\(index)] is empty") }
            let most = kind == .words ? Int.max : Limits.ngramLength
            guard term.count <= (kind == .characters ? 4 * most : most) else {
                throw refused("[\(index)] is longer than \(most)")
            }
            if kind != .bytes {
                guard let text = String(validating: term, as: UTF8.self) else {
                    throw refused("[\(index)] is not UTF-8")
                }
                guard text.unicodeScalars.count <= most else {
                    throw refused("[\(index)] is longer than \(most)")
                }
            }
            size += term.count
        }
        // Where each begins is told in 32 bits.
        guard size <= Limits.modelFileBytes else {
            throw SwerveError(
                .tooLarge, act: act,
                reason: "\(place) has \(size) bytes, the limit is \(Limits.modelFileBytes)")
        }
        return size
    }

    private func insert(_ index: Int, place: String, act: String) throws(SwerveError) {
        let start = self.start(index)
        let length = self.start(index + 1) - start
        let hash = unsafe Murmur.hash(bytes + start, length)
        var slot = Int(hash) & mask
        var probes = 0
        while unsafe slots[slot] != 0 {
            if let other = unsafe match(slot, bytes + start, length, hash) {
                throw Self.repeated(index, other, place: place, act: act)
            }
            slot = (slot + 1) & mask
            probes += 1
            guard probes < Self.probesMax else {
                throw SwerveError(
                    .invalid, act: act,
                    reason: "\(place)[\(index)] collides with "
                        + "\(Self.probesMax) terms: made to do so")
            }
        }
        unsafe slots[slot] = hash & ~Self.termMask | UInt32(index + 1)
    }

    static func repeated(
        _ index: Int, _ other: Int, place: String = vocabulary, act: String
    ) -> SwerveError {
        SwerveError(
            .invalid, act: act, reason: "\(place)[\(index)] is the same as [\(other)]")
    }

    /// The term in the slot, which is not empty, if it is this one.
    @inline(__always)
    private func match(
        _ slot: Int, _ key: UnsafePointer<UInt8>, _ length: Int, _ hash: UInt32
    ) -> Int? {
        let entry = unsafe slots[slot]
        guard (entry ^ hash) & ~Self.termMask == 0 else { return nil }
        let index = Int(entry & Self.termMask) &- 1
        let start = self.start(index)
        guard self.start(index &+ 1) &- start == length else { return nil }
        for position in 0..<length
        where unsafe bytes[start &+ position] != key[position] {
            return nil
        }
        return index
    }

    /// The feature of the term with these bytes; nil where there is none.
    @inline(__always)
    func find(_ key: UnsafePointer<UInt8>, _ length: Int) -> Int? {
        if let short, let index = unsafe short.find(key, length) { return index }
        let hash = unsafe Murmur.hash(key, length)
        var slot = Int(hash) & mask
        while unsafe slots[slot] != 0 {
            if let index = unsafe match(slot, key, length, hash) { return index }
            slot = (slot &+ 1) & mask
        }
        return nil
    }

    /// How C finds n-grams of words; only of a table of those.
    var words: ctext_words {
        precondition(blockBits == 0, "a table of n-grams of characters")
        return unsafe ctext_words(
            bytes: UnsafePointer(bytes), starts: UnsafePointer(blocks),
            slots: UnsafePointer(slots), mask: UInt32(truncatingIfNeeded: mask),
            nothing: UInt32(truncatingIfNeeded: count))
    }

    func term(_ index: Int) -> [UInt8] {
        precondition(index >= 0 && index < count, "no such term")
        return unsafe Array(
            UnsafeBufferPointer(
                start: bytes + start(index), count: start(index + 1) - start(index)))
    }
}

extension TermTable: Equatable {
    static func == (one: TermTable, other: TermTable) -> Bool {
        if one === other { return true }
        return one.count == other.count
            && (0..<one.count).allSatisfy { one.term($0) == other.term($0) }
    }
}
