package import Lifecycle

/// How a candidate becomes stable: steps, what is proven at each, and what happens otherwise.
///
/// A value that has been checked: `PlanReader` reads what people write, `init(_:act:)` what a
/// registry keeps.
package struct RolloutPlan: Sendable, Equatable {
    package struct Step: Sendable, Equatable {
        /// What has to be so before the next step.
        package enum Requirement: String, Sendable, CaseIterable {
            /// The judge says pass at that moment.
            case pass
            /// No guard has failed.
            case noFail = "no-fail"
        }

        /// Who opens the way to the next step.
        package enum Gate: String, Sendable, CaseIterable {
            case auto, manual
        }

        package var mode: Candidate.Mode
        package var share: Share
        /// Exposure: time in which the fleet had converged and the controller was awake.
        package var minMs: Int64
        package var minPairs: Int64
        /// Wall clock in which the step runs.
        package var maxMs: Int64
        package var require: Requirement
        package var gate: Gate
    }

    /// After full promotion: the previous version shadows the new one.
    package struct Bake: Sendable, Equatable {
        package var share: Share
        /// Exposure; 0 is no bake.
        package var ms: Int64
        package var maxMs: Int64
    }

    /// What has to be replayed before the first step.
    package struct Replay: Sendable, Equatable {
        /// By the timestamps of the records.
        package var ms: Int64
        package var require: Step.Requirement
    }

    package enum OnFail: String, Sendable, CaseIterable {
        case rollback, freeze
    }

    package enum OnInconclusive: String, Sendable, CaseIterable {
        case hold, rollback, advance
    }

    package enum OnNoData: String, Sendable, CaseIterable {
        case hold, rollback
        /// What no plan of people's may say, and what holds all the same: without data nothing
        /// goes forward.
        case advance
    }

    /// Nil where nothing has to be.
    package var replay: Replay?
    package var steps: [Step]
    package var bake: Bake
    package var onFail = OnFail.rollback
    package var onInconclusive = OnInconclusive.hold
    package var onNoData = OnNoData.hold
    package var blackouts: [Blackout] = []
    package var judge = JudgeSettings()
    /// Guards whose `abs` the plan names itself.
    package var namedAbs: Set<String> = []

    /// The plan of those who give none: the proof is made in the shadow, where a bad candidate
    /// decides nothing, and the canary's steps have only to show no failure.
    package static let standard = RolloutPlan(
        steps: [
            Step(.shadow, 2_500, minutes: 30, minPairs: 10_000, maxHours: 24, .pass),
            Step(.canary, 100, minutes: 10, minPairs: 500, maxHours: 6, .noFail),
            Step(.canary, 500, minutes: 10, minPairs: 2_500, maxHours: 6, .noFail),
            Step(.canary, 2_500, minutes: 20, minPairs: 10_000, maxHours: 6, .pass),
        ],
        bake: Bake(share: .of(2_500), ms: 1_800_000, maxMs: 7_200_000))

    package init(steps: [Step], bake: Bake) {
        self.steps = steps
        self.bake = bake
    }

    /// A guard that no rollout gets past without labels; nil where there is none.
    package var waitsForLabels: Guard? {
        let enforced = judge.guards.filter(\.isEnforced)
        let ofLabels = enforced.filter(\.source.isLabels)
        return ofLabels.first(where: \.isRequired)
            ?? (ofLabels.count == enforced.count ? ofLabels.first : nil)
    }

    package static let stepsMax = 32
    package static let blackoutsMax = 256
    /// Of a duration: ten years.
    package static let longestMs: Int64 = 3_650 * 86_400_000
}

/// Minutes of the week in which nothing is widened and nothing promoted; rollbacks always.
package struct Blackout: Sendable, Equatable {
    /// From the first minute to before the end; Monday 00:00 UTC is 0, the week has 10,080.
    package let first: Int
    package let end: Int

    /// Nil where it does not lie in the week, or is empty.
    package init?(first: Int, end: Int) {
        guard first >= 0, first < end, end <= Self.weekMinutes else { return nil }
        self.first = first
        self.end = end
    }

    package static let dayMinutes = 1_440
    package static let weekMinutes = 7 * dayMinutes

    /// The minute of the week at a time in milliseconds since 1970, a Thursday.
    package static func minute(ofMs milliseconds: Int64) -> Int {
        let whole = milliseconds / 60_000
        let minutes = milliseconds % 60_000 < 0 ? whole - 1 : whole
        let week = Int64(weekMinutes)
        return Int(((minutes % week) + Int64(3 * dayMinutes) + week) % week)
    }

    package func holds(minute: Int) -> Bool { first <= minute && minute < end }
}

extension RolloutPlan {
    package func isBlackout(atMs milliseconds: Int64) -> Bool {
        let minute = Blackout.minute(ofMs: milliseconds)
        return blackouts.contains { $0.holds(minute: minute) }
    }
}

extension RolloutPlan.Step {
    fileprivate init(
        _ mode: Candidate.Mode, _ share: Int, minutes: Int64, minPairs: Int64, maxHours: Int64,
        _ require: Requirement
    ) {
        self.init(
            mode: mode, share: .of(share), minMs: minutes * 60_000, minPairs: minPairs,
            maxMs: maxHours * 3_600_000, require: require, gate: .auto)
    }
}

extension Share {
    /// Of a constant.
    fileprivate static func of(_ tenThousandths: Int) -> Share {
        do throws(SwerveError) {
            return try Share(tenThousandths: tenThousandths)
        } catch {
            preconditionFailure("a constant that is no share: \(error)")
        }
    }
}
