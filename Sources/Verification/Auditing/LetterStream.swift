import Kafka
import Lifecycle

/// The dead letters of one partition of the input, in their order.
final class LetterStream {
    private let reader: SpanReader
    private let plan: PartitionWalk.Plan
    private let span: PartitionSpan
    /// Read, and for records that the input was not read to yet.
    private var waiting: [DeadLetter] = []
    private var waitingBytes = 0
    /// The offset of the record of the letter read last.
    private var newest: Int64 = -1
    /// Letters for records far ahead that found no room.
    private(set) var overflown: Int64 = 0
    private(set) var firstSource: Int64?
    private(set) var foreign: Int64 = 0
    private(set) var read: Int64 = 0
    private(set) var strayed = StrayedAnswers()
    let isCut: Bool
    private let partition: Int32

    init(
        _ consumer: RangeConsumer, _ resolver: RangeResolver, _ plan: PartitionWalk.Plan,
        _ span: PartitionSpan
    ) throws(SwerveError) {
        self.plan = plan
        self.span = span
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
        handOver(before: offset, body)
        // A few for records that never come must not hold up all the others.
        while !reader.isDone, waiting.count < Self.waitingFew || newest < offset {
            try step()
            handOver(before: offset, body)
        }
    }

    /// All that are left.
    func readAll(_ body: (DeadLetter) -> Void) throws(SwerveError) {
        handOver(before: .max, body)
        while !reader.isDone {
            try step()
            handOver(before: .max, body)
        }
    }

    private func handOver(before offset: Int64, _ body: (DeadLetter) -> Void) {
        guard !waiting.isEmpty else { return }
        for letter in waiting where letter.source.offset < offset { body(letter) }
        waiting.removeAll { letter in
            guard letter.source.offset < offset else { return false }
            waitingBytes -= letter.heldBytes
            return true
        }
        if waiting.count > Self.waitingMax || waitingBytes > plan.terms.aheadBytes { overflow() }
    }

    /// Lets go of the letters that are furthest ahead.
    private func overflow() {
        waiting.sort { $0.source.offset < $1.source.offset }
        while let last = waiting.last,
            waiting.count > Self.waitingMax / 2 || waitingBytes > plan.terms.aheadBytes / 2
        {
            waitingBytes -= last.heldBytes
            waiting.removeLast()
            overflown += 1
        }
    }

    private func step() throws(SwerveError) {
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
            if firstSource == nil { firstSource = letter.source.offset }
            newest = letter.source.offset
            waiting.append(letter)
            waitingBytes += letter.heldBytes
        }
    }

    private static let slack: Int64 = 16_384
    private static let waitingFew = 64
    private static let waitingMax = 16_384
}

extension DeadLetter {
    /// What it takes of memory, about.
    var heldBytes: Int { key.count + value.count + code.utf8.count + 160 }
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
