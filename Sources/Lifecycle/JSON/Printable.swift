extension String {
    /// The string with control characters escaped, so that hostile input cannot drive a terminal.
    ///
    /// Covers C0, DEL, C1, and the bidirectional controls that reorder what a person reads.
    package var printable: String {
        guard unicodeScalars.contains(where: { $0.isHostileToTerminals }) else { return self }
        var result = ""
        for scalar in unicodeScalars {
            if scalar.isHostileToTerminals {
                result += "\\u{" + String(scalar.value, radix: 16) + "}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// At most `limit` scalars, with `…` where something was cut.
    ///
    /// Scalars, since one character can be a letter with a megabyte of marks on it; so what comes
    /// back has four times `limit` bytes at most, and no more of the text is looked at.
    package func shortened(to limit: Int) -> String {
        let scalars = unicodeScalars
        let whole = scalars.prefix(max(0, limit))
        guard whole.endIndex < scalars.endIndex else { return self }
        return String(scalars.prefix(max(0, limit - 1))) + "…"
    }
}

extension Unicode.Scalar {
    /// Whether a terminal could be driven by it, or a line broken or reordered.
    ///
    /// All are in the basic plane.
    var isHostileToTerminals: Bool {
        switch value {
        case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069:
            true
        default: false
        }
    }
}
