/// Which short printable n-grams hash to a feature, found by trying all of them: what a weight is
/// about, as far as a hash tells.
package struct NgramNames: Sendable, Equatable, Codable {
    /// An n-gram that counts for the feature.
    package struct Ngram: Sendable, Equatable, Codable {
        package let text: String
        /// Whether it counts as -1, so that it pulls against the weight's sign.
        package let isNegative: Bool
    }

    /// The first of them, shorter ones first.
    package private(set) var ngrams: [Ngram] = []
    /// How many more of the tried ones share the feature.
    package private(set) var more = 0

    package init() {}

    package static let lengthMax = 3
    /// How many are named.
    package static let namedMax = 4

    /// The names of each feature in `indices`; about 900,000 hashes.
    ///
    /// ASCII alone, and of each n-gram only forms that the analyzer can meet: lowered, white space
    /// folded, words between their spaces.
    package static func find(
        _ indices: [Int], in recipe: HashedNgrams
    ) -> [Int: NgramNames] {
        var names: [Int: NgramNames] = [:]
        for index in indices { names[index] = NgramNames() }
        // Words are longer than what can be tried.
        guard !names.isEmpty, recipe.analyzer != .word else { return names }
        let signMask: UInt32 = recipe.alternateSign ? 0x8000_0000 : 0
        let size = UInt32(truncatingIfNeeded: recipe.featureCount)
        if size & (size &- 1) == 0 {
            tryAll(recipe, MaskReduction(mask: size &- 1, signMask: signMask), &names)
        } else {
            tryAll(recipe, ModuloReduction(features: size, signMask: signMask), &names)
        }
        return names
    }

    private static func tryAll<Reduction: IndexReduction>(
        _ recipe: HashedNgrams, _ reduction: Reduction, _ names: inout [Int: NgramNames]
    ) {
        var isWanted = [Bool](repeating: false, count: recipe.featureCount)
        for index in names.keys where isWanted.indices.contains(index) { isWanted[index] = true }
        let alphabet = alphabet(recipe)
        for length in 1...lengthMax {
            var candidates = [UInt32](repeating: 0, count: 1)
            for place in 0..<length {
                candidates = candidates.flatMap { start in
                    alphabet.map { start | $0 << (8 * UInt32(place)) }
                }
            }
            for key in candidates {
                let packed = reduction.packed(Murmur.short(key, length: UInt32(length)))
                let index = Int(packed & 0x7FFF_FFFF)
                guard isWanted[index], isMet(key, length, recipe) else { continue }
                names[index]?.add(key, length, isNegative: packed >> 31 == 1)
            }
        }
    }

    private mutating func add(_ key: UInt32, _ length: Int, isNegative: Bool) {
        guard ngrams.count < Self.namedMax else {
            more += 1
            return
        }
        let text = String(decoding: Self.bytes(key, length), as: UTF8.self)
        ngrams.append(Ngram(text: text, isNegative: isNegative))
    }

    /// What a request can hold of ASCII that a person reads, and the line feed before its body.
    private static func alphabet(_ recipe: HashedNgrams) -> [UInt32] {
        let bytes: [UInt32] = [lineFeed] + Array(space...0x7E)
        return bytes.filter { !(recipe.lowercase && (0x41...0x5A).contains($0)) }
    }

    /// Whether the analyzer can cut this n-gram out of some text.
    private static func isMet(_ key: UInt32, _ length: Int, _ recipe: HashedNgrams) -> Bool {
        let isInRange = recipe.ngramRange.contains(length)
        let spaces = bytes(key, length).map { $0 == UInt8(space) || $0 == UInt8(lineFeed) }
        switch recipe.analyzer {
        case .byte, .word: return isInRange
        case .char:
            return isInRange && !zip(spaces, spaces.dropFirst()).contains { $0 && $1 }
        case .charWordBoundaries:
            guard !bytes(key, length).contains(UInt8(lineFeed)) else { return false }
            let isInWord = !spaces.dropFirst().dropLast().contains(true) && spaces != [true, true]
            // A word shorter than the shortest n-gram counts once, whole.
            let isWord = length == 3 && spaces == [true, false, true]
            return isInWord && (isInRange || isWord && length < recipe.ngramRange.lowerBound)
        }
    }

    private static func bytes(_ key: UInt32, _ length: Int) -> [UInt8] {
        (0..<length).map { UInt8(truncatingIfNeeded: key >> (8 * UInt32($0))) }
    }

    private static let lineFeed: UInt32 = 0x0A
    private static let space: UInt32 = 0x20
}
