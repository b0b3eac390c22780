import CNumbers
import TestSupport
import Testing

@Suite("Decimal numbers through C")
struct CNumbersTests {
    private static func format(_ value: Double) -> String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CNUMBERS_DOUBLE_BYTES)) {
            let length = unsafe Int(cnumbers_format_double(value, $0.baseAddress))
            return unsafe String(
                decoding: $0.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    private static func parse(_ text: String) -> (value: Double, length: Int) {
        var value = 0.0
        let bytes = text.utf8.map { CChar(bitPattern: $0) }
        let length = unsafe bytes.withUnsafeBufferPointer { buffer -> Int in
            guard let start = buffer.baseAddress else { return 0 }
            return unsafe Int(cnumbers_parse_double(start, start + buffer.count, &value))
        }
        return (value, length)
    }

    @Test(
        "doubles print as the shortest JSON number that reads back the same",
        arguments: [
            (0.0, "0"), (-0.0, "-0"), (1.0, "1"), (0.1, "0.1"), (-1.5, "-1.5"), (1e23, "1e+23"),
            (1e-7, "1e-07"), (0.1 + 0.2, "0.30000000000000004"), (123_456_789.0, "123456789"),
            (.leastNonzeroMagnitude, "5e-324"),
            (.greatestFiniteMagnitude, "1.7976931348623157e+308"),
        ])
    func formatted(value: Double, text: String) {
        #expect(Self.format(value) == text)
    }

    @Test("what is not finite has no form")
    func formatNotFinite() {
        for value in [Double.nan, .infinity, -.infinity] { #expect(Self.format(value).isEmpty) }
    }

    @Test("random doubles survive the round trip within the room promised")
    func roundTrip() {
        var generator = SeededGenerator(seed: 11)
        var compared = 0
        while compared < 20_000 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite else { continue }
            compared += 1
            let text = Self.format(value)
            #expect(text.utf8.count < Int(CNUMBERS_DOUBLE_BYTES))
            let (read, length) = Self.parse(text)
            #expect(read.bitPattern == value.bitPattern && length == text.utf8.count, "\(text)")
            #expect(text.utf8.allSatisfy { "0123456789+-.e".utf8.contains($0) }, "\(text)")
        }
    }

    @Test(
        "numbers are read as far as they go",
        arguments: [
            ("0 ", 0.0, 1), ("-1.5\n", -1.5, 4), ("1e5x", 1e5, 3), ("12,5", 12, 2), (".5", 0.5, 2),
            ("5.", 5, 2), ("0x10", 0, 1), ("4.9406564584124654e-324", .leastNonzeroMagnitude, 23),
            ("1.7976931348623157e+308", .greatestFiniteMagnitude, 23), ("1e999", .infinity, 5),
            ("inf", .infinity, 3), ("-inf", -.infinity, 4),
        ])
    func read(text: String, value: Double, length: Int) {
        #expect(Self.parse(text) == (value, length))
    }

    @Test(
        "a number beyond a double is an infinity, one too small a zero, each with its sign",
        arguments: [
            ("1e-400", 0.0), ("-1e-400", -0.0), ("2.47e-324", 0), ("-0.1e-323", -0.0),
            ("1e-99999999999999999999", 0), ("0.0000001e-330", 0), ("-1e999", -.infinity),
            ("1e99999999999999999999", .infinity), ("18e307", .infinity), ("0e999", 0),
            ("-0e-999", -0.0), ("0.\(String(repeating: "0", count: 400))1", 0),
            ("1\(String(repeating: "0", count: 400))", .infinity),
            ("1\(String(repeating: "0", count: 400))e-401", 0.1),
            ("0.\(String(repeating: "0", count: 400))1e401", 1),
        ])
    func outOfRange(text: String, value: Double) {
        let read = Self.parse(text)
        #expect(read.value.bitPattern == value.bitPattern && read.length == text.utf8.count)
        #expect(Double(text)?.bitPattern == value.bitPattern, "as strtod has it")
    }

    @Test("what is no number is not read", arguments: ["", "+1", " 1", "-", "e5", ".", "x", "\n"])
    func garbage(text: String) {
        #expect(Self.parse(text).length == 0)
    }

    @Test("nan is read as what it is, for the caller to refuse")
    func nan() {
        #expect(Self.parse("nan").value.isNaN)
    }
}
