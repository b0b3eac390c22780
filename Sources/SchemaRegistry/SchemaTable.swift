package import Inputs
package import Lifecycle
import Platform
import Synchronization

/// The schemas that records name, between the poll thread, which wants them, and the registry's
/// thread, which gets them.
///
/// Any thread. No call waits for a registry or a disk.
package final class SchemaTable: Sendable {
    package typealias Answer = SchemaAnswer<AvroSchema>

    private let book: Guarded<SchemaBook<AvroSchema>>
    private let changes = Atomic<UInt64>(0)
    private let faults = Atomic<Int>(0)
    /// Readable once there is something to do for the registry's thread.
    let wake: EventFD
    private let stopping = Atomic<Bool>(false)

    /// - Parameter urlCount: of the registry.
    package init(
        urlCount: Int, seed: UInt64 = MonotonicClock.now, bounds: SchemaBounds = SchemaBounds()
    ) throws(SwerveError) {
        book = Guarded(SchemaBook(urlCount: urlCount, seed: seed, bounds: bounds))
        wake = try EventFD()
    }

    // MARK: - Who wants schemas

    /// What is known of a schema; one that is absent is being asked for from now on.
    ///
    /// About 100 ns. Whoever still wants an absent one asks again when `version` has changed:
    /// searches that nobody asks about for a minute end.
    package func find(_ identity: SchemaIdentity) -> Answer {
        let now = MonotonicClock.now
        let (answer, begins) = book.withLock { $0.find(identity, at: now) }
        if begins { wake.signal() }
        return answer
    }

    /// Another number once there is something new to find.
    package var version: UInt64 { changes.load(ordering: .acquiring) }

    /// Why an absent one is not there yet, for people: `schema 17: …`; nil where it is there, or
    /// where nobody asked for it.
    package func why(_ identity: SchemaIdentity) -> String? {
        book.withLock { $0.trouble(with: identity) }.map { "schema \(identity.words): \($0)" }
    }

    /// Schemas that are kept, those that are being asked for, and faults of the registry so far.
    package var figures: (known: Int, wanted: Int, faults: Int) {
        let (known, wanted) = book.withLock { ($0.knownCount, $0.searchCount) }
        return (known, wanted, faults.load(ordering: .relaxed))
    }

    // MARK: - The registry's thread

    func withBook<Result>(
        _ body: (inout SchemaBook<AvroSchema>) -> sending Result
    ) -> sending Result {
        book.withLock { body(&$0) }
    }

    /// Tells that there is something new to find.
    func tellChange() { changes.wrappingAdd(1, ordering: .releasing) }

    func countFault() { faults.wrappingAdd(1, ordering: .relaxed) }

    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    /// The registry's thread ends soon, and no schema is looked for any more.
    package func stop() {
        stopping.store(true, ordering: .releasing)
        wake.signal()
    }
}
