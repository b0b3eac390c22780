import Glibc
import Judge
import Lifecycle

/// Two workers on a simulated stream: clients come as in the logs, and what falls into the share is
/// counted by cell as workers count it.
struct SimulatedFleet {
    private let traffic: SampledTraffic
    private let terms: RolloutTrialTerms
    private var numbers: SeededNumbers
    /// The records of the seconds to come, by second.
    private var coming: [[Record]]
    private var second = 0
    private let salt: UInt32
    /// In how many copies the logged site is there.
    private let copies: Int
    private let visitsASecond: Double
    private let scansASecond: Double
    private(set) var slots: [SlotCounts] = []
    private var times: [Times]
    private var sinceSample = [Int](repeating: 0, count: slotCount)

    private struct Record {
        let slot: UInt8
        let cell: UInt8
        let verdicts: SampledTraffic.Verdicts
    }

    /// ln(µs) of a slot's sampled records, by version.
    private struct Times {
        var count: Int64 = 0
        var stable = 0.0
        var candidate = 0.0
    }

    private static let slotCount = 2
    private static let sampledOneOf = 64

    init(_ traffic: SampledTraffic, _ terms: RolloutTrialTerms, _ numbers: SeededNumbers) {
        self.traffic = traffic
        self.terms = terms
        self.numbers = numbers
        salt = UInt32(truncatingIfNeeded: self.numbers.next())
        coming = [[Record]](repeating: [], count: traffic.longest)
        let visit = SampledTraffic.meanSize(traffic.visits)
        visitsASecond = terms.rate * (1 - terms.attackShare) / visit
        scansASecond = terms.rate * terms.attackShare / SampledTraffic.meanSize(traffic.scans)
        copies = max(1, Int(terms.rate / terms.loggedRate))
        times = [Times](repeating: Times(), count: Self.slotCount)
    }

    /// All slots count another comparison, from 0.
    mutating func begin(comparison: String) {
        slots = (0..<Self.slotCount).map {
            SlotCounts(
                slot: SlotID(group: "g", slot: $0), incarnation: "a", comparison: comparison,
                cells: CellCounts())
        }
        for index in coming.indices { coming[index].removeAll(keepingCapacity: true) }
    }

    /// One second goes by.
    ///
    /// - Parameters:
    ///   - share: which part both versions score; 0 without a candidate.
    ///   - isReversed: whether the candidate has become the stable version.
    mutating func tick(nowMs: Int64, share: Share?, isReversed: Bool) {
        let hour = Int(nowMs / 3_600_000 % 24)
        arrive(poisson(visitsASecond * traffic.hours[hour]), isScan: false, share)
        arrive(poisson(scansASecond), isScan: true, share)
        let place = second % coming.count
        if !slots.isEmpty {
            for record in coming[place] { count(record, isReversed) }
            tell(isReversed)
        }
        coming[place].removeAll(keepingCapacity: true)
        second += 1
    }

    // MARK: - Clients

    private mutating func arrive(_ count: Int, isScan: Bool, _ share: Share?) {
        let visits = isScan ? traffic.scans : traffic.visits
        let requests = isScan ? traffic.attacks : traffic.normal
        for _ in 0..<count {
            let visit = visits[numbers.below(visits.count)]
            let copy = numbers.below(copies)
            let start = numbers.below(requests.count)
            guard let share else { continue }
            // The client's number and its copy's, as twelve bytes.
            let hash = CanaryBucket.hash(
                partition: Int32(isScan ? -1 - visit.client : visit.client), offset: Int64(copy),
                salt: salt)
            guard CanaryBucket.bucket(hash: hash) < share.tenThousandths else { continue }
            let cell = UInt8(RecordCell(hash: hash, isKeyed: true).index)
            let slot = UInt8(hash >> 8 & 1)
            for (index, offset) in visit.seconds.enumerated() {
                coming[(second + Int(offset)) % coming.count].append(
                    Record(
                        slot: slot, cell: cell,
                        verdicts: requests[(start + index) % requests.count]))
            }
        }
    }

    /// Knuth's way: rates are small.
    private mutating func poisson(_ mean: Double) -> Int {
        var count = 0
        var rest = mean
        // In parts, so that no factor vanishes.
        while rest > 0 {
            let floor = exp(-min(rest, 16))
            var product = numbers.unit()
            while product > floor {
                count += 1
                product *= numbers.unit()
            }
            rest -= 16
        }
        return count
    }

    // MARK: - Counts

    private mutating func count(_ record: Record, _ isReversed: Bool) {
        let slot = Int(record.slot)
        let cell = Int(record.cell)
        let old = record.verdicts & 2 != 0
        let new = record.verdicts & 1 != 0
        let (stable, candidate) = isReversed ? (new, old) : (old, new)
        slots[slot].cells?[cell, .pairs] += 1
        if stable { slots[slot].cells?[cell, .alerts] += 1 }
        if candidate, !stable { slots[slot].cells?[cell, .up] += 1 }
        if stable, !candidate { slots[slot].cells?[cell, .down] += 1 }
        slots[slot].keyed += 1
        sinceSample[slot] += 1
        guard sinceSample[slot] == Self.sampledOneOf else { return }
        sinceSample[slot] = 0
        times[slot].count += 1
        times[slot].stable += 3 + noise()
        times[slot].candidate += 3 + log(terms.slower) + noise()
    }

    /// Of the logarithm of a time: most within a factor of two.
    private mutating func noise() -> Double {
        let radius = (-2 * log(1 - numbers.unit())).squareRoot()
        return 0.5 * radius * cos(2 * Double.pi * numbers.unit())
    }

    private mutating func tell(_ isReversed: Bool) {
        for slot in slots.indices where times[slot].count > 0 {
            let (count, size) = (times[slot].count, Double(times[slot].count))
            let stable = Moments(count: count, mean: times[slot].stable / size, squares: 0)
            let candidate = Moments(count: count, mean: times[slot].candidate / size, squares: 0)
            slots[slot].stableLogMicros = isReversed ? candidate : stable
            slots[slot].candidateLogMicros = isReversed ? stable : candidate
        }
    }
}
