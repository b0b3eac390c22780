import Lifecycle

/// Durations as people write them: `30m`, `1h30m`, `2d`.
package enum PlanDuration {
    private static let units: [(name: Character, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000),
    ]

    /// Milliseconds; nil for anything else, or above `RolloutPlan.longestMs`.
    package static func milliseconds(of text: String) -> Int64? {
        if text == "0" { return 0 }
        guard !text.isEmpty, text.utf8.count <= 40 else { return nil }
        var sum: Int64 = 0
        var digits = ""
        // Each unit once, the longer before the shorter.
        var rest = units[...]
        for character in text {
            if character.isASCII, character.isNumber {
                digits.append(character)
                continue
            }
            guard let at = rest.firstIndex(where: { $0.name == character }),
                let count = Int64(digits), count <= RolloutPlan.longestMs / rest[at].milliseconds
            else { return nil }
            sum += count * rest[at].milliseconds
            rest = rest[(at + 1)...]
            digits = ""
        }
        return digits.isEmpty && sum <= RolloutPlan.longestMs ? sum : nil
    }

    /// `1h30m`; below a second `0`.
    package static func text(_ milliseconds: Int64) -> String {
        var rest = milliseconds
        var text = ""
        for unit in units where rest >= unit.milliseconds {
            text += "\(rest / unit.milliseconds)\(unit.name)"
            rest %= unit.milliseconds
        }
        return text.isEmpty ? "0" : text
    }
}

extension TreeReader {
    /// Milliseconds of a duration; a bare number has no unit, and only 0 needs none.
    func duration(_ key: String) throws(SwerveError) -> Int64 {
        let value = try required(key)
        let text = value.string ?? value.int.map { "\($0)" }
        guard let text, let milliseconds = PlanDuration.milliseconds(of: text) else {
            throw refusal(
                key, "is \(value.text.shortened(to: 40)), no duration",
                remedy:
                    "write 30m, 1h30m or 2d, at most \(PlanDuration.text(RolloutPlan.longestMs))")
        }
        return milliseconds
    }

    /// A share as people write it: `25%`, or a fraction.
    func typedShare(_ key: String) throws(SwerveError) -> Share {
        let value = try required(key)
        guard let text = value.string ?? value.double.map({ _ in value.text }) else {
            throw refusal(key, "is no share", remedy: "write 25%")
        }
        do throws(SwerveError) {
            return try Share(text)
        } catch {
            throw refusal(
                key, "is '\(text.shortened(to: 40))': \(error.reason)", remedy: error.remedy)
        }
    }
}
