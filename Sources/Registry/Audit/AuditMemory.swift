import Lifecycle
import Platform

/// What one connection has read of the audit chain, so that the next look reads only what came
/// since: one change of a deployment looks at the chain several times.
///
/// It holds as long as no other connection writes to the file (SQLite's `data_version`); this one
/// only adds entries.
final class AuditMemory: Sendable {
    /// Entries whose hashes were found to follow one from the other.
    struct Links {
        let oldest: Int64
        let head: (sequence: Int64, hash: Digest)
    }

    private struct State {
        var version: Int64?
        var links: Links?
        /// By the text that they were found by.
        var told: [String: [AuditTold]] = [:]

        /// Forgets all that another connection may have changed.
        mutating func bring(to version: Int64) {
            guard version != self.version else { return }
            self = State(version: version)
        }
    }

    private let state = Guarded(State())
    private static let needlesMax = 64

    func links(at version: Int64) -> Links? {
        state.withLock { state in
            state.bring(to: version)
            return state.links
        }
    }

    func keep(_ links: Links, at version: Int64) {
        state.withLock { state in
            state.bring(to: version)
            state.links = links
        }
    }

    /// Those that were found by the same text before.
    func told(_ needle: String, at version: Int64) -> [AuditTold] {
        state.withLock { state in
            state.bring(to: version)
            return state.told[needle] ?? []
        }
    }

    func keep(_ entries: [AuditTold], of needle: String, at version: Int64) {
        state.withLock { state in
            state.bring(to: version)
            if state.told.count >= Self.needlesMax { state.told = [:] }
            state.told[needle] = entries
        }
    }
}

/// Which entry tells of something, without the entry.
struct AuditTold: Sendable, Equatable {
    let sequence: Int64
    let hash: Digest
    let act: AuditAct?
    let version: Int64?
    /// Of a change of a deployment.
    let epoch: Int64?

    init(_ row: CheckedRow) throws(SwerveError) {
        sequence = try row.integer("sequence", in: 1...Int64.max - 1)
        hash = try row.digest("hash")
        act = (try? row.text("act")).flatMap(AuditAct.init(rawValue:))
        version = (try? row.optionalInteger("version", in: 1...Int64.max)) ?? nil
        epoch = (try? row.optionalInteger("epoch", in: RegistryBounds.epochs)) ?? nil
    }

    /// Whether it is how the version came into the registry.
    func registers(_ version: Int) -> Bool {
        self.version == Int64(version) && (act == .register || act == .imported)
    }
}
