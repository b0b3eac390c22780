import Lifecycle
import Testing

@testable import Scoring

@Suite("names of hashed features")
struct NgramNamesTests {
    /// Every n-gram of a recipe over a few bytes, featurized by the book on its own.
    private static func byTheBook(
        _ index: Int, _ recipe: HashedNgrams, alphabet: [UInt8]
    ) -> [[UInt8]: Double] {
        var found: [[UInt8]: Double] = [:]
        var texts: [[UInt8]] = [[]]
        for length in 1...NgramNames.lengthMax {
            texts = texts.flatMap { text in alphabet.map { text + [$0] } }
            guard recipe.ngramRange.contains(length) else { continue }
            let alone = HashedNgrams(
                analyzer: .byte, ngramRange: length...length, featureCount: recipe.featureCount,
                alternateSign: recipe.alternateSign, lowercase: false, norm: nil, binary: false)
            for text in texts {
                for cell in ReferenceFeatures.features(of: text, by: alone)
                where cell.index == index {
                    found[text] = cell.value
                }
            }
        }
        return found
    }

    private static let printable: [UInt8] = [0x0A] + Array(0x20...0x7E)

    @Test(
        "byte n-grams are those that the featurizer puts there, with their signs",
        arguments: [64, 100])
    func bytes(features: Int) throws {
        let recipe = Recipes.ngrams(.byte, 1...2, features: features)
        let indices = [0, 7, features - 1]
        let names = NgramNames.find(indices, in: recipe)
        #expect(Set(names.keys) == Set(indices))
        for index in indices {
            let found = try #require(names[index])
            let expected = Self.byTheBook(index, recipe, alphabet: Self.printable)
            #expect(found.ngrams.count + found.more == expected.count)
            #expect(found.ngrams.count == NgramNames.namedMax)
            for ngram in found.ngrams {
                #expect(expected[Array(ngram.text.utf8)] == (ngram.isNegative ? -1 : 1))
            }
            let ordered = found.ngrams.map { ($0.text.utf8.count, $0.text) }
            #expect(ordered.map(\.0) == ordered.map(\.0).sorted())
        }
    }

    @Test("without alternating signs no n-gram counts as -1")
    func signs() throws {
        let recipe = Recipes.ngrams(.byte, 1...2, features: 64, alternateSign: false)
        let found = try #require(NgramNames.find([5], in: recipe)[5])
        #expect(found.ngrams.allSatisfy { !$0.isNegative })
    }

    @Test("only lengths of the range are tried; longer ones than can be tried leave no name")
    func lengths() {
        let pairs = NgramNames.find(Array(0..<64), in: Recipes.ngrams(.byte, 2...2, features: 64))
        #expect(pairs.values.flatMap(\.ngrams).allSatisfy { $0.text.utf8.count == 2 })
        let long = NgramNames.find([1], in: Recipes.ngrams(.byte, 4...6, features: 64))
        #expect(long[1] == NgramNames())
        #expect(NgramNames.find([], in: Recipes.ngrams(.byte)).isEmpty)
        #expect(
            NgramNames.find([-1, 64], in: Recipes.ngrams(.byte, features: 64))[64] == NgramNames())
    }

    /// Names of every feature of a small space, by hashing all; few enough are left to be listed.
    private static func all(_ recipe: HashedNgrams) -> [NgramNames.Ngram] {
        NgramNames.find(Array(0..<recipe.featureCount), in: recipe).values.flatMap(\.ngrams)
    }

    @Test("char n-grams come in lower case and without runs of white space")
    func characters() {
        let names = Self.all(Recipes.ngrams(.char, 2...3, features: 1 << 12))
        #expect(!names.isEmpty)
        for name in names {
            #expect(name.text.allSatisfy { !$0.isUppercase })
            #expect(!["  ", " \n", "\n ", "\n\n"].contains { name.text.contains($0) })
        }
    }

    @Test("n-grams within words have spaces at their ends alone, and short words count whole")
    func words() {
        let inWords = Self.all(Recipes.ngrams(.charWordBoundaries, 1...3, features: 1 << 12))
        for name in inWords {
            #expect(!name.text.contains("\n") && name.text != "  ")
            #expect(!name.text.dropFirst().dropLast().contains(" "), "'\(name.text)'")
        }
        let wholeWords = Self.all(Recipes.ngrams(.charWordBoundaries, 5...6, features: 64))
        #expect(!wholeWords.isEmpty)
        #expect(wholeWords.allSatisfy { $0.text.utf8.count == 3 && $0.text.hasSuffix(" ") })
    }

    @Test("what is named is met: the featurizer gives the feature for a text of that n-gram")
    func met() {
        for recipe in [
            Recipes.ngrams(.char, 1...3, features: 1 << 10),
            Recipes.ngrams(.charWordBoundaries, 1...3, features: 1 << 10),
            Recipes.ngrams(.charWordBoundaries, 5...5, features: 1 << 10),
        ] {
            for (index, names) in NgramNames.find([1, 2, 3, 500, 1_023], in: recipe) {
                for ngram in names.ngrams {
                    let features = ReferenceFeatures.features(
                        of: Array(ngram.text.utf8), by: recipe)
                    #expect(features.contains { $0.index == index }, "'\(ngram.text)'")
                }
            }
        }
    }

    @Test("a spec's document reads back as the same spec, defaults written out")
    func document() throws {
        let recipes = [
            Recipes.ngrams(.byte), Recipes.ngrams(.char, 2...4, features: 100, norm: nil),
            Recipes.ngrams(.charWordBoundaries, alternateSign: false, norm: .l1, binary: true),
        ]
        for recipe in recipes {
            let spec = FeaturizerSpec(hashedNgrams: recipe)
            #expect(try FeaturizerSpec(parsing: spec.json.bytes, file: "spec") == spec)
        }
    }
}
