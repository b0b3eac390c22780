package import Lifecycle
import Platform

/// The right to lead: taken, renewed and given up in transactions of their own.
extension Registry {
    /// Who leads, or led last; nil where no hub ever did.
    package func lease() throws(SwerveError) -> HubLease? {
        try read(Self.leaseAct) { try $0.lease.current() }
    }

    /// Takes the right to lead, under a term of its own.
    ///
    /// - Parameters:
    ///   - isAlone: whether the claim's process holds the lock that a leader holds while it lives.
    ///   - now: of the claim; tests give another.
    /// - Returns: the lease as it is now: the claim's, or that of the process that leads.
    package func takeLease(
        _ claim: LeaseClaim, isAlone: Bool = false, at now: BootMoment = .now
    ) throws(SwerveError) -> HubLease {
        try writeLease { transaction in
            let current = try transaction.lease.current()
            let term = claim.term(over: current, at: now, isAlone: isAlone)
            if let term {
                let at = Timestamp.text(ofMs: WallClock.nowMs)
                try transaction.lease.take(claim, term: term, at: at, now: now)
            }
            guard let lease = try transaction.lease.current() else {
                throw transaction.edited("the lease that was written is not there")
            }
            return lease
        }
    }

    /// Renews the right to lead.
    ///
    /// - Returns: false where it was lost: taken by another, given up, or over for so long that
    ///   another might have had it meanwhile.
    package func renewLease(
        incarnation: String, term: Int64, at now: BootMoment = .now
    ) throws(SwerveError) -> Bool {
        try writeLease { transaction in
            guard let lease = try transaction.lease.current(), lease.isLive(at: now),
                lease.incarnation == incarnation, lease.term == term
            else { return false }
            try transaction.lease.renew(term, now: now)
            return true
        }
    }

    /// Gives the right to lead up; nothing where it is another's.
    package func releaseLease(incarnation: String, term: Int64) throws(SwerveError) {
        try writeLease { transaction in
            guard let lease = try transaction.lease.current(), lease.incarnation == incarnation,
                lease.term == term
            else { return }
            try transaction.lease.release(term)
        }
    }

    static let leaseAct = "looking after the lease of the hub"
}
