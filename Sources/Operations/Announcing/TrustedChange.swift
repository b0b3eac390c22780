import Lifecycle
import Registry

extension Registry {
    /// Carries an order out, unless workers would not believe what is to be announced.
    ///
    /// The trust sees the announcement's exact bytes inside the transaction: nothing is committed
    /// that is known to reach nobody.
    /// - Parameter trust: as the workers have it; nil where that is not known.
    /// - Throws: as `change`; `.refused` where the trust refuses, nothing being changed.
    func change(
        _ order: ChangeOrder, believedBy trust: TrustPolicy?
    ) throws(SwerveError) -> Deployment {
        try change(order, accepted: order.acceptance(by: trust))
    }
}

extension ChangeOrder {
    /// What a transaction asks before it commits: whether workers would believe the announcement.
    ///
    /// - Parameter trust: as the workers have it; nil where that is not known: all is accepted.
    func acceptance(by trust: TrustPolicy?) -> (Announcement) throws(SwerveError) -> Void {
        { announcement throws(SwerveError) in
            guard let trust else { return }
            let issuedAtMs = Timestamp.milliseconds(of: note.at) ?? 0
            do throws(SwerveError) {
                _ = try trust.believe(
                    announcement, key: Array(model.description.utf8),
                    appended: .claimed(issuedAtMs))
            } catch {
                throw SwerveError(
                    .refused, act: act,
                    reason: "nothing was changed, since the workers' trust file would refuse it: "
                        + error.reason,
                    problem: Problem(.workersRefuse, [.model: "\(model)"]))
            }
        }
    }
}
