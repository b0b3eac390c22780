import Lifecycle

/// Text from anywhere as text of a page: the one place in which this room escapes.
enum VisibleText {
    /// Nothing in the result begins markup, ends an attribute, or is invisible: control and
    /// bidirectional characters and those without width stand as `\u{202e}`.
    static func escaped(_ text: String) -> String {
        var shown = ""
        shown.reserveCapacity(text.utf8.count)
        for scalar in text.printable.unicodeScalars {
            switch scalar {
            case "&": shown += "&amp;"
            case "<": shown += "&lt;"
            case ">": shown += "&gt;"
            case "\"": shown += "&quot;"
            case "'": shown += "&#39;"
            case _ where isUnseen(scalar):
                shown += "\\u{" + String(scalar.value, radix: 16) + "}"
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }

    /// At most `limit` scalars, with `…` where something was cut.
    ///
    /// A single character can be made of thousands of scalars.
    static func bounded(_ text: String, _ limit: Int) -> String {
        let scalars = text.unicodeScalars
        guard scalars.count > limit else { return text }
        return String(String.UnicodeScalarView(scalars.prefix(max(0, limit - 1)))) + "…"
    }

    /// Whether nobody sees it, and two names that differ by it look the same; joiners stay, which
    /// scripts and emoji need.
    private static func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xAD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B...0x180F, 0x200B, 0x2060...0x2065,
            0x206A...0x206F, 0x3164, 0xFEFF, 0xFFA0, 0xFFF0...0xFFFB, 0xE0000...0xE0FFF:
            true
        default: scalar.value & 0xFFFE == 0xFFFE
        }
    }
}
