/// A wall time in milliseconds as ISO 8601 in UTC: `2026-11-23T18:52:00.123Z`.
///
/// By hand, since the calendar arithmetic is twenty lines and Foundation's formatter is none of
/// cheap, strict or free of locale.
package enum Timestamp {
    /// The text of `milliseconds` since 1970; years outside 0000 … 9999 are held at those ends.
    package static func text(ofMs milliseconds: Int64) -> String {
        let held = min(max(milliseconds, earliestMs), latestMs)
        let days = floorDivide(held, by: millisecondsPerDay)
        var rest = held - days * millisecondsPerDay
        let (year, month, day) = civil(fromDays: days)
        let fraction = rest % 1_000
        rest /= 1_000
        let clock = [rest / 3_600, rest / 60 % 60, rest % 60].map { padded($0, 2) }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
            + "T\(clock.joined(separator: ":")).\(padded(fraction, 3))Z"
    }

    /// The milliseconds since 1970 of `YYYY-MM-DDTHH:MM:SS[.f…]Z`; nil for anything else.
    ///
    /// One to nine digits of a fraction are read and those past the third dropped. Offsets other
    /// than `Z`, leap seconds and days that a month does not have are refused.
    package static func milliseconds(of text: String) -> Int64? {
        var bytes = text.utf8[...]
        guard
            let year = digits(4, of: &bytes), skip("-", of: &bytes),
            let month = digits(2, of: &bytes), skip("-", of: &bytes),
            let day = digits(2, of: &bytes), skip("T", of: &bytes),
            let hour = digits(2, of: &bytes), skip(":", of: &bytes),
            let minute = digits(2, of: &bytes), skip(":", of: &bytes),
            let second = digits(2, of: &bytes),
            let fraction = fraction(of: &bytes), skip("Z", of: &bytes), bytes.isEmpty,
            hour < 24, minute < 60, second < 60
        else { return nil }
        let days = self.days(fromYear: year, month: month, day: day)
        // Going back again finds the 31st of June, the 29th of February 2026 and month 13.
        guard (1...12).contains(month), civil(fromDays: days) == (year, month, day) else {
            return nil
        }
        return days * millisecondsPerDay + ((hour * 60 + minute) * 60 + second) * 1_000 + fraction
    }

    private static let millisecondsPerDay: Int64 = 86_400_000
    /// 0000-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z.
    private static let earliestMs: Int64 = -62_167_219_200_000
    private static let latestMs: Int64 = 253_402_300_799_999
    /// 400 years of the Gregorian calendar, after which it repeats.
    private static let daysPerEra: Int64 = 146_097

    /// Days since 1970, counted in eras of 400 years that begin on the first of March, so that the
    /// leap day is the last of its year.
    private static func days(fromYear year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = floorDivide(marchYear, by: 400)
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * daysPerEra + dayOfEra - 719_468
    }

    private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, by: daysPerEra)
        let dayOfEra = shifted - era * daysPerEra
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    private static func floorDivide(_ value: Int64, by divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    private static func digits(_ count: Int, of bytes: inout Substring.UTF8View) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<count {
            guard let byte = bytes.first, (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - 0x30)
            bytes.removeFirst()
        }
        return value
    }

    private static func skip(
        _ character: Unicode.Scalar, of bytes: inout Substring.UTF8View
    )
        -> Bool
    {
        guard bytes.first == UInt8(ascii: character) else { return false }
        bytes.removeFirst()
        return true
    }

    /// The milliseconds of an optional fraction; nil when there is a point without 1 … 9 digits.
    private static func fraction(of bytes: inout Substring.UTF8View) -> Int64? {
        guard skip(".", of: &bytes) else { return 0 }
        var value: Int64 = 0
        var count = 0
        while let digit = digits(1, of: &bytes) {
            count += 1
            guard count <= 9 else { return nil }
            if count <= 3 { value = value * 10 + digit }
        }
        guard count > 0 else { return nil }
        for _ in 0..<max(0, 3 - count) { value *= 10 }
        return value
    }
}
