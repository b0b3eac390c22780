import Lifecycle

/// The terms of a vocabulary, and what finds them: tables for the short ones, and for the others
/// open addressing with keys compared byte by byte.
///
/// Immutable, shared by threads. Takes the terms' bytes, 2 bytes a term for where each begins, and
/// 6 to 12 bytes for each term that is hashed.
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

    /// Terms have at most `4 * Limits.ngramLength` bytes, so that a block's fit 16 bits.
    private static let blockBits = 8
    /// Bits that hold `Limits.vocabularyTerms` and 1.
    private static let termBits: UInt32 = 23
    private static let termMask: UInt32 = 1 << termBits - 1

    /// How many terms a search passes at most.
    ///
    /// A vocabulary made to collide is refused, for its texts would take for ever. Among 2^22
    /// honest terms the longest run is far below.
    private static let probesMax = 1_024

    /// - Parameter lengths: of the n-grams that are looked up.
    /// - Throws: `.invalid` for what no vectorizer makes, `.tooLarge` above a limit.
    init(
        _ terms: [[UInt8]], lengths: ClosedRange<Int>, isText: Bool, act: String
    ) throws(SwerveError) {
        let size = try Self.check(terms, isText: isText, act: act)
        let short = try ShortTerms(terms, lengths: lengths, isText: isText, act: act)
        let hashed = terms.indices.filter {
            short == nil || !ShortTerms.takes(terms[$0], lengths: lengths, isText: isText)
        }
        self.short = short
        count = terms.count
        var capacity = 16
        while 2 * capacity < 3 * hashed.count { capacity *= 2 }
        mask = capacity - 1
        unsafe bytes = .allocate(capacity: max(1, size))
        unsafe blocks = .allocate(capacity: terms.count >> Self.blockBits + 1)
        unsafe starts = .allocate(capacity: terms.count + 1)
        unsafe slots = .allocate(capacity: capacity)
        unsafe slots.initialize(repeating: 0, count: capacity)
        var end = 0
        for index in 0...terms.count {
            let block = index >> Self.blockBits
            if index & (1 << Self.blockBits - 1) == 0 { unsafe blocks[block] = UInt32(end) }
            unsafe starts[index] = UInt16(end - Int(blocks[block]))
            guard index < terms.count else { break }
            for byte in terms[index] {
                unsafe bytes[end] = byte
                end += 1
            }
        }
        for index in hashed { try insert(index, act: act) }
    }

    /// Where a term begins in `bytes`; of `count`, where the last one ends.
    @inline(__always)
    private func start(_ index: Int) -> Int {
        unsafe Int(blocks[index &>> Self.blockBits]) &+ Int(starts[index])
    }

    deinit {
        unsafe bytes.deallocate()
        unsafe blocks.deallocate()
        unsafe starts.deallocate()
        unsafe slots.deallocate()
    }

    /// Refuses what no vectorizer makes; returns the bytes of all terms together.
    private static func check(
        _ terms: [[UInt8]], isText: Bool, act: String
    ) throws(SwerveError) -> Int {
        func refused(_ reason: String) -> SwerveError {
            SwerveError(.invalid, act: act, reason: "tfidf_ngrams.vocabulary\(reason)")
        }
        guard !terms.isEmpty else { throw refused(" has no terms") }
        guard terms.count <= Limits.vocabularyTerms else {
            throw SwerveError(
                .tooLarge, act: act,
                reason: "tfidf_ngrams.vocabulary has \(terms.count) terms, the limit is "
                    + "\(Limits.vocabularyTerms)")
        }
        var size = 0
        for (index, term) in terms.enumerated() {
            guard !term.isEmpty else { throw refused("[\(index)] is empty") }
            guard term.count <= (isText ? 4 : 1) * Limits.ngramLength else {
                throw refused("[\(index)] is longer than \(Limits.ngramLength)")
            }
            if isText {
                guard let text = String(validating: term, as: UTF8.self) else {
                    throw refused("[\(index)] is not UTF-8")
                }
                guard text.unicodeScalars.count <= Limits.ngramLength else {
                    throw refused("[\(index)] is longer than \(Limits.ngramLength)")
                }
            }
            size += term.count
        }
        return size
    }

    private func insert(_ index: Int, act: String) throws(SwerveError) {
        let start = self.start(index)
        let length = self.start(index + 1) - start
        let hash = unsafe Murmur.hash(bytes + start, length)
        var slot = Int(hash) & mask
        var probes = 0
        while unsafe slots[slot] != 0 {
            if let other = unsafe match(slot, bytes + start, length, hash) {
                throw Self.repeated(index, other, act: act)
            }
            slot = (slot + 1) & mask
            probes += 1
            guard probes < Self.probesMax else {
                throw SwerveError(
                    .invalid, act: act,
                    reason: "tfidf_ngrams.vocabulary[\(index)] collides with "
                        + "\(Self.probesMax) terms: made to do so")
            }
        }
        unsafe slots[slot] = hash & ~Self.termMask | UInt32(index + 1)
    }

    static func repeated(_ index: Int, _ other: Int, act: String) -> SwerveError {
        SwerveError(
            .invalid, act: act,
            reason: "tfidf_ngrams.vocabulary[\(index)] is the same as [\(other)]")
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
