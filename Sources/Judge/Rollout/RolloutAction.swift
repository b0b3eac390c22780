package import Lifecycle

/// What a rollout asks of the deployment: one transaction with the state after it, conditional on
/// the epoch; a conflict undoes both.
package struct RolloutAction: Sendable, Equatable {
    package enum Act: Sendable, Equatable {
        /// The candidate in that mode, at that share.
        case set(Candidate.Mode, Share, version: Int)
        /// The candidate becomes stable.
        case promote(version: Int)
        /// The version before it shadows it.
        case shadowPrevious(version: Int, Share)
        /// No candidate any more.
        case drop
        /// Back to the version that was stable at the beginning.
        case rollback(version: Int)
    }

    package let act: Act
    /// The epoch that the deployment must have; the state after it expects the next.
    package let expect: Int64

    package init(_ act: Act, expect: Int64) {
        self.act = act
        self.expect = expect
    }

    /// The change of the deployment that it is, versions by number.
    ///
    /// - Parameter current: the candidate that the deployment has now.
    package func change(candidate current: Int?) -> DeploymentChange<Int> {
        switch act {
        case .set(.canary, let share, let version): .canary(version, share)
        case .set(.shadow, let share, let version): .shadow(version, share)
        case .promote(let version): current == version ? .complete : .promote(version)
        case .shadowPrevious(let version, let share): .shadow(version, share)
        case .drop: .abort
        // A plain rollback would drop the shadow alone.
        case .rollback(let version): .rollbackTo(version)
        }
    }

    package var json: JSONValue {
        var fields: [String: JSONValue] = ["expect": .int(expect)]
        switch act {
        case .set(let mode, let share, let version):
            fields["do"] = "set"
            fields["mode"] = .string(mode.rawValue)
            fields["share"] = .count(share.tenThousandths)
            fields["version"] = .count(version)
        case .promote(let version):
            fields["do"] = "promote"
            fields["version"] = .count(version)
        case .shadowPrevious(let version, let share):
            fields["do"] = "shadow-previous"
            fields["version"] = .count(version)
            fields["share"] = .count(share.tenThousandths)
        case .drop: fields["do"] = "drop"
        case .rollback(let version):
            fields["do"] = "rollback"
            fields["version"] = .count(version)
        }
        return .object(fields)
    }
}
