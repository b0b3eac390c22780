import Lifecycle
import Platform

/// By what right a process writes to the registry.
package enum WriteAuthority: Sendable, Equatable {
    /// Whoever may write the file, while no hub leads it.
    case whileNoneLeads
    /// The hub that leads, under one term of its lease.
    case leader(incarnation: String, term: Int64)
    /// A hub that does not lead.
    case none
    /// Past a hub that leads, which the audit chain tells.
    case breakGlass(by: String)
}

extension WriteAuthority {
    /// An address to ask: one that stands for all of a machine is none, and the registry's file is
    /// on the hub's machine.
    static func ofThisMachine(
        _ address: String, host: String = ProcessIdentity.hostName
    ) -> String {
        for everywhere in ["://0.0.0.0:", "://[::]:"] where address.contains(everywhere) {
            return address.replacing(everywhere, with: "://\(host):", maxReplacements: 1)
        }
        return address
    }
}

extension RegistryTransaction {
    /// Holds who writes against the lease, inside the transaction that writes.
    ///
    /// - Returns: the lease that is passed over; nil where none is.
    /// - Throws: `.refused` where a hub leads, `.unavailable` for a hub that does not or no more.
    func require(_ authority: WriteAuthority, at now: BootMoment) throws -> HubLease? {
        let lease = try lease.current()
        let live = lease.flatMap { $0.isLive(at: now) ? $0 : nil }
        switch authority {
        case .leader(let incarnation, let term):
            guard let live, live.incarnation == incarnation, live.term == term else {
                throw notLeading(live, "this hub does not lead the registry any more")
            }
            return nil
        case .none: throw notLeading(live, "this hub does not lead the registry")
        case .breakGlass: return live
        case .whileNoneLeads:
            guard let live else { return nil }
            throw SwerveError(
                .refused, act: act, reason: "a hub leads the registry (\(live.holder))",
                problem: Problem(
                    .hubLeads,
                    [
                        .address: live.address.isEmpty
                            ? live.holder : WriteAuthority.ofThisMachine(live.address)
                    ]))
        }
    }

    private func notLeading(_ live: HubLease?, _ reason: String) -> SwerveError {
        SwerveError(
            .unavailable, act: act, reason: live.map { "\(reason): \($0.holder) does" } ?? reason,
            problem: Problem(
                .hubNotLeading,
                [.address: live.map { $0.address.isEmpty ? $0.holder : $0.address } ?? "none does"])
        )
    }

    /// Tells in the audit chain that somebody writes past a hub.
    func tell(passing lease: HubLease, by author: String) throws {
        try audit.append(
            .breakGlass, model: nil,
            note: ChangeNote(by: author, at: Timestamp.text(ofMs: WallClock.nowMs), reason: act),
            details: ["holder": .string(lease.holder), "term": .int(lease.term)])
    }
}
