package import Inputs
package import Lifecycle
import Platform
package import SchemaRegistry

/// The schemas of records of Avro, for readers that may wait for them; any thread.
///
/// They are asked for as workers ask, and kept within a bound. Where a registry says nothing of a
/// schema in time, all that name it are told so at once for a while, so that a registry that is
/// away is waited for once and not for each record.
package final class RecordSchemas: Sendable {
    package enum Finding: Sendable {
        case known(AvroSchema)
        /// Workers refuse the record too.
        case refused(RejectReason)
        /// Nobody can say, and why.
        case missing(String)
    }

    private let service: SchemaService
    private let patienceMs: Int
    private let missing = Guarded<[SchemaIdentity: (words: String, until: UInt64)]>([:])

    /// - Parameters:
    ///   - settings: how workers reach the registry.
    ///   - state: the workers' state folder, of which is only read what they kept.
    ///   - service: whose they are there: a model and a group.
    ///   - patienceMs: how long a registry may take for one schema.
    /// - Throws: `.system` where no thread or descriptor is left.
    package init(
        _ settings: SchemaRegistrySettings, state: String,
        of service: (model: String, group: String), patienceMs: Int = 30_000
    ) throws(SwerveError) {
        var bounds = SchemaBounds()
        bounds.entries = 1_000
        bounds.entryBytes = 32 << 20
        self.service = try SchemaService(
            settings, state: state, of: service, keeps: false, bounds: bounds, log: .quiet
        ) { _ in }
        self.patienceMs = patienceMs
    }

    deinit { service.stop() }

    /// Waits for a schema that is not here yet.
    package func find(_ identity: SchemaIdentity) -> Finding {
        if let words = given(identity) { return .missing(words) }
        let deadline = Deadline(afterMs: patienceMs)
        while true {
            switch service.table.find(identity) {
            case .known(let schema): return .known(schema)
            case .refused(let refusal, _): return .refused(refusal.reason(identity))
            case .absent: break
            }
            let isOver = (try? Poll.waitForAny([], timeoutMs: Self.lookMs)) == nil
            guard !isOver, !deadline.hasPassed else { return giveUp(identity) }
        }
    }

    private func given(_ identity: SchemaIdentity) -> String? {
        missing.withLock { missing in
            guard let known = missing[identity] else { return nil }
            if known.until > MonotonicClock.now { return known.words }
            missing[identity] = nil
            return nil
        }
    }

    private func giveUp(_ identity: SchemaIdentity) -> Finding {
        let words =
            service.table.why(identity) ?? "schema \(identity.words) did not come in time"
        missing.withLock { missing in
            if missing.count >= Self.missingMax { missing = [:] }
            missing[identity] = (words, MonotonicClock.now &+ Self.rememberedNs)
        }
        return .missing(words)
    }

    private static let lookMs = 5
    private static let missingMax = 1_000
    private static let rememberedNs: UInt64 = 60_000_000_000
}
