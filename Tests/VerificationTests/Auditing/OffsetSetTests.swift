import Testing

@testable import Verification

@Suite("Offsets as ranges")
struct OffsetSetTests {
    @Test("it has what was added, whatever the order, in as few ranges as there can be")
    func ranges() {
        var set = OffsetSet()
        for offset: Int64 in [5, 6, 9, 7, 1, 8, 2] { set.add(offset) }
        #expect(set.ranges == [1..<3, 5..<10] && set.count == 7)
        #expect(set.contains(9) && !set.contains(4) && !set.contains(10))
        #expect(set.covers(5..<10) && !set.covers(2..<6))
        #expect(set.remove(7) && !set.remove(7))
        #expect(set.ranges == [1..<3, 5..<7, 8..<10] && set.count == 6)
    }

    @Test("beyond its bound it counts on, and says that it does not have all")
    func bound() {
        var set = OffsetSet(rangesMax: 3)
        for offset in stride(from: Int64(0), to: 20, by: 2) { set.add(offset) }
        #expect(set.ranges == [0..<1, 2..<3, 4..<5] && set.count == 10 && !set.isWhole)
        set.add(5)
        #expect(set.ranges.last == 4..<6)
    }

    @Test("many are taken out at once as each would be alone")
    func removingMany() {
        var (one, other) = (OffsetSet(), OffsetSet())
        for set in [0..<Int64(5), 8..<20, 30..<31] {
            one.add(set)
            other.add(set)
        }
        let gone: [Int64] = [30, 3, 9, 9, 25, 19]
        for offset in gone { one.remove(offset) }
        other.remove(gone)
        #expect(one.ranges == other.ranges && one.count == other.count && other.count == 14)
    }

    @Test("spans have what any ranges have, and say which they hold whole")
    func spans() {
        let spans = OffsetSpans([8..<10, 1..<4, 3..<6, 6..<7, 9..<9, 20..<30])
        #expect(spans.ranges == [1..<7, 8..<10, 20..<30])
        #expect(spans.covers(1..<7) && spans.covers(5..<5) && spans.covers(21..<22))
        #expect(!spans.covers(6..<9) && !spans.covers(0..<2) && !spans.covers(29..<31))
        #expect(Array(spans.parts(of: 5..<25)) == [5..<7, 8..<10, 20..<25])
    }

    @Test("what is left of a range without others")
    func without() {
        func left(_ range: Range<Int64>, without others: [Range<Int64>]) -> [Range<Int64>] {
            range.without(OffsetSpans(others))
        }
        #expect(left(0..<10, without: [3..<5, 8..<20]) == [0..<3, 5..<8])
        #expect(left(0..<10, without: [8..<20, 4..<5, 3..<5]) == [0..<3, 5..<8])
        #expect(left(0..<10, without: [-5..<2, 2..<10]) == [])
        #expect(left(4..<6, without: []) == [4..<6])
        #expect(left(4..<6, without: [0..<4, 6..<9]) == [4..<6])
    }

    @Test("a place is found by what records say", arguments: [0, 1, 17, 99, 100, 500])
    func search(wanted: Int64) throws {
        // Every third offset has a record, which says twice its number.
        let found = try OffsetSearch.first(in: 0..<300, saying: wanted) { offset in
            let number = (offset + 2) / 3
            return number < 100 ? OffsetSearch.Probe(offset: number * 3, value: number * 2) : nil
        }
        let right = (0..<Int64(100)).first { $0 * 2 >= wanted }.map { $0 * 3 } ?? 300
        #expect(found <= right && found > right - 3 || found == right, "\(found), \(right)")
    }
}
