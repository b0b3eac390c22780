import Lifecycle
import Platform
import Registry
import Web

/// What `/readyz` says: whether the registry's file is there, is sound where it is looked at, and
/// takes what is written.
///
/// Any thread. A look at the file holds for a second, since everybody may ask.
final class HubReadiness: Sendable {
    private let leader: HubLeader
    private let looked = Guarded<(atNs: UInt64, fault: SwerveError?)?>(nil)

    init(_ leader: HubLeader) { self.leader = leader }

    func answer() -> HTTPResponse {
        do throws(SwerveError) {
            guard try leader.registry.isInPlace() else {
                return .text(
                    "another file was put in the registry's place: start the hub again",
                    status: 503)
            }
            // A hub that leads, or would, writes its lease every few seconds.
            if let fault = leader.registry.writeFault ?? look(at: MonotonicClock.now) {
                return .text(fault.description, status: 503)
            }
            let other = try leader.othersLease(in: leader.registry)
            let others = other.map { "follows \($0.holder)" } ?? "nobody leads"
            return .text(leader.isLeading ? "ready; leads" : "ready; \(others)")
        } catch {
            return .text(error.description, status: 503)
        }
    }

    /// What is wrong with the file, seen through a connection that has read nothing of it before.
    private func look(at now: UInt64) -> SwerveError? {
        looked.withLock { looked in
            if let looked, now &- looked.atNs < Self.lookNs { return looked.fault }
            var fault: SwerveError?
            do throws(SwerveError) {
                let registry = try Registry.open(path: leader.registry.path, access: .readOnly)
                _ = try registry.auditHead()
            } catch {
                fault = error
            }
            looked = (now, fault)
            return fault
        }
    }

    private static let lookNs: UInt64 = 1_000_000_000
}
