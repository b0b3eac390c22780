import Inputs
import Kafka
import Lifecycle
import Platform
import Serving
import TestSupport
import Testing

/// Router, scorer, output stage and session together, as a turn of the poll thread joins them, over
/// records, swaps and changes of assignment in a random order.
@Suite("The parts of the poll thread together", .blocking)
struct StreamPartsTests {
    @Test(
        "each record has one outcome, of the set at hand, and is stored behind it",
        arguments: 0..<20)
    func random(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let held = HeldRecords()
        let shared = try Streams.shared()
        let configuration = Streams.configuration(deadLetterPercent: 100)
        let producer = FakeProducer()
        let consumer = FakeConsumer()
        let session = GroupSession(
            configuration: configuration, shared: shared, producer: producer,
            faults: StreamFaults(
                configuration: configuration, shared: shared, producer: producer), batchLimit: 4,
            pollWaitMs: 5)
        session.begin(with: consumer)
        session.assigned([0, 1, 2, 3])
        var router = RecordRouter(capacity: 50)
        let threads = 1 + Int(seed % 3)
        var scorer = try ScoringTeam(
            decoders: try (0..<threads).map { _ in try RecordDecoder() }, capacity: 50,
            shadowPercent: 100, predictionBytes: 1_000, progress: ProgressCounter())
        var output = OutputStage(
            producer: producer, shared: shared, configuration: configuration)
        var set = try Streams.set(
            try Streams.constant(1, score: 1), epoch: 1, threads: threads)
        scorer.takeUp(set)
        let polled = RecordBatch(capacity: 1)
        var next: [Int64] = [0, 0, 0, 0]
        /// By partition and offset, how the record has to come out.
        var wanted: [PartitionOffset: String] = [:]

        for turn in 2..<60 {
            if Int.random(in: 0..<4, using: &random) == 0 {
                let candidate = try Streams.constant(100 + turn, score: -1)
                set = try Streams.set(
                    try Streams.constant(turn, score: 1), candidate: candidate,
                    mode: Bool.random(using: &random) ? .canary : .shadow, epoch: Int64(turn),
                    threads: threads)
                scorer.takeUp(set)
            }
            router.begin(&session.tracker)
            for index in 0..<Int.random(in: 0..<50, using: &random) {
                let partition = Int32.random(in: 0..<4, using: &random)
                let place = PartitionOffset(
                    partition: partition, offset: next[Int(partition)])
                next[Int(partition)] += 1
                let isRequest = Int.random(in: 0..<5, using: &random) > 0
                let key = "\(Int.random(in: 0..<99, using: &random))"
                router.stage(
                    held.record(
                        isRequest ? Streams.request("/\(place.offset)") : "{", key: key,
                        partition: partition, offset: place.offset), at: index, for: set,
                    &session.tracker)
                let isCanary =
                    set.canaryForm != nil
                    && CanaryBucket.bucket(key: Array(key.utf8), salt: 7) < 5_000
                let version =
                    isCanary ? set.candidate?.deployed.version : set.stable.deployed.version
                wanted[place] =
                    isRequest
                    ? "version \(version ?? 0) epoch \(set.deployment.epoch)" : "not_json"
            }
            scorer.score(router.staged)
            let before = producer.events.count
            _ = try output.put(
                scorer.outcomes, of: router.staged, tag: router.tag, from: polled)
            session.tracker.close()
            scorer.scoreShadow(router.staged, isBehind: false)
            for event in producer.events[before...] {
                guard let (place, told) = Self.place(event, router.staged) else { continue }
                let expected = wanted.removeValue(forKey: place)
                #expect(expected == told)
            }
            #expect(wanted.isEmpty)
            producer.onServe = { producer.deliver(30) }
            while session.tracker.isFull || Bool.random(using: &random) {
                producer.serve(milliseconds: 0)
                session.settle()
            }
        }
        session.revoking([0, 1, 2, 3])
        // What is stored last is the end of each partition, since all was delivered.
        var storedTo: [Int64] = [0, 0, 0, 0]
        for position in consumer.stored.joined() {
            #expect(position.offset > storedTo[Int(position.partition)])
            storedTo[Int(position.partition)] = position.offset
        }
        #expect(storedTo == next)
    }

    /// Which record an event speaks of, and what it says of it.
    private static func place(
        _ event: FakeProducer.Event, _ staged: [StagedRecord]
    ) -> (PartitionOffset, String)? {
        switch event {
        case .sent, .headersCopied: return nil
        case .deadLetter(let index, _, let reason, _):
            guard let view = staged.first(where: { $0.index == index })?.view else { return nil }
            return (PartitionOffset(partition: view.partition, offset: view.offset), reason.code)
        case .appended(let value, _, let partition, _):
            guard
                let json = try? JSONValue(parsing: Array(value.utf8), act: "reading a prediction"),
                let offset = json["source"]?["offset"]?.int, let version = json["version"]?.int,
                let epoch = json["epoch"]?.int
            else { return nil }
            return (
                PartitionOffset(partition: partition, offset: Int64(offset)),
                "version \(version) epoch \(epoch)"
            )
        }
    }
}
