import Foundation
import Inputs
import Scoring

/// Numbers and times of lines, against the C library.
enum LogNumberTarget {
    private static func reader(_ variable: String) -> Reader {
        do {
            let format = LogFormat.nginx("\"$request\" \"$\(variable)\"", escape: .backslash)
            let settings = InputSettings(
                format: .log(LogSettings(plan: try LogPlan(format))), limitBytes: 4_096,
                recordBytes: 8_192)
            return Reader(settings, [InputWant([], fieldNames: [variable])])
        } catch {
            fail("\(error)")
        }
    }

    nonisolated(unsafe) private static let plain = reader("x")
    nonisolated(unsafe) private static let common = reader("time_local")
    nonisolated(unsafe) private static let iso = reader("time_iso8601")

    static func run(_ value: [UInt8]) {
        // Nothing that would end the field.
        guard value.allSatisfy({ $0 != 0x22 && $0 != 0x5C && $0 != 0x0A }) else { return }
        let line = Array("\"GET /\" \"".utf8) + value + [0x22]
        guard line.count <= 8_192 else { return }
        func expect(_ reader: Reader, _ wanted: Double) {
            let outcome = reader.read(line)
            guard outcome.reason == nil, let bits = outcome.inputs[0].fields.first else {
                fail("no number: \(outcome)")
            }
            let got = Double(bitPattern: bits)
            if got.isNaN && wanted.isNaN { return }
            guard got.bitPattern == wanted.bitPattern else { fail("\(got) is \(wanted)") }
        }
        unsafe expect(plain, number(lastElement(value)))
        unsafe expect(common, commonTime(value))
        unsafe expect(iso, isoTime(value))
    }

    /// Behind the last `, ` or ` : `, from left to right.
    private static func lastElement(_ value: [UInt8]) -> [UInt8] {
        var rest = value[...]
        var last = rest
        while !rest.isEmpty {
            let width = rest.starts(with: ", ".utf8) ? 2 : rest.starts(with: " : ".utf8) ? 3 : 0
            rest = rest.dropFirst(max(1, width))
            if width > 0 { last = rest }
        }
        return Array(last)
    }

    private static func number(_ value: [UInt8]) -> Double {
        var rest = value[...]
        func digits() -> Bool {
            let found = rest.prefix { (0x30...0x39).contains($0) }
            rest = rest.dropFirst(found.count)
            return !found.isEmpty
        }
        if rest.first == 0x2D { rest.removeFirst() }
        guard digits() else { return .nan }
        if rest.first == 0x2E {
            rest.removeFirst()
            guard digits() else { return .nan }
        }
        if let letter = rest.first, letter == 0x65 || letter == 0x45 {
            rest.removeFirst()
            if let sign = rest.first, sign == 0x2B || sign == 0x2D { rest.removeFirst() }
            guard digits() else { return .nan }
        }
        guard rest.isEmpty else { return .nan }
        return unsafe strtod(String(decoding: value, as: UTF8.self), nil)
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The pieces where a shape has letters and zeros, a zero for a digit; nil where it does not
    /// fit.
    private static func pieces(_ value: [UInt8], _ shape: String) -> [String]? {
        let shape = Array(shape.utf8)
        guard value.count == shape.count else { return nil }
        var pieces: [[UInt8]] = [[]]
        for (byte, wanted) in zip(value, shape) {
            switch wanted {
            case UInt8(ascii: "0"):
                guard (0x30...0x39).contains(byte) else { return nil }
                pieces[pieces.count - 1].append(byte)
            case UInt8(ascii: "a"), UInt8(ascii: "+"): pieces[pieces.count - 1].append(byte)
            case UInt8(ascii: ";"): pieces.append([byte])
            default:
                guard byte == wanted else { return nil }
                pieces.append([])
            }
        }
        return pieces.map { String(decoding: $0, as: UTF8.self) }
    }

    private static func commonTime(_ value: [UInt8]) -> Double {
        guard let found = pieces(value, "00/aaa/0000:00:00:00 +0000"),
            let month = months.firstIndex(of: found[1])
        else { return .nan }
        let zone = found[6]
        return seconds(
            found[2], month + 1, found[0], Array(found[3...5]), "\(zone.prefix(3))",
            "\(zone.suffix(2))")
    }

    private static func isoTime(_ value: [UInt8]) -> Double {
        let utc = pieces(value, "0000-00-00T00:00:00Z")
        guard let found = utc ?? pieces(value, "0000-00-00T00:00:00;00:00"),
            let month = Int(found[1])
        else { return .nan }
        let zone = utc == nil ? (found[6], found[7]) : ("+00", "00")
        return seconds(found[0], month, found[2], Array(found[3...5]), zone.0, zone.1)
    }

    private static func seconds(
        _ year: String, _ month: Int, _ day: String, _ times: [String], _ hours: String,
        _ minutes: String
    ) -> Double {
        guard hours.hasPrefix("+") || hours.hasPrefix("-"), let year = Int32(year),
            let day = Int32(day), (1...12).contains(month), year > 0,
            let hour = Int32(times[0]),
            let minute = Int32(times[1]), let second = Int32(times[2]), hour < 24, minute < 60,
            second <= 60, let zoneHours = Int(hours.dropFirst()), let zoneMinutes = Int(minutes),
            zoneHours < 24, zoneMinutes < 60
        else { return .nan }
        var date = unsafe tm()
        unsafe date.tm_year = year - 1_900
        unsafe date.tm_mon = Int32(month) - 1
        unsafe date.tm_mday = day
        let midnight = unsafe timegm(&date)
        // A day that does not exist becomes another one.
        guard unsafe date.tm_mday == day, unsafe date.tm_mon == Int32(month) - 1 else {
            return .nan
        }
        let offset = (zoneHours * 3_600 + zoneMinutes * 60) * (hours.hasPrefix("-") ? -1 : 1)
        let clock = Int(hour) * 3_600 + Int(minute) * 60 + Int(second)
        return Double(midnight + clock - offset)
    }
}
