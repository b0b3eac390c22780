import Lifecycle
import Scoring
import TestSupport
import Testing

@Suite(
    "Hashed features against scikit-learn's",
    .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)))
struct HashingVectorTests {
    private static let recipes: [String: HashedNgrams] = [
        "byte18_alt": Recipes.ngrams(.byte, features: 1 << 18),
        "byte16_alt": Recipes.ngrams(.byte),
        "char16_alt": Recipes.ngrams(.char),
        "char16_noalt": Recipes.ngrams(.char, alternateSign: false),
        "charwb16_noalt": Recipes.ngrams(.charWordBoundaries, alternateSign: false),
    ]

    @Test("every vector of every recipe agrees bit for bit", arguments: recipes.keys.sorted())
    func hashing(recipe: String) throws {
        let texts = try ReferenceVectors.texts()
        let ngrams = try #require(Self.recipes[recipe])
        let buffer = FeatureBuffer()
        var compared = 0
        for line in try ReferenceVectors.lines("hashing.jsonl")
        where line["config"]?.string == recipe {
            let id = try #require(line["id"]?.string)
            let features = Recipes.features(try #require(texts[id]), ngrams, buffer)
            #expect(features.count == line["nnz"]?.int, "\(id)")
            #expect(features.reduce(0) { $0 + $1.index } == line["index_sum"]?.int, "\(id)")
            let sum = try #require(line["value_sum"]?.double)
            let got = features.reduce(0) { $0 + $1.value }
            #expect(SelfTest.agree(expected: sum, got: got), "\(id)")
            if let indices = line["index"]?.array, let values = line["value"]?.array {
                #expect(features.map(\.index) == indices.compactMap(\.int), "\(id)")
                #expect(features.map(\.value) == values.compactMap(\.double), "\(id)")
            }
            compared += 1
        }
        #expect(compared >= 130)
    }

    @Test("text is decoded, lowered and folded as the vectors say")
    func preparation() throws {
        let texts = try ReferenceVectors.texts()
        let lines = try ReferenceVectors.lines("char_preprocess.jsonl")
        let buffer = FeatureBuffer()
        #expect(lines.count > 200)
        for line in lines {
            let id = try #require(line["id"]?.string)
            let text = try #require(texts[id])
            let prepared = try #require(ReferenceVectors.bytes(line["out_b64"]))
            let reference = ReferenceFeatures.prepared(text, lowercase: true)
            #expect(Array(String(String.UnicodeScalarView(reference)).utf8) == prepared, "\(id)")
            // The fast path shows what it prepared only through its features.
            let lowering = Recipes.ngrams(.char, features: 1 << 20, norm: nil)
            let plain = Recipes.ngrams(.char, features: 1 << 20, lowercase: false, norm: nil)
            #expect(
                Recipes.features(text, lowering, buffer)
                    == Recipes.features(prepared, plain, buffer), "\(id)")
        }
    }

    @Test("murmur vectors agree, -2^31 among them")
    func murmur() throws {
        let lines = try ReferenceVectors.lines("murmur.jsonl")
        #expect(lines.contains { $0["h"]?.int == Int(Int32.min) })
        for line in lines {
            let hex = Array(try #require(line["key_hex"]?.string).utf8)
            let key = stride(from: 0, to: hex.count, by: 2).compactMap {
                UInt8(String(decoding: hex[$0..<$0 + 2], as: UTF8.self), radix: 16)
            }
            let expected = line["h"]?.int
            #expect(Int(Int32(bitPattern: MurmurHash3.hash32(key, seed: 0))) == expected)
            let fast = unsafe key.withUnsafeBufferPointer { bytes in
                unsafe bytes.baseAddress.map { unsafe Murmur.hash($0, bytes.count) }
            }
            #expect(fast.map { Int(Int32(bitPattern: $0)) } ?? 0 == expected)
        }
    }
}
