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
        guard let trust else { return try change(order) }
        return try change(order) { announcement throws(SwerveError) in
            let issuedAtMs = Timestamp.milliseconds(of: order.note.at) ?? 0
            do throws(SwerveError) {
                _ = try trust.believe(
                    announcement, key: Array(order.model.description.utf8),
                    appended: .claimed(issuedAtMs))
            } catch {
                throw SwerveError(
                    .refused, act: order.act,
                    reason: "nothing was changed, since the workers' trust file would refuse it: "
                        + error.reason,
                    problem: Problem(.workersRefuse, [.model: "\(order.model)"]))
            }
        }
    }
}
