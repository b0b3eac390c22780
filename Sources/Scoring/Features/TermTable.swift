import Lifecycle

/// The terms of a vocabulary, and the table that finds them: open addressing, keys compared byte by
/// byte.
///
/// Immutable, shared by threads. Takes the terms' bytes, 4 bytes a term for where each begins, and
/// 16 to 32 bytes a term for the table, at most half full.
@safe
final class TermTable: Sendable {
    let count: Int
    // Why unsafe is sound: written in `init` alone, and freed when nobody has the table any more.
    nonisolated(unsafe) private let bytes: UnsafeMutablePointer<UInt8>
    /// Where each term begins in `bytes`, and the end of the last.
    nonisolated(unsafe) private let starts: UnsafeMutablePointer<UInt32>
    /// The term plus 1, or 0 where there is none, and the hash in the upper half.
    nonisolated(unsafe) private let slots: UnsafeMutablePointer<UInt64>
    private let mask: Int

    /// How many terms a search passes at most.
    ///
    /// A vocabulary made to collide is refused, for its texts would take for ever. Among 2^22
    /// honest terms the longest run is far below.
    private static let probesMax = 1_024

    init(_ terms: [[UInt8]], isText: Bool, act: String) throws(SwerveError) {
        let size = try Self.check(terms, isText: isText, act: act)
        count = terms.count
        var capacity = 16
        while capacity < 2 * terms.count { capacity *= 2 }
        mask = capacity - 1
        unsafe bytes = .allocate(capacity: max(1, size))
        unsafe starts = .allocate(capacity: terms.count + 1)
        unsafe slots = .allocate(capacity: capacity)
        unsafe slots.initialize(repeating: 0, count: capacity)
        var start = 0
        for (index, term) in terms.enumerated() {
            unsafe starts[index] = UInt32(truncatingIfNeeded: start)
            for byte in term {
                unsafe bytes[start] = byte
                start += 1
            }
        }
        unsafe starts[terms.count] = UInt32(truncatingIfNeeded: start)
        for index in terms.indices { try insert(index, act: act) }
    }

    deinit {
        unsafe bytes.deallocate()
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
        let (start, length) = unsafe (Int(starts[index]), Int(starts[index + 1] - starts[index]))
        let hash = unsafe Murmur.hash(bytes + start, length)
        var slot = Int(hash) & mask
        var probes = 0
        while unsafe slots[slot] != 0 {
            if let other = unsafe match(slot, bytes + start, length, hash) {
                throw SwerveError(
                    .invalid, act: act,
                    reason: "tfidf_ngrams.vocabulary[\(index)] is the same as [\(other)]")
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
        unsafe slots[slot] = UInt64(hash) << 32 | UInt64(index + 1)
    }

    /// The term in the slot, which is not empty, if it is this one.
    @inline(__always)
    private func match(
        _ slot: Int, _ key: UnsafePointer<UInt8>, _ length: Int, _ hash: UInt32
    ) -> Int? {
        let entry = unsafe slots[slot]
        guard UInt32(truncatingIfNeeded: entry &>> 32) == hash else { return nil }
        let index = Int(UInt32(truncatingIfNeeded: entry)) &- 1
        let start = unsafe Int(starts[index])
        guard unsafe Int(starts[index &+ 1]) &- start == length else { return nil }
        for position in 0..<length
        where unsafe bytes[start &+ position] != key[position] {
            return nil
        }
        return index
    }

    /// The feature of the term with these bytes; nil where there is none.
    @inline(__always)
    func find(_ key: UnsafePointer<UInt8>, _ length: Int) -> Int? {
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
                start: bytes + Int(starts[index]), count: Int(starts[index + 1] - starts[index])))
    }
}

extension TermTable: Equatable {
    static func == (one: TermTable, other: TermTable) -> Bool {
        if one === other { return true }
        return one.count == other.count
            && (0..<one.count).allSatisfy { one.term($0) == other.term($0) }
    }
}
