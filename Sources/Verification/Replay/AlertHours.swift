/// Records and alerts by day and by hour of the week, in UTC, by what their timestamps say.
///
/// A value of bounded size; those of parts merge in any order to that of the whole.
package struct AlertHours: Sendable {
    package struct Tally: Sendable, Equatable {
        package var records: Int64 = 0
        /// Of the version, and of the one that it is held against.
        package var first: Int64 = 0
        package var second: Int64 = 0

        package init(records: Int64 = 0, first: Int64 = 0, second: Int64 = 0) {
            self.records = records
            self.first = first
            self.second = second
        }

        mutating func add(_ other: Tally) {
            records += other.records
            first += other.first
            second += other.second
        }

        var isEmpty: Bool { records == 0 }
    }

    package static let hoursOfWeek = 168
    /// More than ten years of days.
    package static let daysMax = 4_000

    /// By days since 1970.
    private var days: [Int64: Tally] = [:]
    private var hours = [Tally](repeating: Tally(), count: hoursOfWeek)
    /// Of days that found no room.
    private var others = Tally()
    /// Records that do not say when they were written.
    package private(set) var untimed: Int64 = 0
    /// The lowest and the highest timestamp, in milliseconds since 1970.
    package private(set) var span: ClosedRange<Int64>?
    private var hour: Int64 = 0
    private var open = Tally()

    package init() {}

    /// - Parameter milliseconds: since 1970; nil where the record does not say.
    package mutating func note(atMs milliseconds: Int64?, first: Bool, second: Bool) {
        guard let milliseconds else { return untimed += 1 }
        let now = Self.floor(milliseconds, Self.hourMs)
        if now != hour {
            flush()
            hour = now
        }
        open.records += 1
        if first { open.first += 1 }
        if second { open.second += 1 }
        if let known = span, known.contains(milliseconds) { return }
        span =
            min(
                span?.lowerBound ?? milliseconds, milliseconds)...max(
                span?.upperBound ?? milliseconds, milliseconds)
    }

    /// Takes in what is counted of the hour at hand.
    private mutating func flush() {
        guard !open.isEmpty else { return }
        put(open, day: Self.floor(hour, 24))
        hours[Self.hourOfWeek(hour)].add(open)
        open = Tally()
    }

    private mutating func put(_ tally: Tally, day: Int64) {
        if days[day] == nil, days.count >= Self.daysMax { return others.add(tally) }
        days[day, default: Tally()].add(tally)
    }

    package mutating func merge(_ other: AlertHours) {
        flush()
        var other = other
        other.flush()
        for (day, tally) in other.days.sorted(by: { $0.key < $1.key }) { put(tally, day: day) }
        for index in hours.indices { hours[index].add(other.hours[index]) }
        others.add(other.others)
        untimed += other.untimed
        guard let reach = other.span else { return }
        span =
            min(
                span?.lowerBound ?? reach.lowerBound, reach.lowerBound)...max(
                span?.upperBound ?? reach.upperBound, reach.upperBound)
    }

    /// The days that had records, by days since 1970, in their order.
    package var byDay: [(day: Int64, tally: Tally)] {
        var whole = self
        whole.flush()
        return whole.days.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// 168 hours, from Monday 00:00 UTC.
    package var byHour: [Tally] {
        var whole = self
        whole.flush()
        return whole.hours
    }

    /// Records of days beyond those that are kept.
    package var recordsOfOtherDays: Int64 {
        var whole = self
        whole.flush()
        return whole.others.records
    }

    /// The first day of 1970 was a Thursday.
    private static func hourOfWeek(_ hour: Int64) -> Int {
        let day = floor(hour, 24)
        let weekday = (day + 3) - floor(day + 3, 7) * 7
        return Int(weekday * 24 + hour - day * 24)
    }

    private static func floor(_ number: Int64, _ by: Int64) -> Int64 {
        let quotient = number / by
        return number % by < 0 ? quotient - 1 : quotient
    }

    private static let hourMs: Int64 = 3_600_000
}

extension AlertHours: Equatable {
    package static func == (left: AlertHours, right: AlertHours) -> Bool {
        let (mine, theirs) = (left.byDay, right.byDay)
        return mine.map(\.day) == theirs.map(\.day) && mine.map(\.tally) == theirs.map(\.tally)
            && left.byHour == right.byHour && left.untimed == right.untimed
            && left.span == right.span && left.recordsOfOtherDays == right.recordsOfOtherDays
    }
}
