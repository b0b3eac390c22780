package import Kafka
import Synchronization

/// Keeps newly assigned partitions from being scored before the worker knows what it should know.
///
/// The poll thread asks at an assignment and waits until the control thread has read the control
/// topic to its end as it stood then, and has settled what it found there (loaded it, rejected it,
/// or found it out of reach). So an epoch never goes back on a partition that moves.
package final class CatchUpGate: Sendable {
    private let asked = Atomic<Int>(0)
    private let answered = Atomic<Int>(0)

    private let waited = Atomic<Int>(0)
    private let control: ReaderWaker

    /// - Parameter control: wakes the control thread.
    package init(waking control: ReaderWaker = ReaderWaker()) { self.control = control }

    /// Poll thread: asks, and gives the ticket to wait for.
    package func ask() -> Int {
        defer { control.wake() }
        return asked.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue
    }

    package func isOpen(for ticket: Int) -> Bool { answered.load(ordering: .acquiring) >= ticket }

    /// Poll thread: it has polled, and waits with what it has.
    package func noteWaiting(for ticket: Int) { waited.store(ticket, ordering: .releasing) }

    /// The ticket that the poll thread waits for, or waited for last; 0 before the first.
    package var waiting: Int { waited.load(ordering: .acquiring) }

    /// Control thread: the newest ticket asked for, if it is not answered yet.
    package var pending: Int? {
        let newest = asked.load(ordering: .acquiring)
        return newest > answered.load(ordering: .acquiring) ? newest : nil
    }

    package func answer(_ ticket: Int) { answered.store(ticket, ordering: .releasing) }
}
