import Kafka
import Logging
import Platform
import Serving
import Testing

/// What a worker's log has of brokers that are away: handles tell a worker's log of it many times.
@Suite("Worker log")
struct WorkerLogTests {
    private func log() -> (log: WorkerLog, lines: KeptLog) {
        let lines = KeptLog()
        return (lines.log, lines)
    }

    @Test("forty errors are one line when brokers go, and one when they are back")
    func outage() {
        let (log, lines) = log()
        let handles = [log.kafka, log.kafka, log.kafka]
        for turn in 0..<40 {
            handles[turn % 3](turn == 5 ? .allDown : .trouble, "127.0.0.1:9092: error \(turn)")
        }
        log.passing("asking for the end of control")
        #expect(lines.all.count == 1)
        #expect(lines.all.first?.contains("error 0") == true, "\(lines.all)")
        handles[1](.answered, "")
        handles[2](.answered, "")
        #expect(lines.all.count == 2)
        #expect(lines.all.last?.contains("40 errors untold") == true, "\(lines.all)")
        // The other handles find it out a little later.
        handles[0](.trouble, "127.0.0.1:9092: Disconnected")
        #expect(lines.all.count == 2)
    }

    @Test("brokers that cease to answer are told once, and are away until any handle hears one")
    func silence() {
        let (log, lines) = log()
        log.kafka(.answered, "")
        let start = MonotonicClock.now
        func look(_ second: UInt64) { log.lookForAnswers(at: start + second * 1_000_000_000) }
        for second in 1...4 as ClosedRange<UInt64> { look(second) }
        log.kafka(.heard, "")
        for second in 5...9 as ClosedRange<UInt64> { look(second) }
        #expect(lines.all == [] && log.brokersAwaySince == nil)
        for second in 10...20 as ClosedRange<UInt64> { look(second) }
        #expect(
            lines.all == [
                "warning: kafka: brokers away or busy, retrying: no broker has answered anything "
                    + "for 5 s"
            ])
        #expect(log.brokersAwaySince == start + 5 * 1_000_000_000)
        log.kafka(.heard, "")
        look(21)
        #expect(log.brokersAwaySince == nil)
        #expect(lines.all.last?.contains("the brokers answer again") == true, "\(lines.all)")
    }

    @Test("a handle that lost all its brokers makes none away while others go on being answered")
    func oneHandleAlone() {
        let (log, lines) = log()
        let start = MonotonicClock.now
        func look(_ second: UInt64) { log.lookForAnswers(at: start + second * 1_000_000_000) }
        look(0)
        log.kafka(.heard, "")
        log.kafka(.allDown, "1/1 brokers are down")
        look(1)
        // What was answered before it went down is no answer since.
        #expect(log.brokersAwaySince != nil)
        look(2)
        #expect(log.brokersAwaySince != nil)
        log.kafka(.heard, "")
        look(3)
        #expect(log.brokersAwaySince == nil)
        #expect(lines.all.last?.contains("the brokers answer again") == true, "\(lines.all)")
    }

    @Test("where nobody has answered yet, what looks like TLS and none has its own remedy")
    func remedies() {
        let addresses = "none has answered yet: check kafka.bootstrap.servers"
        for (said, isOfTLS) in [
            ("Disconnected (after 0ms in state SSL_HANDSHAKE)", true),
            ("might be caused by incorrect security.protocol configuration", true),
            ("Connection refused", false),
        ] {
            let (log, lines) = log()
            log.kafka(.trouble, said)
            let found = lines.all.first ?? ""
            #expect(found.contains(addresses), "\(found)")
            #expect(found.contains("kafka.security.protocol") == isOfTLS, "\(found)")
        }
    }

    @Test("lines of one kind are told once a minute, another kind beside them, details never")
    func kinds() {
        let (log, lines) = log()
        for number in 0..<10 { log.kafka(.warning, "PROTOERR: number \(number)") }
        log.kafka(.warning, "PARTCNT: another")
        log.kafka(.detail, "FETCH: many")
        #expect(
            lines.all == [
                "warning: kafka: PROTOERR: number 0", "warning: kafka: PARTCNT: another",
            ])
    }

    @Test("what a handle has to say once is told each time, however alike two of them begin")
    func notices() {
        let (log, lines) = log()
        log.kafka(.notice, "group g has no offsets yet; waiting")
        log.kafka(.notice, "group g has offsets, but none of partition 3 at 0")
        log.kafka(.notice, "group g has offsets, but none of partition 4 at 0")
        #expect(lines.all.count == 3, "\(lines.all)")
        #expect(lines.all.last?.contains("partition 4") == true)
    }

    @Test("what the worker says itself is told each time")
    func own() {
        let (log, lines) = log()
        log.info("a")
        log.warning("b")
        log.warning("b")
        log.error("c")
        #expect(lines.all == ["info: a", "warning: b", "warning: b", "error: c"])
    }

    @Test("of lines that strangers can cause a few are told")
    func strangers() {
        let (log, lines) = log()
        for number in 0..<500 { log.ofStrangers("a control record is ignored: \(number)") }
        #expect(lines.all.count == 10)
        #expect(lines.all.first?.contains("ignored: 0") == true)
    }
}
