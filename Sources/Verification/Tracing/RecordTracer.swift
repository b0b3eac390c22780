import Inputs
package import Kafka
package import Lifecycle
import Platform

/// One record of the input, and everything that stands on the stream's topics about it.
package struct TracedRecord: Sendable {
    /// A prediction, and where it stands.
    package struct Answer: Sendable {
        package let prediction: Prediction
        package let key: [UInt8]?
        package let at: StreamPlace
        package let atMs: Int64?
    }

    /// A dead letter, and where it stands.
    package struct Letter: Sendable {
        package let letter: DeadLetter
        package let reason: String
        package let at: StreamPlace
        package let atMs: Int64?
    }

    /// Why there is no record at a place that the input has reached.
    package enum Absence: String, Sendable {
        /// Retention took it away.
        case gone
        /// The mark of a transaction, a record that was taken back with its transaction, or one
        /// that was compacted away: nobody has to answer it.
        case gap
    }

    package let place: StreamPlace
    /// Nil where the record is there.
    package internal(set) var absence: Absence?
    /// Whether the record is on the input still.
    package internal(set) var isKept = false
    package internal(set) var key: [UInt8]?
    /// Nil for a tombstone, and where it is gone.
    package internal(set) var value: [UInt8]?
    /// What its header says of its schema; nil where it has none.
    package internal(set) var schema: [UInt8]?
    package internal(set) var writtenMs: Int64?
    /// In the order in which they stand there.
    package internal(set) var answers: [Answer] = []
    package internal(set) var letters: [Letter] = []
    /// What was not looked at, or could not be.
    package internal(set) var notes: [String] = []
}

/// Finds a record of the input and its answers, apart from the service and its group.
///
/// Of the thread that owns the consumer. Reads some hundred thousand records around the places
/// where the answers must stand, not whole topics.
package struct RecordTracer {
    private let consumer: RangeConsumer
    private let terms: AuditTerms
    private let form: RecordForm
    private let timeoutMs: Int32
    private let resolver: RangeResolver
    private let searchedMax: Int64

    /// - Parameters:
    ///   - form: how workers read records.
    ///   - searchedMax: in how many of the newest records an id is looked for, where nobody names a
    ///     range.
    package init(
        _ consumer: RangeConsumer, _ terms: AuditTerms, _ form: RecordForm, timeoutMs: Int32,
        searchedMax: Int64 = 1_000_000
    ) {
        self.searchedMax = searchedMax
        self.form = form
        self.consumer = consumer
        self.terms = terms
        self.timeoutMs = timeoutMs
        resolver = RangeResolver(consumer, timeoutMs: timeoutMs)
    }

    // MARK: - By its id

    /// What a search for an id came to.
    package struct Search: Sendable, Equatable {
        /// The newest of the records that have it.
        package internal(set) var places: [StreamPlace] = []
        /// Records that were looked at.
        package internal(set) var searched: Int64 = 0
        /// Whether older records of the input were left out.
        package internal(set) var isLimited = false
        /// From when on every record was looked at, in milliseconds since 1970; nil where nothing
        /// was left out, or nobody says.
        package internal(set) var completeSinceMs: Int64?
    }

    /// The records that have an id, the newest `idsMax` of them.
    ///
    /// - Parameters:
    ///   - from: nil is the newest million records of the topic.
    ///   - to: nil is the topic's end.
    ///   - progress: told how many offsets were looked at so far, and of how many.
    /// - Throws: `.usage` for a format whose records have no ids, `.unavailable` where a schema of
    ///   records of Avro does not come, and as `trace`.
    package func places(
        ofID id: String, from: RangeEdge?, to: RangeEdge?,
        progress: (_ read: Int64, _ all: Int64) -> Void = { _, _ in }
    ) throws(SwerveError) -> Search {
        let act = "looking for record '\(id.shortened(to: 80))'"
        if case .text = form.settings.format {
            throw SwerveError(
                .usage, act: act, reason: "records of this input format have no id",
                remedy: "name the record's place, PARTITION@OFFSET")
        }
        let topic = terms.topics.input
        let count = try partitions(of: topic)
        var spans = try resolver.spans(
            of: topic, partitions: count, from: from, to: to, committed: nil)
        var search = Search()
        var limited: Set<Int32> = []
        if from == nil {
            for index in spans.indices {
                let (first, end) = (
                    spans[index].offsets.lowerBound, spans[index].offsets.upperBound
                )
                let begin = max(first, end - max(1, searchedMax / Int64(count)))
                spans[index].offsets = begin..<end
                if begin > first { limited.insert(spans[index].partition) }
            }
        }
        search.isLimited = !limited.isEmpty
        let all = spans.reduce(Int64(0)) { StatusCount.sum($0, Int64($1.offsets.count)) }
        var before: Int64 = 0
        let values = try ValueDecoder(form)
        let wanted = Array(JSONValue.string(Self.cut(id)).bytes.dropFirst().dropLast())
        for span in spans {
            var isFirst = true
            try read(topic, span.partition, span.offsets) {
                batch, index, offset throws(SwerveError) in
                search.searched += 1
                if search.searched % Self.progressRecords == 0 {
                    progress(before + offset - span.offsets.lowerBound, all)
                }
                if isFirst, limited.contains(span.partition) {
                    // Whichever partition was left out latest says how far back all are whole.
                    search.completeSinceMs =
                        batch.timestampMs(at: index).map {
                            max($0, search.completeSinceMs ?? .min)
                        } ?? search.completeSinceMs
                }
                isFirst = false
                guard let value = batch.value(at: index) else { return }
                let schema = form.schemaHeader(of: batch, index)
                if case .unknown(let why) = values.decode(value, schema: schema) {
                    throw SwerveError(
                        .unavailable, act: act, reason: why,
                        remedy: "try again once the schema registry answers, or name the "
                            + "record's place, PARTITION@OFFSET")
                }
                guard let own = values.decoder.idBytes, Self.isSame(own, wanted) else { return }
                search.places.append(StreamPlace(partition: span.partition, offset: offset))
                if search.places.count > Self.idsMax { search.places.removeFirst() }
            }
            before += Int64(span.offsets.count)
        }
        return search
    }

    /// As records' own ids are cut where they are read: between characters.
    private static func cut(_ id: String) -> String {
        let bytes = id.utf8
        guard bytes.count > Limits.requestIDBytes else { return id }
        var end = bytes.index(bytes.startIndex, offsetBy: Limits.requestIDBytes)
        while end > bytes.startIndex, bytes[end] & 0xC0 == 0x80 { bytes.formIndex(before: &end) }
        return String(id[..<end])
    }

    /// Each writes an id as a JSON string of its own making.
    private static func isSame(_ own: [UInt8], _ wanted: [UInt8]) -> Bool {
        own == wanted
            || own.contains(UInt8(ascii: "\\"))
                && InputRecord(key: [], id: own, value: []).isNamed(by: wanted)
    }

    // MARK: - By its place

    /// Everything about the record at a place.
    ///
    /// - Throws: `.notFound` for a partition that the input does not have, or an offset that it has
    ///   not reached; what brokers refuse.
    package func trace(_ place: StreamPlace) throws(SwerveError) -> TracedRecord {
        var traced = TracedRecord(place: place)
        try readRecord(&traced)
        try readAnswers(&traced)
        if !terms.dropsUnscorable { try readLetters(&traced) }
        return traced
    }

    private func readRecord(_ traced: inout TracedRecord) throws(SwerveError) {
        let (topic, place) = (terms.topics.input, traced.place)
        let act = "looking for \(topic) \(place)"
        let count = try partitions(of: topic)
        guard (0..<Int32(clamping: count)).contains(place.partition) else {
            throw SwerveError(
                .notFound, act: act, reason: "the topic has the partitions 0 to \(count - 1)")
        }
        let kept = try consumer.bounds(of: topic, partition: place.partition, timeoutMs: timeoutMs)
        guard place.offset < kept.upperBound else {
            throw SwerveError(
                .notFound, act: act,
                reason: kept.upperBound == 0
                    ? "the partition is empty"
                    : "the partition ends with offset \(kept.upperBound - 1)")
        }
        guard place.offset >= kept.lowerBound else {
            traced.absence = .gone
            return
        }
        var found = traced
        try read(topic, place.partition, place.offset..<place.offset + 1) { batch, index, _ in
            found.isKept = true
            found.key = batch.key(at: index)
            found.value = batch.value(at: index)
            found.schema = form.schemaHeader(of: batch, index)
            found.writtenMs = batch.timestampMs(at: index)
        }
        traced = found
        if !traced.isKept { traced.absence = .gap }
    }

    private func readAnswers(_ traced: inout TracedRecord) throws(SwerveError) {
        let (topic, place) = (terms.topics.output, traced.place)
        let reader = PredictionReader(model: terms.model, topic: terms.topics.input)
        guard place.partition < Int32(clamping: try partitions(of: topic)) else { return }
        let around = try surroundings(of: place, topic, place.partition) { batch, index in
            batch.value(at: index).flatMap { reader.read($0) }
                .flatMap { $0.partition == place.partition ? $0.offset : nil }
        }
        var answers = FoundAnswers<TracedRecord.Answer>()
        try read(topic, place.partition, around.range) { batch, index, offset in
            guard let found = batch.value(at: index).flatMap({ reader.read($0) }),
                found.source == place
            else { return }
            let key = batch.key(at: index)
            let answer = TracedRecord.Answer(
                prediction: found, key: key,
                at: StreamPlace(partition: place.partition, offset: offset),
                atMs: batch.timestampMs(at: index))
            answers.add(answer, bytes: found.heldBytes + (key?.count ?? 0))
        }
        traced.answers = answers.kept
        traced.notes += around.notes + answers.notes(of: topic)
    }

    private func readLetters(_ traced: inout TracedRecord) throws(SwerveError) {
        let (topic, place) = (terms.topics.deadLetters, traced.place)
        let count = try partitions(of: topic)
        guard count > 0 else { return }
        let partition = place.partition % Int32(clamping: count)
        let (model, input) = (terms.model, terms.topics.input)
        func letter(_ batch: RecordBatch, _ index: Int) -> (DeadLetter, [String: String])? {
            let headers = batch.headers(at: index)
            let record = StreamRecord(
                at: StreamPlace(partition: partition, offset: 0), key: batch.key(at: index) ?? [],
                value: batch.value(at: index), headers: headers)
            return DeadLetter(record, model: model, topic: input).map { ($0, headers) }
        }
        let around = try surroundings(of: place, topic, partition) { batch, index in
            letter(batch, index).flatMap {
                $0.0.source.partition == place.partition ? $0.0.source.offset : nil
            }
        }
        var letters = FoundAnswers<TracedRecord.Letter>()
        try read(topic, partition, around.range) { batch, index, offset in
            guard let (found, headers) = letter(batch, index), found.source == place else { return }
            let reason = headers["swerve.error.reason"] ?? ""
            let one = TracedRecord.Letter(
                letter: found, reason: reason,
                at: StreamPlace(partition: partition, offset: offset),
                atMs: batch.timestampMs(at: index))
            letters.add(one, bytes: found.heldBytes + reason.utf8.count)
        }
        traced.letters = letters.kept
        traced.notes += around.notes + letters.notes(of: topic)
    }

    /// The offsets of a topic between which answers to a record may stand.
    private func surroundings(
        of place: StreamPlace, _ topic: String, _ partition: Int32,
        _ says: (RecordBatch, Int) -> Int64?
    ) throws(SwerveError) -> (range: Range<Int64>, notes: [String]) {
        let kept = try consumer.bounds(of: topic, partition: partition, timeoutMs: timeoutMs)
        var notes: [String] = []
        guard kept.count > Self.wholeMax else {
            if kept.lowerBound > 0 {
                notes.append("\(topic) begins at offset \(kept.lowerBound) now: older is gone")
            }
            return (kept, notes)
        }
        let found = try resolver.first(
            of: topic, partition: partition, in: kept, saying: place.offset, says)
        let range =
            max(
                kept.lowerBound, found - Self.slack)..<min(
                kept.upperBound, found + Self.slack)
        if range.upperBound < kept.upperBound {
            notes.append(
                "\(topic) \(partition)@\(range.lowerBound)-\(range.upperBound - 1) was looked at, "
                    + "and nothing behind it")
        }
        return (range, notes)
    }

    private func partitions(of topic: String) throws(SwerveError) -> Int {
        guard
            let count = try consumer.partitionCounts(of: [topic], timeoutMs: timeoutMs)[topic],
            count > 0
        else {
            throw SwerveError(
                .notFound, act: "reading \(topic)", reason: "there is no such topic",
                remedy: "correct its name in the configuration", problem: Problem(.topicNotFound))
        }
        return count
    }

    private func read(
        _ topic: String, _ partition: Int32, _ offsets: Range<Int64>,
        _ body: (RecordBatch, _ index: Int, _ offset: Int64) throws(SwerveError) -> Void
    ) throws(SwerveError) {
        let reader = try SpanReader(
            consumer, topic: topic, partition: partition, from: offsets.lowerBound,
            to: offsets.upperBound, timeoutMs: timeoutMs)
        defer { reader.close() }
        try reader.readAll(body)
    }

    private static let idsMax = 5
    private static let progressRecords: Int64 = 10_000
    /// A partition with fewer records is read whole.
    private static let wholeMax = 500_000
    private static let slack: Int64 = 250_000
}

/// Answers to one record, the first of them: whoever may write can give it any number.
private struct FoundAnswers<Answer> {
    private(set) var kept: [Answer] = []
    private var bytes = 0
    private var left = 0

    mutating func add(_ answer: Answer, bytes more: Int) {
        guard kept.count < Self.answersMax, bytes + more <= Self.bytesMax || kept.isEmpty else {
            left += 1
            return
        }
        kept.append(answer)
        bytes += more
    }

    func notes(of topic: String) -> [String] {
        left > 0 ? ["\(topic) has \(left) further answers to it, which are left out"] : []
    }

    private static var answersMax: Int { 1_000 }
    private static var bytesMax: Int { 16_777_216 }
}
