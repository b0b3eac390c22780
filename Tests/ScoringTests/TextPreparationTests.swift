import Scoring
import Testing

@Suite("Lowering and folding as Python does")
struct TextPreparationTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let text: [UInt8]
        let prepared: String
        var testDescription: String { prepared.debugDescription }

        init(_ text: String, _ prepared: String) {
            self.init(bytes: Array(text.utf8), prepared)
        }

        init(bytes: [UInt8], _ prepared: String) {
            self.text = bytes
            self.prepared = prepared
        }
    }

    private static let examples = [
        Example("GET /A", "get /a"),
        Example("İSTANBUL I", "i\u{307}stanbul i"),
        Example("ΟΔΥΣΣΕΥΣ Σ ΑΣ' ΑΣ'Α ΣΣ", "οδυσσευς σ ας' ασ'α σς"),
        Example("Ⱥ K Å Ω ẞ", "ⱥ k å ω ß"),
        Example("ᲀ Ა ꟱ 𐐀 𞤀", "ᲀ ა ꟱ 𐐨 𞤢"),
        // Lower cases that came after Unicode 14 stay as they are.
        Example("\u{A7CB}\u{A7DA}\u{10D50}", "\u{A7CB}\u{A7DA}\u{10D50}"),
        Example("a\tb\nc", "a\tb\nc"),
        Example("a \tb\r\nc\u{1C}\u{1F}d", "a b c d"),
        Example("a\u{A0}b\u{A0}\u{2028}c\u{85}\u{85}d", "a\u{A0}b c d"),
        Example("a\u{200B}\u{200B}b\u{FEFF}\u{FEFF}c", "a\u{200B}\u{200B}b\u{FEFF}\u{FEFF}c"),
        Example("  ", " "),
        Example("\u{0}\u{7F}A", "\u{0}\u{7F}a"),
        Example(bytes: [0x41, 0xFF, 0x42], "a\u{FFFD}b"),
        Example(bytes: [0xE2, 0x82, 0x41], "\u{FFFD}a"),
        Example(bytes: [0xF0, 0x9F, 0x98], "\u{FFFD}"),
        Example(bytes: [0xC0, 0x80], "\u{FFFD}\u{FFFD}"),
        Example(bytes: [0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),
        Example(bytes: [0xF4, 0x90, 0x80, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
        Example(bytes: [0xE0, 0x80, 0xAF], "\u{FFFD}\u{FFFD}\u{FFFD}"),
    ]

    @Test("a text is prepared as expected, by the book and by the fast path", arguments: examples)
    func prepared(example: Example) {
        let reference = ReferenceFeatures.prepared(example.text, lowercase: true)
        #expect(
            String(String.UnicodeScalarView(reference)).unicodeScalars.elementsEqual(
                example.prepared.unicodeScalars))
        let lowering = Recipes.ngrams(.char, features: 1 << 20, norm: nil)
        let plain = Recipes.ngrams(.char, features: 1 << 20, lowercase: false, norm: nil)
        #expect(
            Recipes.features(example.text, lowering)
                == Recipes.features(Array(example.prepared.utf8), plain))
    }

    @Test("words are padded with a space on both sides, short ones counted once")
    func words() {
        func keys(_ text: String, _ range: ClosedRange<Int>) -> [Feature] {
            Recipes.features(
                Array(text.utf8),
                Recipes.ngrams(.charWordBoundaries, range, features: 1 << 20, norm: nil))
        }
        func byHand(_ keys: [String]) -> [Feature] {
            var sums: [Int: Double] = [:]
            for key in keys {
                let all = Recipes.ngrams(
                    .char, key.unicodeScalars.count...key.unicodeScalars.count,
                    features: 1 << 20, lowercase: false, norm: nil)
                for feature in Recipes.features(Array(key.utf8), all) {
                    sums[feature.index, default: 0] += feature.value
                }
            }
            return sums.sorted { $0.key < $1.key }.map { Feature(index: $0.key, value: $0.value) }
        }
        #expect(keys("ab\t\tC", 3...4) == byHand([" ab", "ab ", " ab ", " c "]))
        #expect(keys("é", 1...3) == byHand([" ", "é", " ", " é", "é ", " é "]))
        #expect(keys("é", 4...9) == byHand([" é "]))
    }
}
