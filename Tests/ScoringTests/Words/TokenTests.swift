import CText
import Lifecycle
import TestSupport
import Testing

@testable import Scoring

@Suite("Texts cut into words")
struct TokenTests {
    private static func words(
        _ text: String, _ pattern: String = TokenPattern.standard.text,
        accents: StripAccents? = nil, stops: [String]? = nil, lowercase: Bool = true
    ) -> [String] {
        let options = Tokens.options(pattern, accents: accents, stops: stops)
        #expect(TokenPattern(pattern) != nil)
        let text = Array(text.utf8)
        let fast = Tokens.cut(text, options, lowercase: lowercase)
        #expect(fast == Tokens.byTheBook(text, options, lowercase: lowercase))
        return fast.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("the patterns that people write find what Python's regular expressions find")
    func patterns() {
        let text = "It's 3rd e-mail, x_1 Ünï ½ a.b@c.de"
        #expect(Self.words(text) == ["it", "3rd", "mail", "x_1", "ünï", "de"])
        #expect(
            Self.words(text, #"(?u)\b\w+\b"#)
                == ["it", "s", "3rd", "e", "mail", "x_1", "ünï", "½", "a", "b", "c", "de"])
        #expect(Self.words(text, #"(\w{3,})"#) == ["3rd", "mail", "x_1", "ünï"])
        #expect(
            Self.words(text, #"\S+"#)
                == ["it's", "3rd", "e-mail,", "x_1", "ünï", "½", "a.b@c.de"])
        #expect(
            Self.words(text, "[a-zA-Z]+")
                == ["it", "s", "rd", "e", "mail", "x", "n", "a", "b", "c", "de"])
        #expect(Self.words(text, #"\b[a-z]{2,}\b"#) == ["it", "mail", "de"])
        #expect(Self.words(text, #"(?u)\b[a-z]{1,2}\b"#) == ["it", "s", "e", "a", "b", "c", "de"])
        #expect(
            Self.words(text, #"\b[\w'-]+\b"#)
                == ["it's", "3rd", "e-mail", "x_1", "ünï", "½", "a", "b", "c", "de"])
        #expect(
            Self.words(text, #"(?u)\b[^\W\d_]+\b"#)
                == ["it", "s", "e", "mail", "ünï", "½", "a", "b", "c", "de"])
        #expect(Self.words(text, #"\d+"#) == ["3", "1"])
        #expect(Self.words("'ab''c'd'", #"\b[a-z']+"#) == ["ab''c'd'"])
        #expect(Self.words("'ab''c'd' '", #"[a-z']+\b"#) == ["'ab''c'd"])
        #expect(Self.words("a,b c\n,d", "[^,]+") == ["a", "b c\n", "d"])
        #expect(Self.words("", #"\w+"#).isEmpty)
        #expect(Self.words("a", #"\w\w+"#).isEmpty)
    }

    @Test("stop words go before n-grams are made, as they are after lowering")
    func stopWords() {
        #expect(Self.words("The cat AND the dog", stops: ["the", "and", ""]) == ["cat", "dog"])
        #expect(Self.words("The cat", stops: ["The"]) == ["the", "cat"])
        #expect(Self.words("The cat", stops: ["the", "cat", "the"]).isEmpty)
        let grams = ReferenceNgrams.occurrences(
            in: Array("one of two of three".utf8), analyzer: .word, lengths: 2...2, lowercase: true,
            options: Tokens.options(#"\w+"#, stops: ["of"])
        )
        #expect(grams.map { String(decoding: $0.key, as: UTF8.self) } == ["one two", "two three"])
        #expect(grams.map(\.source) == [0..<10, 7..<19])
    }

    @Test("accents go after lowering")
    func accents() {
        let text = "ÉCOLE naïve Straße İstanbul ﬁn ½ Ⅷ a\u{301}b 한글 日本"
        #expect(
            Self.words(text, #"\w+"#, accents: .unicode)
                == [
                    "ecole", "naive", "straße", "istanbul", "fin", "1", "2", "viii", "ab",
                    "\u{1112}\u{1161}\u{11AB}\u{1100}\u{1173}\u{11AF}", "日本",
                ])
        #expect(
            Self.words(text, #"\w+"#, accents: .ascii)
                == ["ecole", "naive", "strae", "istanbul", "fin", "12", "viii", "ab"])
        // A final sigma is one before accents go.
        #expect(Self.words("ΟΔΌΣ", accents: .unicode) == ["οδος"])
        #expect(Self.words("ΑΣ\u{301} ΑΣ", accents: .ascii).isEmpty)
        #expect(Self.words("É", #"\w+"#, accents: .unicode, lowercase: false) == ["E"])
    }

    private static let forms = [
        #"(?u)\b\w\w+\b"#, #"\w+"#, #"\w{3,}"#, #"\S+"#, #"[^\s]+"#, #"[a-zA-Z]+"#, "[a-z']+",
        #"\b[a-z]+\b"#, #"\b[a-z]+"#, #"[a-z]+\b"#, #"\b[\w']+\b"#, #"\b\w{2,3}\b"#, #"\W+"#,
        #"[^,]+"#, #"\b\S\S+\b"#, #"\D+"#,
    ]

    @Test("random texts are cut as by the book", arguments: forms)
    func random(form: String) {
        let buffer = FeatureBuffer()
        var generator = SeededGenerator(seed: 3)
        for accents in [nil, StripAccents.ascii, .unicode] {
            for stops in [nil, ["a", "ab", "get"]] {
                let options = Tokens.options(form, accents: accents, stops: stops)
                for round in 0..<60 {
                    let text = Vocabularies.text(
                        round, upTo: round < 40 ? 20 : 300, &generator)
                    for lowercase in [true, false] {
                        let fast = Tokens.cut(text, options, lowercase: lowercase, in: buffer)
                        let slow = Tokens.byTheBook(text, options, lowercase: lowercase)
                        #expect(fast == slow, "\(text)")
                    }
                }
            }
        }
    }

    @Test("tokens across the blocks that are looked at together, at every level")
    func blocks() {
        var generator = SeededGenerator(seed: 4)
        for length in Array(0...200) + [1_000, 4_095, 4_096, 4_097] {
            let letters = Array((length % 3 == 0 ? "aZ9_" : "aB ,.").utf8)
            let text = (0..<length).map { _ in letters.randomElement(using: &generator) ?? 0 }
            for pattern in [TokenPattern.standard, TokenPattern(#"[^a]+"#) ?? .standard] {
                let options = Tokens.options(pattern.text)
                let expected = Tokens.byTheBook(text, options)
                for level in 0...ctext_level() {
                    #expect(Self.cut(level, text, pattern) == expected)
                }
            }
        }
        let other = Array("abc\u{E9}".utf8)
        for level in 0...ctext_level() { #expect(Self.cut(level, other, .standard) == nil) }
    }

    /// By C with memory of exactly the size that it asks for; nil where the text is not ASCII.
    private static func cut(
        _ level: Int32, _ text: [UInt8], _ pattern: TokenPattern
    ) -> [[UInt8]]? {
        let room = text.count + Int(CTEXT_TOKEN_SPARE)
        var lowered = [UInt8](repeating: 0, count: room)
        var edges = [UInt32](repeating: 0, count: room)
        var tokens = [UInt8](repeating: 0, count: room)
        var starts = [UInt32](repeating: 0, count: room)
        var cut = pattern.cut(lowercase: true)
        let count = unsafe ctext_tokens(
            level, &cut, text, text.count, &lowered, &edges, &tokens, &starts)
        guard count != CTEXT_NOT_ASCII else { return nil }
        return (0..<count).map { Array(tokens[Int(starts[$0])..<Int(starts[$0 + 1]) - 1]) }
    }

    @Test("more n-grams than a chunk count once each")
    func chunks() {
        let text = Array((0..<3_000).map { "word\($0 % 7)" }.joined(separator: " ").utf8)
        let recipe = Recipes.ngrams(
            .word, 1...2, features: 1 << 20, alternateSign: false, norm: nil)
        let features = Recipes.features(text, recipe)
        #expect(features.reduce(0) { $0 + $1.value } == 5_999)
        #expect(features == ReferenceFeatures.features(of: text, by: recipe))
    }
}

@Suite("Tables of words and accents")
struct WordTableTests {
    @Test("every code point is what Python 3.11 takes it for")
    func kinds() {
        let kinds = (UInt32(0)..<0x11_0000).map(WordTable.shared.kind)
        #expect(MurmurHash3.hash32(kinds, seed: 0) == WordVectors.kindsHash)
    }

    @Test("every code point without accents is what Python's unicodedata makes of it")
    func accents() {
        var bytes: [UInt8] = []
        for value in UInt32(0)..<0x11_0000 {
            guard Unicode.Scalar(value) != nil else { continue }
            AccentTable.shared.forEach(value) { part in
                if let scalar = Unicode.Scalar(part) { bytes += Array(String(scalar).utf8) }
            }
            bytes.append(0x0A)
        }
        #expect(MurmurHash3.hash32(bytes, seed: 0) == WordVectors.accentsHash)
    }

    @Test("no code point becomes more than there is room for")
    func room() {
        for value in UInt32(0x80)..<0x11_0000 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            var (bytes, points) = (0, 0)
            AccentTable.shared.forEach(value) { part in
                bytes += Unicode.Scalar(part).map { UTF8.width($0) } ?? 3
                points += 1
            }
            #expect(bytes <= AccentTable.bytesPerByte * UTF8.width(scalar))
            #expect(points <= AccentTable.pointsPerByte * UTF8.width(scalar))
        }
    }
}

@Suite("Words against scikit-learn's")
struct WordVectorTests {
    @Test("every n-gram of every text", arguments: WordVectors.recipes.indices)
    func ngrams(index: Int) throws {
        let wanted = WordVectors.recipes[index]
        let options = TextOptions(
            stripAccents: wanted.accents,
            words: wanted.analyzer == .word
                ? try WordTokens(
                    pattern: #require(TokenPattern(wanted.pattern)), stopWords: wanted.stops)
                : nil)
        let recipe = Recipes.ngrams(
            wanted.analyzer, wanted.lengths, features: 1 << 20, lowercase: wanted.lowercase,
            norm: nil, options: options)
        let buffer = FeatureBuffer()
        for (place, text) in WordVectors.texts.enumerated() {
            let keys = ReferenceNgrams.occurrences(
                in: text, analyzer: wanted.analyzer, lengths: wanted.lengths,
                lowercase: wanted.lowercase, options: options
            ).map(\.key)
            let expected = WordVectors.ngrams[index * WordVectors.texts.count + place]
            let sorted = keys.sorted { $0.lexicographicallyPrecedes($1) }
            #expect(keys.count == expected.count, "\(place)")
            #expect(
                MurmurHash3.hash32(Array(sorted.joined(separator: [0x0A])), seed: 0)
                    == expected.hash, "\(place)")
            #expect(
                Recipes.features(text, recipe, buffer)
                    == ReferenceFeatures.features(of: text, by: recipe), "\(place)")
        }
    }
}
