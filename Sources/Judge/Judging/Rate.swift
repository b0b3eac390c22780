/// Numbers as people read them; no locale.
enum Rate {
    /// Of a share: how many in 10,000, to three digits.
    static func text(_ share: Double) -> String { number(share * 10_000) }

    /// To three digits or so: `0.12`, `3.46`, `12.3`, `1,234`.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "?" }
        let size = value.magnitude
        if size >= 100 { return (value < 0 ? "−" : "") + grouped(size) }
        let places = size >= 10 ? 1 : 2
        return decimal(value, places)
    }

    /// With the sign before it, plus too.
    static func signed(_ value: Double) -> String {
        value > 0 ? "+" + number(value) : number(value)
    }

    /// As short as it reads back the same.
    static func exact(_ value: Double) -> String {
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// Whole, with commas between thousands.
    static func grouped(_ value: Double) -> String {
        guard value.magnitude < 1e15 else { return "over 1,000,000,000,000,000" }
        var digits = Array("\(Int64(value.rounded()))")
        var at = digits.count - 3
        while at > 0, digits[at - 1].isNumber {
            digits.insert(",", at: at)
            at -= 3
        }
        return String(digits)
    }

    private static func decimal(_ value: Double, _ places: Int) -> String {
        let scale = places == 1 ? 10.0 : 100.0
        let scaled = Int64((value.magnitude * scale).rounded())
        let whole = scaled / Int64(scale)
        let rest = "\(scaled % Int64(scale))"
        let zeros = String(repeating: "0", count: places - rest.count)
        return (value < 0 && scaled > 0 ? "−" : "") + "\(whole).\(zeros)\(rest)"
    }
}
