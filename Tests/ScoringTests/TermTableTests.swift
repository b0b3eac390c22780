import Lifecycle
import TestSupport
import Testing

@testable import Scoring

/// Finding the terms of a vocabulary, short and long, in small vocabularies and large ones.
@Suite("Term table")
struct TermTableTests {
    private static func find(_ key: [UInt8], in table: TermTable) -> Int? {
        unsafe key.withUnsafeBufferPointer { key in
            guard let start = key.baseAddress else { return nil }
            return unsafe table.find(start, key.count)
        }
    }

    /// Distinct terms of one to `longest` letters, mostly of the longest.
    private static func terms(
        _ count: Int, letters: [UInt8], longest: Int, _ generator: inout SeededGenerator
    ) -> [[UInt8]] {
        var seen: Set<[UInt8]> = []
        while seen.count < count {
            let length = Bool.random(using: &generator) ? longest : 1 + seen.count % longest
            seen.insert(
                (0..<length).map { _ in letters.randomElement(using: &generator) ?? 0 })
        }
        return seen.sorted { $0.lexicographicallyPrecedes($1) }.shuffled(using: &generator)
    }

    @Test(
        "every term is found as itself, and nothing else is",
        arguments: [
            (count: 300, longest: 3, isShort: true), (count: 65_535, longest: 3, isShort: true),
            (count: 65_536, longest: 3, isShort: true), (count: 3_000, longest: 5, isShort: false),
        ])
    func found(count: Int, longest: Int, isShort: Bool) throws {
        var generator = SeededGenerator(seed: UInt64(count))
        let letters = (0..<64).map { UInt8($0 + 0x21) }
        let terms = Self.terms(count, letters: letters, longest: longest, &generator)
        let table = try TermTable(terms, lengths: 1...longest, isText: true, act: "testing")
        #expect((table.short != nil) == isShort)
        for (index, term) in terms.enumerated() {
            try #require(Self.find(term, in: table) == index && table.term(index) == term)
        }
        let known = Set(terms)
        var absent = 0
        for _ in 0..<2_000 {
            let key = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            guard !known.contains(key) else { continue }
            absent += 1
            try #require(Self.find(key, in: table) == nil)
        }
        #expect(absent > 1_000)
    }

    @Test("terms beyond the tables are found beside those in them")
    func mixed() throws {
        let words = ["a", "ab", "abc", "é", "aé", "日本", "abcd", "b"]
        let terms = words.map { Array($0.utf8) }
        let table = try TermTable(terms, lengths: 2...3, isText: true, act: "testing")
        #expect(table.short != nil)
        for (index, term) in terms.enumerated() { #expect(Self.find(term, in: table) == index) }
        #expect(Self.find(Array("ba".utf8), in: table) == nil)
        #expect(Self.find(Array("日".utf8), in: table) == nil)
    }

    @Test(
        "two terms that are the same are refused by their places",
        arguments: [["ab", "c", "ab"], ["é", "c", "é"], ["abcd", "c", "abcd"]], [1...3, 2...5])
    func repeated(words: [String], lengths: ClosedRange<Int>) {
        let error = #expect(throws: SwerveError.self) {
            try TermTable(
                words.map { Array($0.utf8) }, lengths: lengths, isText: true, act: "testing")
        }
        #expect(error?.reason == "tfidf_ngrams.vocabulary[2] is the same as [0]")
    }
}
