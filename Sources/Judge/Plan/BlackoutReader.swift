import Lifecycle

/// Blackouts as people write them: `{days: fri-sun, from: "16:00", to: "08:00"}`, in UTC.
///
/// On each of the days from `from` to `to`; where `to` is not after `from`, to that time on the day
/// after. Without times it is the whole day.
enum BlackoutReader {
    private static let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    static let entriesMax = 64

    /// - Parameter plan: the object that has the entries.
    /// - Throws: for more than a registry keeps, and for what leaves no minute of the week free.
    static func blackouts(
        _ entries: [TreeReader], of plan: TreeReader
    ) throws(SwerveError) -> [Blackout] {
        var all: [Blackout] = []
        for entry in entries { all += try blackouts(entry) }
        guard all.count <= RolloutPlan.blackoutsMax else {
            throw plan.refusal(
                "blackouts",
                "come to \(all.count) parts of the week, the limit is \(RolloutPlan.blackoutsMax)",
                remedy: "name days together, as fri-sun")
        }
        guard !coverWeek(all) else {
            throw plan.refusal(
                "blackouts", "cover the whole week: the rollout could never go forward",
                remedy: "leave some time free")
        }
        return all
    }

    private static func coverWeek(_ all: [Blackout]) -> Bool {
        var free = 0
        for blackout in all.sorted(by: { $0.first < $1.first }) where blackout.first <= free {
            free = max(free, blackout.end)
        }
        return free >= Blackout.weekMinutes
    }

    private static func blackouts(_ tree: TreeReader) throws(SwerveError) -> [Blackout] {
        try tree.allow(["days", "from", "to"])
        try tree.refuseEmpty()
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
                    "days", "have '\(String(part).shortened(to: 40))', which is no day",
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
