import Lifecycle
import Testing

@Suite("Timestamp")
struct TimestampTests {
    @Test(
        "a moment and its text are the same thing",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_799_999, "2000-02-29T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (1_795_459_920_123, "2026-11-23T18:52:00.123Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func bothWays(milliseconds: Int64, text: String) {
        #expect(Timestamp.text(ofMs: milliseconds) == text)
        #expect(Timestamp.milliseconds(of: text) == milliseconds)
    }

    @Test("each day of eight centuries survives the way there and back")
    func everyDay() {
        var previous = ""
        for day in Int64(-146_097)...146_097 {
            let moment = day * 86_400_000 + 43_200_007
            let text = Timestamp.text(ofMs: moment)
            guard Timestamp.milliseconds(of: text) == moment, text != previous else {
                Issue.record("day \(day) became \(text)")
                return
            }
            previous = text
        }
        #expect(previous == "2370-01-01T12:00:00.007Z")
    }

    @Test(
        "fractions of one to nine digits are read, past the third dropped",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.5Z", 500),
            ("1970-01-01T00:00:00.05Z", 50), ("1970-01-01T00:00:00.123999999Z", 123),
        ] as [(String, Int64)])
    func fractions(text: String, milliseconds: Int64) {
        #expect(Timestamp.milliseconds(of: text) == milliseconds)
    }

    @Test(
        "what is no moment in UTC is refused",
        arguments: [
            "", "Z", "2026-11-23", "2026-11-23T18:52:00", "2026-11-23 18:52:00Z",
            "2026-11-23T18:52:00+01:00", "2026-11-23T18:52:00.Z", "2026-11-23T18:52:00.1234567890Z",
            "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-06-31T00:00:00Z",
            "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
            "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z",
            "26-01-01T00:00:00Z", "2026-1-01T00:00:00Z", "２026-01-01T00:00:00Z",
            "2026-01-01T00:00:00Zx", " 2026-01-01T00:00:00Z", "-001-01-01T00:00:00Z",
        ])
    func refused(text: String) {
        #expect(Timestamp.milliseconds(of: text) == nil)
    }

    @Test("years that four digits cannot show are held at the ends", arguments: [Int64.min, .max])
    func held(milliseconds: Int64) {
        let text = Timestamp.text(ofMs: milliseconds)
        #expect(["0000-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"].contains(text))
    }
}
