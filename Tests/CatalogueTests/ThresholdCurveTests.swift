import Lifecycle
import TestSupport
import Testing

@testable import Catalogue

@Suite("thresholds over a sample of scores")
struct ThresholdCurveTests {
    private typealias Request = (score: Double, known: ScoreSample.Known)

    private func curve(_ requests: [Request]) -> ThresholdCurve {
        var sample = ScoreSample()
        for (score, known) in requests { sample.add(score, known) }
        return ThresholdCurve(sample)
    }

    /// What the definition says: an alert is a score above the threshold.
    private func counted(_ requests: [Request], above threshold: Double) -> ThresholdCurve.Point {
        let alerts = requests.filter { $0.score > threshold }
        return .init(
            threshold: threshold, alerts: alerts.count,
            truePositives: alerts.count { $0.known == .positive },
            falsePositives: alerts.count { $0.known == .negative })
    }

    /// Requests with many equal scores, among them 0 with both signs.
    private func drawn(_ generator: inout SeededGenerator, labels: Bool) -> [Request] {
        let count = Int.random(in: 0...60, using: &generator)
        let allSteps: [Double] = [1, 3, 10, 1_000]
        let scales: [Double] = [1e-9, 0.1, 1, 1e300]
        let steps = allSteps.randomElement(using: &generator) ?? 1
        let scale = scales.randomElement(using: &generator) ?? 1
        return (0..<count).map { _ in
            let step = (Double.random(in: -1...1, using: &generator) * steps).rounded()
            let known: [ScoreSample.Known] =
                labels ? [.positive, .negative, .negative, .unknown] : [.unknown]
            return (step * scale, known.randomElement(using: &generator) ?? .unknown)
        }
    }

    @Test("each point is what the definition says", arguments: [1, 2, 3])
    func points(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let requests = drawn(&generator, labels: true)
            let curve = curve(requests)
            var alerts: [Int] = []
            curve.forEachCut { cut in
                let point = curve.point(of: cut)
                #expect(point == counted(requests, above: point.threshold))
                #expect(curve.point(at: point.threshold) == point)
                alerts.append(point.alerts)
                return true
            }
            // One for each place between different scores, from none to all.
            #expect(alerts.count == Set(requests.map(\.score)).count + 1)
            #expect(alerts == alerts.sorted() && alerts.last == requests.count)
            for point in curve.overview() {
                #expect(point == counted(requests, above: point.threshold) && point.alerts > 0)
            }
            #expect(curve.overview().isEmpty == requests.isEmpty)
        }
    }

    @Test("the choice is the best of all thresholds that keep within the budget")
    func choices() {
        var generator = SeededGenerator(seed: 7)
        var met = 0
        for round in 0..<2_000 {
            let requests = drawn(&generator, labels: round % 4 != 0)
            let bound = Double.random(in: 0...1, using: &generator)
            let budget: ThresholdBudget =
                switch round % 3 {
                case 0: .alerts(perDay: bound * 1_000, ofRequests: 1_000)
                case 1: .falsePositiveRate(bound)
                default: .precision(bound)
                }
            let negatives = requests.count { $0.known == .negative }
            let within = Set(requests.map(\.score).flatMap { [$0, $0.nextDown] })
                .map { counted(requests, above: $0) }
                .filter { point in
                    guard point.alerts > 0 else { return false }
                    let known = Double(point.truePositives + point.falsePositives)
                    return switch budget {
                    case .alerts:
                        Double(point.alerts) * 1_000 <= bound * 1_000 * Double(requests.count)
                    case .falsePositiveRate:
                        Double(point.falsePositives) <= bound * Double(negatives)
                    case .precision:
                        point.truePositives > 0 && Double(point.truePositives) >= bound * known
                    }
                }
            switch curve(requests).choice(within: budget) {
            case .unmet: #expect(within.isEmpty, "\(budget) \(requests)")
            case .met(let point):
                met += 1
                #expect(point == counted(requests, above: point.threshold))
                if case .precision = budget {
                    let best = within.map(\.truePositives).max()
                    #expect(point.truePositives == best)
                    let cheapest = within.filter { $0.truePositives == best }
                        .map(\.falsePositives).min()
                    #expect(point.falsePositives == cheapest)
                } else {
                    #expect(point.alerts == within.map(\.alerts).max())
                }
            }
        }
        #expect(met > 200)
    }

    @Test("a score that too many share gives no alert within the budget, and is told")
    func ties() {
        let requests: [Request] = (0..<10).map { ($0 < 4 ? 2 : 1, $0 < 2 ? .positive : .negative) }
        let curve = curve(requests)
        let few = curve.choice(within: .alerts(perDay: 300, ofRequests: 1_000))
        guard case .unmet(let reason) = few else {
            Issue.record("\(few)")
            return
        }
        #expect(reason.contains("4 of 10 requests") && reason.contains("400 alerts a day"))
        guard
            case .met(let point) = curve.choice(
                within: .alerts(perDay: 400, ofRequests: 1_000))
        else {
            Issue.record("4 alerts keep within 400 a day")
            return
        }
        #expect(point.alerts == 4 && (1..<2).contains(point.threshold))
        #expect(curve.choice(within: .falsePositiveRate(0.24)) != .met(point))
        #expect(curve.choice(within: .falsePositiveRate(0.25)) == .met(point))
        #expect(curve.choice(within: .precision(0.5)) == .met(point))
        guard case .unmet = curve.choice(within: .precision(0.51)) else {
            Issue.record("half of the alerts are of the class")
            return
        }
    }

    @Test("a rate that is met exactly is met", arguments: [(29, 0.29), (57, 0.57), (58, 0.58)])
    func exactRate(alerts: Int, rate: Double) {
        let requests: [Request] = (0..<100).map { (Double(100 - $0), .negative) }
        let curve = curve(requests)
        guard case .met(let point) = curve.choice(within: .falsePositiveRate(rate)) else {
            Issue.record("\(alerts) of 100 are \(rate)")
            return
        }
        #expect(point.falsePositives == alerts)
    }

    @Test("a precision that is met exactly is met")
    func exactPrecision() {
        let requests: [Request] = (0..<100).map { (1, $0 < 55 ? .positive : .negative) }
        let curve = curve(requests)
        guard case .met(let point) = curve.choice(within: .precision(0.55)) else {
            Issue.record("55 of 100 are 0.55")
            return
        }
        #expect(point.truePositives == 55 && point.falsePositives == 45)
    }

    @Test("a threshold has few digits, and lies between the scores that it parts")
    func digits() {
        #expect(ThresholdCurve.threshold(from: 0.2, below: 1.4) == 1)
        #expect(ThresholdCurve.threshold(from: 0.21, below: 0.29) == 0.25)
        #expect(ThresholdCurve.threshold(from: -0.4, below: 0.3) == 0)
        #expect(ThresholdCurve.threshold(from: 5, below: nil) == 5)
        #expect(ThresholdCurve.threshold(from: nil, below: 5) < 5)
        for low in [0, 1, -1, 1e-300, 1e300, 0.1, -0.0] {
            let high = low.nextUp
            let found = ThresholdCurve.threshold(from: low, below: high)
            #expect(low <= found && found < high)
        }
        let huge = Double.greatestFiniteMagnitude
        let middle = ThresholdCurve.threshold(from: -huge, below: huge)
        #expect(middle == 0)
    }

    @Test("Wilson's interval is that of the literature, also at 0 and 1")
    func wilson() throws {
        let cases: [(Int, Int, Double, Double)] = [
            (8, 10, 0.490162, 0.943318), (0, 10, 0, 0.277533), (10, 10, 0.722467, 1),
            (50, 100, 0.403832, 0.596168), (1, 1, 0.206549, 1),
        ]
        for (part, whole, low, high) in cases {
            let interval = try #require(Proportion(part, of: whole).interval)
            #expect(abs(interval.lowerBound - low) < 1e-6, "\(part) of \(whole)")
            #expect(abs(interval.upperBound - high) < 1e-6, "\(part) of \(whole)")
        }
        #expect(Proportion(0, of: 0).interval == nil && Proportion(0, of: 0).value == nil)
    }
}
