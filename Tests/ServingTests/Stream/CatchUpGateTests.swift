import Serving
import Testing

@Suite("CatchUpGate")
struct CatchUpGateTests {
    @Test("each asking has its own ticket, and opens with its answer or a later one")
    func tickets() {
        let gate = CatchUpGate()
        #expect(gate.pending == nil)
        let first = gate.ask()
        let second = gate.ask()
        #expect(first != second)
        // Only the newest is to be answered.
        #expect(gate.pending == second)
        gate.answer(first)
        #expect(gate.isOpen(for: first) && !gate.isOpen(for: second))
        #expect(gate.pending == second)
        gate.answer(second)
        #expect(gate.isOpen(for: first) && gate.isOpen(for: second))
        #expect(gate.pending == nil)
    }

    @Test("that the poll thread waits is known by its ticket")
    func waiting() {
        let gate = CatchUpGate()
        let ticket = gate.ask()
        #expect(gate.waiting != ticket)
        gate.noteWaiting(for: ticket)
        #expect(gate.waiting == ticket)
    }
}
