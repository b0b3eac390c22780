import Lifecycle

/// Blackouts as people write them: `{days: fri-sun, from: "16:00", to: "08:00"}`, in UTC.
///
/// On each of the days from `from` to `to`; where `to` is not after `from`, to that time on the day
/// after. Without times it is the whole day.
enum BlackoutReader {
    private static let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    static let entriesMax = 64

    static func blackouts(_ tree: TreeReader) throws(SwerveError) -> [Blackout] {
        try tree.allow(["days", "from", "to"])
        let from = tree.value("from") == nil ? 0 : try time("from", tree)
        let to = tree.value("to") == nil ? Blackout.dayMinutes : try time("to", tree)
        guard from < Blackout.dayMinutes else {
            throw tree.refusal("from", "is the end of the day", remedy: "write 00:00")
        }
        let length = to > from ? to - from : to + Blackout.dayMinutes - from
        let numbers =
            tree.value("days") == nil ? Array(days.indices) : try dayNumbers(tree)
        return numbers.flatMap { day in
            let first = day * Blackout.dayMinutes + from
            let end = first + length
            // Sunday night goes on in Monday's morning, at the week's beginning.
            let week = Blackout.weekMinutes
            return [
                Blackout(first: first, end: min(end, week)),
                end > week ? Blackout(first: 0, end: end - week) : nil,
            ].compactMap(\.self)
        }
    }

    /// `fri-sun`, `sat`, `sat, sun`, or a list of such; a range may lead over the week's end.
    private static func dayNumbers(_ tree: TreeReader) throws(SwerveError) -> [Int] {
        let given = tree.value("days")
        let texts = given?.array?.map { $0.string ?? "" } ?? [given?.string ?? ""]
        guard texts.count <= days.count else { throw tree.refusal("days", "are more than a week") }
        var numbers: Set<Int> = []
        for part in texts.flatMap({ $0.split(separator: ",") }) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
                .map { $0.filter { $0 != " " }.lowercased() }
            guard ends.count <= 2, let first = ends.first.flatMap(days.firstIndex(of:)),
                let last = ends.last.flatMap(days.firstIndex(of:))
            else {
                throw tree.refusal(
                    "days", "have '\(part.prefix(40))', which is no day",
                    remedy: "write \(days.joined(separator: ", ")), or fri-sun")
            }
            let count = (last - first + days.count) % days.count + 1
            for step in 0..<count { numbers.insert((first + step) % days.count) }
        }
        guard !numbers.isEmpty else { throw tree.refusal("days", "are none") }
        return numbers.sorted()
    }

    /// Minutes of `HH:MM`, to 24:00.
    private static func time(_ key: String, _ tree: TreeReader) throws(SwerveError) -> Int {
        let text = tree.value(key)?.string ?? ""
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2,
            parts.allSatisfy({ $0.utf8.count == 2 && $0.allSatisfy(\.isNumber) }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60,
            hour * 60 + minute <= Blackout.dayMinutes
        else {
            throw tree.refusal(
                key, "is no time of the day", remedy: "write it as \"16:00\", in UTC")
        }
        return hour * 60 + minute
    }
}
