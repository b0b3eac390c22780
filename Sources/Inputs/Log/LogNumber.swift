internal import CSimdJSON
internal import Glibc

/// Numbers and times out of the bytes of a field, as they stand in the line.
enum LogNumber {
    /// NaN for what is none: absence is written in many ways in logs.
    static func value(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ unit: LogUnit) -> Double {
        switch unit {
        case .commonTime: return unsafe LogTime.common(bytes, count)
        case .isoTime: return unsafe LogTime.iso(bytes, count)
        case .number(let divisor):
            let start = unsafe lastElement(bytes, count)
            return unsafe decimal(bytes + start, count - start) / divisor
        }
    }

    /// Where the last element of a list of upstreams begins, `, ` or ` : ` between elements.
    private static func lastElement(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
        guard unsafe memchr(bytes, 0x20, count) != nil else { return 0 }
        var (start, at) = (0, 0)
        while at + 1 < count {
            if unsafe bytes[at] == 0x2C && bytes[at + 1] == 0x20 {
                at += 2
                start = at
            } else if at + 2 < count,
                unsafe bytes[at] == 0x20 && bytes[at + 1] == 0x3A && bytes[at + 2] == 0x20
            {
                at += 3
                start = at
            } else {
                at += 1
            }
        }
        return start
    }

    /// `-?digits[.digits][(e|E)[+-]digits]`, to the nearest double; NaN for anything else.
    static func decimal(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Double {
        var at = 0
        let isNegative = unsafe count > 0 && bytes[0] == 0x2D
        if isNegative { at = 1 }
        var mantissa: UInt64 = 0
        var isPlain = true
        func digits() -> Int {
            let start = at
            while at < count {
                let digit = unsafe bytes[at] &- 0x30
                guard digit < 10 else { break }
                if mantissa < exactMax {
                    mantissa = mantissa &* 10 &+ UInt64(digit)
                } else {
                    isPlain = false
                }
                at += 1
            }
            return at - start
        }
        guard digits() > 0 else { return .nan }
        var fraction = 0
        if at < count, unsafe bytes[at] == 0x2E {
            at += 1
            fraction = digits()
            guard fraction > 0 else { return .nan }
        }
        if at < count, unsafe bytes[at] | 0x20 == 0x65 {
            isPlain = false
            at += 1
            if at < count, unsafe bytes[at] == 0x2B || bytes[at] == 0x2D { at += 1 }
            guard digits() > 0 else { return .nan }
        }
        guard at == count else { return .nan }
        guard isPlain, fraction <= powerMax else { return unsafe request_number(bytes, count) }
        // Both are doubles without a rounding, so that their quotient is the nearest one.
        var power = 1.0
        for _ in 0..<fraction { power *= 10 }
        let value = Double(mantissa) / power
        return isNegative ? -value : value
    }

    /// One digit more than such a number has stays below 2^53.
    private static let exactMax: UInt64 = 900_719_925_474_099
    /// 10 to the power of 22 is a double.
    private static let powerMax = 22
}

/// Times of logs, in seconds since 1970 UTC; NaN for what is none.
enum LogTime {
    /// Of `02/Jan/2006:15:04:05 -0700`.
    static func common(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Double {
        guard count == 26, unsafe bytes[2] == 0x2F && bytes[6] == 0x2F && bytes[11] == 0x3A,
            unsafe bytes[14] == 0x3A && bytes[17] == 0x3A && bytes[20] == 0x20,
            let month = unsafe month(bytes + 3), let sign = unsafe sign(bytes[21])
        else { return .nan }
        return unsafe seconds(
            number(bytes + 7, 4), month, number(bytes, 2), number(bytes + 12, 2),
            number(bytes + 15, 2), number(bytes + 18, 2),
            Zone(sign: sign, hours: number(bytes + 22, 2), minutes: number(bytes + 24, 2)))
    }

    /// Of `2006-01-02T15:04:05`, then `Z` or as `+01:00`.
    static func iso(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Double {
        guard count == 20 || count == 25, unsafe bytes[4] == 0x2D && bytes[7] == 0x2D,
            unsafe bytes[10] == 0x54 && bytes[13] == 0x3A && bytes[16] == 0x3A
        else { return .nan }
        var zone = Zone(sign: 1, hours: 0, minutes: 0)
        if count == 25 {
            guard let sign = unsafe sign(bytes[19]), unsafe bytes[22] == 0x3A else { return .nan }
            unsafe zone = Zone(
                sign: sign, hours: number(bytes + 20, 2), minutes: number(bytes + 23, 2))
        } else if unsafe bytes[19] != 0x5A {
            return .nan
        }
        return unsafe seconds(
            number(bytes, 4), number(bytes + 5, 2), number(bytes + 8, 2), number(bytes + 11, 2),
            number(bytes + 14, 2), number(bytes + 17, 2), zone)
    }

    private struct Zone {
        var sign: Int
        var hours: Int
        var minutes: Int
    }

    private static func sign(_ byte: UInt8) -> Int? {
        byte == 0x2B ? 1 : byte == 0x2D ? -1 : nil
    }

    /// What so many digits say; -1 where they are none.
    private static func number(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
        var value = 0
        for place in 0..<count {
            let digit = unsafe bytes[place] &- 0x30
            guard digit < 10 else { return -1 }
            value = value * 10 + Int(digit)
        }
        return value
    }

    private static func month(_ bytes: UnsafePointer<UInt8>) -> Int? {
        let word = unsafe UInt32(bytes[0]) << 16 | UInt32(bytes[1]) << 8 | UInt32(bytes[2])
        switch word {
        case 0x4A616E: return 1
        case 0x466562: return 2
        case 0x4D6172: return 3
        case 0x417072: return 4
        case 0x4D6179: return 5
        case 0x4A756E: return 6
        case 0x4A756C: return 7
        case 0x417567: return 8
        case 0x536570: return 9
        case 0x4F6374: return 10
        case 0x4E6F76: return 11
        case 0x446563: return 12
        default: return nil
        }
    }

    private static func seconds(
        _ year: Int, _ month: Int, _ day: Int, _ hour: Int, _ minute: Int, _ second: Int,
        _ zone: Zone
    ) -> Double {
        guard year > 0, (1...12).contains(month), (0..<24).contains(hour),
            (0..<60).contains(minute), (0...60).contains(second), (0..<24).contains(zone.hours),
            (0..<60).contains(zone.minutes), (1...days(in: month, of: year)).contains(day)
        else { return .nan }
        // Days since 1970 of the proleptic Gregorian calendar, in years that begin in March.
        let years = month > 2 ? year : year - 1
        let (era, yearOfEra) = (years / 400, years % 400)
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        let offset = zone.sign * (zone.hours * 3_600 + zone.minutes * 60)
        return Double(days * 86_400 + hour * 3_600 + minute * 60 + second - offset)
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
