import TestSupport
import Testing

@testable import ModelFormats

/// Whole lines of numbers at once, held against one number at a time.
@Suite("Lines of numbers")
struct NumberLinesTests {
    private static func read(
        _ text: String, columns: Int, room: Int = 64
    ) -> (numbers: [UInt64], length: Int) {
        var numbers = [Double](repeating: .nan, count: room * columns)
        let (lines, length) = DecimalNumber.readLines(
            Array(text.utf8), from: 0, columns: columns, into: &numbers)
        return (numbers.prefix(lines * columns).map(\.bitPattern), length)
    }

    /// The same by the reader of single numbers.
    private static func expected(
        _ text: String, columns: Int, room: Int = 64
    ) -> (numbers: [UInt64], length: Int) {
        let bytes = Array(text.utf8)
        var numbers: [UInt64] = []
        var start = 0
        while numbers.count < room * columns,
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n"))
        {
            var stop = end
            if stop > start, bytes[stop - 1] == UInt8(ascii: "\r") { stop -= 1 }
            while stop > start, bytes[stop - 1] == UInt8(ascii: " ") { stop -= 1 }
            let words = bytes[start..<stop].split(
                separator: UInt8(ascii: " "), omittingEmptySubsequences: true)
            let values = words.compactMap { word -> Double? in
                let number = DecimalNumber.read(bytes, word.startIndex..<word.endIndex)
                guard let (value, length) = number, length == word.count, value.isFinite else {
                    return nil
                }
                return value
            }
            let beginsWithSpace = bytes[start] == UInt8(ascii: " ")
            guard values.count == columns, words.count == columns, !beginsWithSpace else { break }
            numbers += values.map(\.bitPattern)
            start = end + 1
        }
        return (numbers, start)
    }

    @Test(
        "plain lines are read, and the first that is not stops",
        arguments: [
            ("0 \n0 \n1\n", 1, 3), ("0 \n-0 \n", 1, 2), ("0.5 \r\n2\r\n", 1, 2),
            ("1 2 \n3  4\n", 2, 2), ("1 2\n3\n", 2, 1), ("1\n2", 1, 1), ("1\n 2\n", 1, 1),
            ("1\nx\n2\n", 1, 1), ("1\n+2\n", 1, 1), ("nan\n", 1, 0), ("1\ninf\n", 1, 1),
            ("1e999\n", 1, 0), ("1\n\n2\n", 1, 1), ("1,5\n", 1, 0), ("1 2\n", 1, 0), ("", 1, 0),
            ("1.\n.5\n", 1, 2), ("5e-324\n-1e-400\n1e999\n", 1, 2), ("0x10\n", 1, 0),
            ("1\r2\n", 1, 0),
            ("0 0 \n0 0\n", 2, 2), ("1-2\n", 2, 0), ("1\t2\n", 2, 0), ("0 \r\n0 \r \n", 1, 1),
        ])
    func stops(text: String, columns: Int, lines: Int) {
        let (numbers, length) = Self.read(text, columns: columns)
        let (wanted, _) = Self.expected(text, columns: columns)
        #expect(numbers.count == lines * columns)
        #expect(numbers == wanted)
        #expect(Array(text.utf8).prefix(length).count { $0 == UInt8(ascii: "\n") } == lines)
    }

    @Test("no more lines are read than there is room for")
    func room() {
        let (numbers, length) = Self.read("1\n2\n3\n", columns: 1, room: 2)
        #expect(numbers == [(1.0).bitPattern, (2.0).bitPattern] && length == 4)
        #expect(Self.read("0 \n0 \n0 \n", columns: 1, room: 2).length == 6)
    }

    @Test("short and long numbers, of any size, are the very doubles that the long way gives")
    func sameDoubles() {
        var generator = SeededGenerator(seed: 29)
        var compared = 0
        for _ in 0..<30_000 {
            let digits = Int(generator.next() % 21) + 1
            var number = generator.next() % 2 == 0 ? "-" : ""
            for place in 0..<digits {
                if place > 0, generator.next() % 6 == 0, !number.contains(".") { number += "." }
                number += "\(generator.next() % 10)"
            }
            if generator.next() % 4 == 0 { number += "e-\(generator.next() % 40)" }
            let text = number + " \n"
            let (numbers, length) = Self.read(text, columns: 1)
            #expect(numbers == Self.expected(text, columns: 1).numbers, "\(number)")
            #expect(length == text.utf8.count, "\(number)")
            compared += numbers.count
        }
        #expect(compared == 30_000)
    }

    @Test("of mutated lines both readers take the same ones")
    func mutated() {
        let text = Array("0 \n-0.25 \n1e-3 \n0.30000000000000004 \n17\n0 \n5e-324 \n".utf8)
        let pair = Array("0 1 \n-0.25 2\n1e-3 0 \n1 0.30000000000000004\n".utf8)
        var mutator = ByteMutator(
            seed: 31, pieces: ["0 \n", "1e9", " ", "\r\n", "-", "nan", "1e999", "."])
        var read = 0
        for round in 0..<20_000 {
            let columns = round % 2 + 1
            let bytes = mutator.mutated(columns == 1 ? text : pair).filter { $0 < 0x80 }
            let changed = String(decoding: bytes, as: UTF8.self)
            let (numbers, length) = Self.read(changed, columns: columns)
            let wanted = Self.expected(changed, columns: columns)
            #expect(numbers == wanted.numbers && length == wanted.length, "\(bytes)")
            read += numbers.count
        }
        #expect(read > 20_000)
    }
}
