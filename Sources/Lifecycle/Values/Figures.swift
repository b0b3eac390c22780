/// Numbers as the reports show them, whatever they are: short, and never a crash.
package enum Figures {
    /// `number` with `digits` behind the point; `-` for what is no number.
    package static func fixed(_ number: Double, _ digits: Int) -> String {
        guard number.isFinite else { return "-" }
        var factor: Int64 = 1
        for _ in 0..<digits { factor *= 10 }
        let scaled = (number.magnitude * Double(factor)).rounded()
        guard scaled < exactMax else { return exponential(number) }
        let units = Int64(scaled)
        let sign = number < 0 && units > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(units)" }
        let fraction = String(units % factor)
        let zeros = String(repeating: "0", count: digits - fraction.count)
        return "\(sign)\(units / factor).\(zeros)\(fraction)"
    }

    /// Three or four digits that count.
    package static func short(_ number: Double) -> String {
        switch number.magnitude {
        case ..<smallest where number != 0: exponential(number)
        case ..<10: fixed(number, 3)
        case ..<100: fixed(number, 2)
        case ..<1_000: fixed(number, 1)
        default: fixed(number, 0)
        }
    }

    package static func moments(mean: Double, spread: Double, count: Int64) -> String {
        count > 0 ? "\(short(mean)) ± \(short(spread))" : "-"
    }

    /// `1,234,567`.
    package static func grouped(_ number: some BinaryInteger) -> String {
        let digits = String(number.magnitude)
        var shown = number < 0 ? "-" : ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place).isMultiple(of: 3) { shown += "," }
            shown.append(digit)
        }
        return shown
    }

    package static func percent(_ part: Int64, of whole: Int64) -> String {
        guard whole > 0 else { return "-" }
        return fixed(Double(part) * 100 / Double(whole), 1) + "%"
    }

    /// `1 record`, `2 records`.
    package static func counted(_ count: some BinaryInteger, _ noun: String) -> String {
        "\(count) \(noun)\(count == 1 ? "" : "s")"
    }

    /// In thousands, millions … where the number itself is too wide; the JSON has it all.
    package static func count(_ number: Int64, width: Int) -> String {
        var rest = number
        for suffix in ["", "k", "M", "G", "T", "P"] {
            let text = "\(rest)\(suffix)"
            if text.count <= width { return text }
            rest /= 1_000
        }
        return "\(rest)E"
    }

    /// `0.1 s`, `11 min`, `3 h`, `12 d`.
    package static func duration(_ milliseconds: Int64) -> String {
        switch milliseconds {
        case ..<10_000: "\(milliseconds / 1_000).\(milliseconds % 1_000 / 100) s"
        case ..<600_000: "\(milliseconds / 1_000) s"
        case ..<36_000_000: "\(milliseconds / 60_000) min"
        case ..<864_000_000: "\(milliseconds / 3_600_000) h"
        case ..<864_000_000_000: "\(milliseconds / 86_400_000) d"
        default: "long"
        }
    }

    /// `1.2e+30`: by hand, since the plain text of a number can have seventeen digits.
    private static func exponential(_ number: Double) -> String {
        guard number.isFinite, number != 0 else { return "-" }
        let text = "\(number)"
        guard let mark = text.lastIndex(of: "e") else { return text.shortened(to: shownCharacters) }
        return String(text[..<mark].prefix(exponentDigits) + text[mark...])
    }

    /// Whole numbers below it are exact.
    private static let exactMax = 9e15
    private static let smallest = 0.0005
    private static let shownCharacters = 10
    private static let exponentDigits = 4
}
