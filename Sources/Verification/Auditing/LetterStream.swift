import Kafka
import Lifecycle

/// The dead letters of one partition of the input, in their order.
final class LetterStream {
    private let reader: SpanReader
    private let plan: PartitionWalk.Plan
    private let span: PartitionSpan
    /// Read, and for records that the input was not read to yet.
    private var waiting: WaitingLetters
    /// The offset of the record of the letter read last.
    private var newest: Int64 = -1
    private(set) var firsts: FirstSources
    private(set) var foreign: Int64 = 0
    private(set) var read: Int64 = 0
    private(set) var strayed = StrayedAnswers()
    let isCut: Bool
    private let partition: Int32

    /// Records whose letters found no room while they were far ahead.
    var dropped: OffsetSet { waiting.dropped }

    init(
        _ consumer: RangeConsumer, _ resolver: RangeResolver, _ plan: PartitionWalk.Plan,
        _ span: PartitionSpan
    ) throws(SwerveError) {
        self.plan = plan
        self.span = span
        firsts = FirstSources(isReplayed: plan.terms.lettersReplayed)
        waiting = WaitingLetters(
            bytesMax: plan.terms.aheadBytes, rangesMax: plan.terms.rangesMax)
        let partition = span.partition % Int32(plan.letters.count)
        self.partition = partition
        let topic = plan.terms.topics.deadLetters
        let kept = plan.letters[Int(partition)]
        var start = kept.lowerBound
        if span.offsets.lowerBound > span.kept.lowerBound {
            let (model, input) = (plan.terms.model, plan.terms.topics.input)
            let found = try resolver.first(
                of: topic, partition: partition, in: kept, saying: span.offsets.lowerBound
            ) { batch, index in
                guard let letter = Self.letter(batch, index, partition, model, input),
                    letter.source.partition == span.partition
                else { return nil }
                return letter.source.offset
            }
            start = max(start, found - Self.slack)
        }
        isCut = kept.lowerBound > 0 && start == kept.lowerBound
        reader = try SpanReader(
            consumer, topic: topic, partition: partition, from: start, to: kept.upperBound,
            timeoutMs: plan.timeoutMs)
    }

    func close() { reader.close() }

    private static func letter(
        _ batch: RecordBatch, _ index: Int, _ partition: Int32, _ model: ModelName, _ input: String
    ) -> DeadLetter? {
        DeadLetter(
            StreamRecord(
                at: StreamPlace(partition: partition, offset: 0), key: batch.key(at: index) ?? [],
                value: batch.value(at: index), headers: batch.headers(at: index)),
            model: model, topic: input)
    }

    /// Hands over the letters of records before an offset.
    func read(
        before offset: Int64, _ body: (DeadLetter) -> Void
    ) throws(SwerveError) {
        waiting.take(before: offset, body)
        // A few for records that never come must not hold up all the others.
        while !reader.isDone, waiting.isFew || newest < offset {
            try step(before: offset, body)
        }
    }

    /// All that are left.
    func readAll(_ body: (DeadLetter) -> Void) throws(SwerveError) {
        waiting.take(before: .max, body)
        while !reader.isDone { try step(before: .max, body) }
    }

    /// Reads on, and keeps what is of records from an offset on: all others were handed over.
    private func step(
        before offset: Int64, _ body: (DeadLetter) -> Void
    ) throws(SwerveError) {
        let ownsForeign = span.partition == partition
        try reader.step { batch, index, _ throws(SwerveError) in
            read += 1
            let found = Self.letter(
                batch, index, partition, plan.terms.model, plan.terms.topics.input)
            guard let letter = found else {
                foreign += ownsForeign ? 1 : 0
                return
            }
            guard letter.source.partition == span.partition else {
                let isElsewhere = letter.source.partition % Int32(plan.letters.count) != partition
                if isElsewhere, ownsForeign { strayed.note(letter.source) }
                return
            }
            firsts.note(letter.source.offset)
            newest = letter.source.offset
            if newest < offset { body(letter) } else { waiting.put(letter) }
        }
    }

    private static let slack: Int64 = 16_384
}

/// Answers to records of other partitions than the one that they stand on: a value of bounded size.
struct StrayedAnswers: Sendable {
    private(set) var places: [StreamPlace] = []
    /// Those that found no room, and of which the record counts as not answered.
    private(set) var left: Int64 = 0

    mutating func note(_ place: StreamPlace) {
        if places.count < Self.placesMax { places.append(place) } else { left += 1 }
    }

    mutating func merge(_ other: StrayedAnswers) {
        for place in other.places { note(place) }
        left += other.left
    }

    private static let placesMax = 10_000
}
