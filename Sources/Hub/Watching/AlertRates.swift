import Fleet
import Lifecycle
import Pages

/// How often the stable version and a candidate alert, moment by moment, of each model that has a
/// candidate: a value that is told what the slots counted.
struct AlertRates: Sendable {
    /// What both versions had counted at a moment, over all slots.
    struct Counts: Sendable, Equatable {
        var records: Int64 = 0
        var alerts: Int64 = 0
    }

    private struct Track: Sendable {
        let stable: Int
        let candidate: Int
        var atMs: Int64
        var counts: (stable: Counts, candidate: Counts)
        var points: [AlertRatePoint] = []
    }

    private var tracks: [ModelName: Track] = [:]

    /// Of the comparison at hand, oldest first.
    func points(of model: ModelName) -> [AlertRatePoint] { tracks[model]?.points ?? [] }

    /// Takes in how the fleets stand at `nowMs`, of the clock of the wall.
    ///
    /// Models that have no candidate any more are forgotten, so that there are never more than
    /// reports.
    mutating func take(_ reports: [FleetReport], nowMs: Int64) {
        var kept: [ModelName: Track] = [:]
        for report in reports {
            guard let deployment = report.announced ?? report.wanted,
                let candidate = deployment.candidate?.deployed.version
            else { continue }
            kept[report.model] = follow(
                tracks[report.model], report, deployment, candidate, nowMs: nowMs)
        }
        tracks = kept
    }

    private func follow(
        _ former: Track?, _ report: FleetReport, _ deployment: Deployment, _ candidate: Int,
        nowMs: Int64
    ) -> Track {
        let stable = deployment.stable.version
        if let former, former.stable == stable, former.candidate == candidate,
            nowMs - former.atMs < Self.everyMs, nowMs >= former.atMs
        {
            return former
        }
        let versions = report.totals.versions
        let alerts = Set(deployment.settings.alerts)
        let counts = (
            stable: Self.counts(versions[stable], alerts),
            candidate: Self.counts(versions[candidate], alerts)
        )
        guard var track = former, track.stable == stable, track.candidate == candidate else {
            return Track(stable: stable, candidate: candidate, atMs: nowMs, counts: counts)
        }
        let point = AlertRatePoint(
            atMs: nowMs, stableRecords: counts.stable.records - track.counts.stable.records,
            stableAlerts: counts.stable.alerts - track.counts.stable.alerts,
            candidateRecords: counts.candidate.records - track.counts.candidate.records,
            candidateAlerts: counts.candidate.alerts - track.counts.candidate.alerts)
        track.atMs = nowMs
        track.counts = counts
        // Below 0 where a worker began anew.
        let differences = [
            point.stableRecords, point.stableAlerts, point.candidateRecords, point.candidateAlerts,
        ]
        guard differences.allSatisfy({ $0 >= 0 }) else { return track }
        guard point.stableRecords + point.candidateRecords > 0 else { return track }
        track.points.append(point)
        if track.points.count > AlertRatePoint.kept { track.points = Self.joined(track.points) }
        return track
    }

    private static func counts(_ version: FleetTotals.Version?, _ alerts: Set<String>) -> Counts {
        guard let counts = version?.counts else { return Counts() }
        let alerting = counts.labels.filter { alerts.contains($0.key) }.values
        return Counts(
            records: counts.scored, alerts: alerting.reduce(0, StatusCount.sum))
    }

    /// Each two as one.
    private static func joined(_ points: [AlertRatePoint]) -> [AlertRatePoint] {
        stride(from: 0, to: points.count, by: 2).map { place in
            var point = points[place]
            guard points.indices.contains(place + 1) else { return point }
            let next = points[place + 1]
            point.atMs = next.atMs
            point.stableRecords = StatusCount.sum(point.stableRecords, next.stableRecords)
            point.stableAlerts = StatusCount.sum(point.stableAlerts, next.stableAlerts)
            point.candidateRecords = StatusCount.sum(
                point.candidateRecords, next.candidateRecords)
            point.candidateAlerts = StatusCount.sum(point.candidateAlerts, next.candidateAlerts)
            return point
        }
    }

    /// Between two points, at least.
    static let everyMs: Int64 = 5_000
}
