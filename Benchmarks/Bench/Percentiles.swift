import Lifecycle

/// The percentiles of times in microseconds, by nearest rank.
struct Percentiles {
    let count: Int
    private let sorted: [UInt32]

    /// Sorts `times` in place.
    init(_ times: inout [UInt32]) {
        times.sort()
        sorted = times
        count = times.count
    }

    /// In milliseconds; nil where there are no times.
    ///
    /// - Parameter share: above 0, 1 at most.
    func value(_ share: Double) -> Double? {
        guard !sorted.isEmpty else { return nil }
        let rank = Int((share * Double(count)).rounded(.up))
        return Double(sorted[min(max(rank, 1), count) - 1]) / 1_000
    }

    /// In milliseconds.
    var json: JSONValue {
        var fields: [String: JSONValue] = ["count": .int(Int64(count))]
        for (name, share) in [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("max", 1)] {
            fields[name] = value(share).map { .double($0) } ?? .null
        }
        return .object(fields)
    }
}
