import Fleet
import Lifecycle
import Pages
import TestSupport
import Testing

@testable import Hub

@Suite("alert rates over time")
struct AlertRatesTests {
    private let model: ModelName
    private var rates = AlertRates()

    init() throws { model = try ModelName("http-anomaly") }

    /// A fleet of one slot, with what both versions scored and how often they alerted.
    private func report(
        stable: (Int64, Int64), candidate: (Int64, Int64), epoch: Int64 = 12,
        isTrial: Bool = true
    ) throws -> FleetReport {
        var record = SampleFleet.busy(0)
        func counts(_ told: (Int64, Int64)) -> VersionCounts {
            var counts = VersionCounts()
            counts.scored = told.0
            counts.labels = ["attack": told.1, "normal": told.0 - told.1]
            return counts
        }
        record.versions = ["7": counts(stable), "8": counts(candidate)]
        var deployment = try SampleFleet.deployment(epoch)
        if !isTrial {
            deployment = Deployment(
                model: deployment.model, epoch: epoch, stable: deployment.stable, salt: 1)
        }
        return try SampleFleet.report(wanted: deployment, announced: deployment, [record])
    }

    @Test("a point is what came since the one before, and not oftener than every few seconds")
    mutating func points() throws {
        rates.take([try report(stable: (100, 5), candidate: (10, 1))], nowMs: 0)
        #expect(rates.points(of: model).isEmpty)
        rates.take([try report(stable: (150, 6), candidate: (20, 2))], nowMs: 1_000)
        #expect(rates.points(of: model).isEmpty)
        rates.take([try report(stable: (300, 9), candidate: (30, 4))], nowMs: 5_000)
        #expect(
            rates.points(of: model) == [
                AlertRatePoint(
                    atMs: 5_000, stableRecords: 200, stableAlerts: 4, candidateRecords: 20,
                    candidateAlerts: 3)
            ])
    }

    @Test("a worker that began anew makes no point, and what it counts from then on does")
    mutating func restarts() throws {
        rates.take([try report(stable: (100, 5), candidate: (10, 1))], nowMs: 0)
        rates.take([try report(stable: (20, 1), candidate: (2, 0))], nowMs: 5_000)
        #expect(rates.points(of: model).isEmpty)
        rates.take([try report(stable: (60, 2), candidate: (6, 0))], nowMs: 10_000)
        #expect(rates.points(of: model).map(\.stableRecords) == [40])
    }

    @Test("they end with the trial")
    mutating func ends() throws {
        rates.take([try report(stable: (100, 5), candidate: (10, 1))], nowMs: 0)
        rates.take([try report(stable: (200, 5), candidate: (20, 1))], nowMs: 5_000)
        #expect(rates.points(of: model).count == 1)
        rates.take(
            [try report(stable: (300, 5), candidate: (20, 1), isTrial: false)], nowMs: 10_000)
        #expect(rates.points(of: model).isEmpty)
    }

    @Test("however long a trial takes, so many points are kept, and no record of it is lost")
    mutating func bounded() throws {
        let turns: Int64 = 1_000
        for turn in 0...turns {
            rates.take(
                [try report(stable: (turn * 10, turn), candidate: (turn, 0))],
                nowMs: turn * AlertRates.everyMs)
        }
        let points = rates.points(of: model)
        #expect(points.count <= AlertRatePoint.kept)
        #expect(points.map(\.stableRecords).reduce(0, +) == turns * 10)
        #expect(points.map(\.stableAlerts).reduce(0, +) == turns)
        #expect(points.last?.atMs == turns * AlertRates.everyMs)
    }
}
