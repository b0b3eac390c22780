import Lifecycle

@testable import Verification

/// Scores without a model: the version in tens, and the value's length.
final class FakeEpochScoring: EpochScoring {
    func opinion(
        of version: Int, in deployment: Deployment, value: [UInt8]?, schema: [UInt8]?
    ) -> ScoreOpinion {
        guard let value else { return .unscorable(code: "null_payload") }
        guard value != AuditFixture.broken else { return .unscorable(code: "not_json") }
        guard version < 9 else { return .unknown("its files are gone") }
        return .scored(
            ExpectedScore(
                score: Double(version * 10 + value.count), label: Array("attack".utf8)),
            id: Array("id-\(value.count)".utf8))
    }
}

/// A partition of forty records under three epochs, answered and told in the ledger without a
/// fault; each test changes what it is about.
struct AuditFixture {
    static let broken = Array("broken".utf8)
    static let first: Int64 = 100
    static let end: Int64 = 140
    /// Where epochs 2 and 3 begin.
    static let boundaries: [Int64] = [110, 120]

    struct Answer {
        var prediction: Prediction
        var key: [UInt8]?
    }

    var terms: AuditTerms
    var book: EpochBook
    var span: PartitionSpan
    /// By offset; nil has no key.
    var keys: [Int64: [UInt8]?] = [:]
    var values: [Int64: [UInt8]?] = [:]
    /// Offsets that hold no record.
    var gaps: Set<Int64> = []
    var answers: [Answer] = []
    var letters: [DeadLetter] = []
    var entries: [LedgerEntry] = []
    var cutAnswersBefore: Int64?
    /// What retention takes away before it is read.
    var away: Range<Int64>?
    var lettersAreCut = false
    /// Where the input ends once all is read.
    var inputEnd = end

    init(_ delivery: AuditTerms.Delivery = .atLeastOnce) throws {
        let topics = StreamTopics(
            input: "in", output: "out", deadLetters: "dlq", control: "control", status: "status")
        terms = AuditTerms(
            model: try ModelName("m"), group: "g", topics: topics, ledger: "ledger",
            delivery: delivery)
        terms.isCompacted = false
        book = EpochBook(try (1...3).map { try Self.epoch($0) })
        span = PartitionSpan(
            partition: 0, offsets: Self.first..<Self.end, kept: 0..<Self.end, committed: Self.end)
        for offset in Self.first..<Self.end {
            keys[offset] = offset % 7 == 0 ? nil : Array("key-\(offset % 13)".utf8)
            values[offset] = Array("value \(String(repeating: "x", count: Int(offset % 5)))".utf8)
        }
        answers = (Self.first..<Self.end).map { right($0) }
        for (epoch, first) in zip(1...3, [Self.first] + Self.boundaries) {
            let last = epoch < 3 ? Self.boundaries[epoch - 1] - 1 : Self.end - 1
            entries += took(Int64(epoch), first, last)
        }
    }

    /// Version 1; version 2 as a canary at half; version 2.
    static func epoch(_ epoch: Int) throws -> EpochBook.Epoch {
        func version(_ number: Int) -> DeployedVersion {
            DeployedVersion(
                version: number,
                digest: Digest(sha256: [UInt8](repeating: UInt8(number), count: 32)))
        }
        let trial = Candidate(
            deployed: version(2), mode: .canary, share: try Share(tenThousandths: 5_000))
        return EpochBook.Epoch(
            deployment: Deployment(
                model: try ModelName("m"), epoch: Int64(epoch), stable: version(epoch == 3 ? 2 : 1),
                candidate: epoch == 2 ? trial : nil, salt: 9),
            by: "ops", at: "2026-11-23T10:00:00.000Z", reason: "why not")
    }

    static func epoch(at offset: Int64) -> Int64 {
        offset < boundaries[0] ? 1 : offset < boundaries[1] ? 2 : 3
    }

    func key(_ offset: Int64) -> [UInt8]? { keys[offset] ?? nil }
    func value(_ offset: Int64) -> [UInt8]? { values[offset] ?? nil }

    /// The answer of a faultless worker.
    func right(_ offset: Int64, epoch: Int64? = nil) -> Answer {
        let epoch = epoch ?? Self.epoch(at: offset)
        let place = StreamPlace(partition: 0, offset: offset)
        let decider = book[epoch]?.deployment.decider(
            key: key(offset), partition: place.partition, offset: place.offset)
        let length = value(offset)?.count ?? 0
        return Answer(
            prediction: Prediction(
                version: decider?.version ?? 1, epoch: epoch, role: decider?.role ?? .stable,
                score: Double((decider?.version ?? 1) * 10 + length), label: Array("attack".utf8),
                partition: 0, offset: offset, id: Array("id-\(length)".utf8)),
            key: key(offset))
    }

    func letter(_ offset: Int64, code: String = "not_json") -> DeadLetter {
        DeadLetter(
            source: StreamPlace(partition: 0, offset: offset), key: key(offset) ?? [],
            value: value(offset) ?? [], code: code, epoch: Self.epoch(at: offset))
    }

    /// What the ledger has of one worker's taking; without an end where it died.
    func took(
        _ epoch: Int64, _ first: Int64, _ last: Int64?, by incarnation: String = "one",
        generation: Int64 = 1
    ) -> [LedgerEntry] {
        func entry(_ event: LedgerEntry.Event, _ last: Int64) -> LedgerEntry {
            var entry = LedgerEntry(
                event, atMs: 1_000, slot: SlotID(group: "g", slot: 0), model: "m", topic: "in",
                incarnation: StatusRecord.Incarnation(
                    id: incarnation, startedAtMs: 0, host: "here", pid: 42),
                generation: generation)
            entry.epoch = epoch
            if let deployment = book[epoch]?.deployment {
                entry.stable = deployment.stable.version
                entry.candidate = deployment.candidate?.deployed.version
                entry.mode = deployment.candidate?.mode.rawValue
                entry.share = deployment.candidate?.share.tenThousandths
            }
            entry.spans = [LedgerEntry.Span(partition: 0, first: first, last: last)]
            return entry
        }
        return [entry(.began, first)] + (last.map { [entry(.superseded, $0)] } ?? [])
    }

    // MARK: - The audit

    var ledger: LedgerBook {
        var ledger = LedgerBook(
            group: "g", model: "m", topic: "in", interest: [0: span.offsets])
        for (place, entry) in entries.enumerated() {
            ledger.hear(
                key: Array(entry.key.utf8), value: entry.bytes,
                at: StreamPlace(partition: 0, offset: Int64(place)), book)
        }
        return ledger
    }

    /// Tells an auditor everything, the input as far ahead as `lead` says.
    func outcome(lead: Int64 = 10, droppedLetters: OffsetSet? = nil) -> PartitionOutcome {
        var auditor = PartitionAuditor(terms, span: span, book: book, scoring: FakeEpochScoring())
        auditor.lettersAreCut = lettersAreCut
        var fed = span.offsets.lowerBound
        func feed(to offset: Int64) {
            while fed <= min(offset, Self.end - 1) {
                if let away, away.contains(fed) {
                    auditor.cutAway(away)
                    fed = away.upperBound
                    continue
                }
                if !gaps.contains(fed) {
                    RecordBytes.with(key: key(fed), value: value(fed)) { auditor.fed(fed, $0) }
                }
                fed += 1
            }
        }
        var letters = letters
        for answer in answers {
            feed(to: answer.prediction.offset + lead)
            for letter in letters where letter.source.offset < fed { auditor.letter(letter) }
            letters.removeAll { $0.source.offset < fed }
            RecordBytes.with(key: answer.key) { auditor.predicted(answer.prediction, $0) }
        }
        feed(to: Self.end)
        for letter in letters { auditor.letter(letter) }
        auditor.finish(inputEnd: inputEnd)
        var outcome = PartitionOutcome(
            auditor, cutAnswersBefore: cutAnswersBefore, droppedLetters: droppedLetters)
        outcome.judge(terms, ledger: terms.ledger == nil ? nil : ledger)
        outcome.judgeMissing(terms)
        return outcome
    }

    /// What is found, as `lost 3@5-7`, and what is in doubt, each kind once.
    func found() -> Set<String> {
        let outcome = outcome()
        var found: Set<String> = []
        for (breach, places) in outcome.findings.breaches {
            found.insert("\(breach.rawValue) \(places.places.map(\.text).joined(separator: " "))")
        }
        for (doubt, places) in outcome.findings.doubts {
            found.insert("? \(doubt.rawValue) \(places.places.map(\.text).joined(separator: " "))")
        }
        for (breach, _) in ledger.findings.breaches { found.insert("ledger \(breach.rawValue)") }
        for (_, take) in ledger.unended() { found.insert("unended \(take.epoch)") }
        return found
    }
}
