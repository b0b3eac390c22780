import Kafka
import Lifecycle
import Platform
import Serving
import TestSupport
import Testing

/// Ends of a worker that may have lost its slot while it could not look.
@Suite("GroupSession with its place in doubt", .blocking)
struct PlaceInDoubtTests {
    private let error = SwerveError(.system, act: "producing", reason: "purged")
    private let away = MemberStanding.unknown(
        SwerveError(.unavailable, act: "asking for the members", reason: "no coordinator"))

    private func isSuperseded(_ shared: WorkerShared) -> Bool {
        if case .superseded = shared.failure { true } else { false }
    }

    private func isRestart(_ shared: WorkerShared) -> Bool {
        if case .restart = shared.failure { true } else { false }
    }

    private func faults(
        _ shared: WorkerShared, _ consumer: FakeConsumer, _ producer: FakeProducer = .init()
    ) -> StreamFaults {
        let faults = StreamFaults(
            configuration: Streams.configuration(), shared: shared, producer: producer)
        faults.consumer = consumer
        return faults
    }

    @Test("a transaction that outlived its time: the group says whose the slot is, once it answers")
    func outlived() throws {
        for isReplaced in [true, false] {
            let shared = try Streams.shared()
            let consumer = FakeConsumer()
            consumer.standings = [away, away, isReplaced ? .replaced("another") : .free]
            #expect(faults(shared, consumer).end(.outlived(error)))
            #expect(isReplaced ? isSuperseded(shared) : isRestart(shared))
            #expect(consumer.standings.isEmpty && consumer.standingCount == 3)
        }
    }

    @Test("a group that nobody lists may be one whose coordinator does not answer: asked again")
    func unlisted() throws {
        let shared = try Streams.shared()
        let consumer = FakeConsumer()
        consumer.standings = [.unlisted, .unlisted, .replaced("another")]
        #expect(faults(shared, consumer).isReplaced() && isSuperseded(shared))

        let patient = try Streams.shared()
        let unlisted = FakeConsumer()
        unlisted.standings = Array(repeating: .unlisted, count: 100)
        #expect(!faults(patient, unlisted).isReplaced(patienceMs: 0))
        #expect(unlisted.standingCount == 1 && patient.failure == nil)
    }

    @Test("a dynamic member's transactional id is taken again where whoever took it is gone")
    func takenAndLeft() throws {
        for isPresent in [true, false] {
            let shared = try Streams.shared()
            let producer = FakeProducer()
            let faults = StreamFaults(
                configuration: Streams.configuration(assignment: .dynamic), shared: shared,
                producer: producer)
            shared.heardRival(at: MonotonicClock.now, isLast: false)
            if !isPresent { shared.heardRival(at: MonotonicClock.now, isLast: true) }
            #expect(faults.end(.fenced("as told")))
            #expect(isPresent ? isSuperseded(shared) : isRestart(shared))
        }
    }

    @Test("a static member's is not: its group would have said so")
    func takenFromStatic() throws {
        let shared = try Streams.shared()
        let consumer = FakeConsumer()
        #expect(faults(shared, consumer).end(.fenced("as told")))
        #expect(isSuperseded(shared))
    }

    @Test("a stop asks nobody, and brokers that refuse the question do not keep a worker")
    func unanswered() throws {
        let shared = try Streams.shared()
        let consumer = FakeConsumer()
        consumer.standings = [
            .unknown(SwerveError(.refused, act: "asking", reason: "a right is missing"))
        ]
        faults(shared, consumer).end(.outlived(error))
        #expect(isRestart(shared) && consumer.standingCount == 1)

        let stopped = try Streams.shared()
        stopped.signals.stop()
        let later = SwerveError(.unavailable, act: "ending", reason: "out of time")
        faults(stopped, consumer).end(.outlived(later))
        #expect(stopped.failure == nil && consumer.standingCount == 1)
    }

    @Test("a stop ends the wait for brokers that do not answer")
    func stopped() throws {
        let shared = try Streams.shared()
        let consumer = FakeConsumer()
        consumer.standings = Array(repeating: away, count: 100)
        let producer = FakeProducer()
        producer.onServe = { if consumer.standingCount == 3 { shared.signals.stop() } }
        #expect(!faults(shared, consumer, producer).isReplaced())
        #expect(consumer.standingCount == 3 && shared.failure == nil)
    }

    @Test("a lost assignment is not taken up again where another process has the place")
    func lost() throws {
        for isReplaced in [true, false] {
            let shared = try Streams.shared()
            let consumer = FakeConsumer()
            let producer = FakeProducer()
            let faults = faults(shared, consumer, producer)
            let session = GroupSession(
                configuration: Streams.configuration(), shared: shared, producer: producer,
                faults: faults, batchLimit: 8, pollWaitMs: 5)
            session.begin(with: consumer)
            session.assigned([0])
            consumer.standings = isReplaced ? [.replaced("another")] : []
            session.lost([0])
            #expect(isSuperseded(shared) == isReplaced)
            #expect(session.standing == .outside)
        }
    }
}
