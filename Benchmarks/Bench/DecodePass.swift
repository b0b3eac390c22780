import Inputs
import Kafka
import Lifecycle
import Platform
import Scoring
import Serving

/// Times one decoder, alone and with a scorer behind it, on records in memory, on the calling
/// thread.
@safe
final class DecodePass {
    /// How far records go.
    enum Way: String {
        /// The record's bytes to what the scorer would read.
        case decode
        /// And on to the score, probabilities included.
        case score
        /// And on to the prediction's bytes: a worker's whole work on a record.
        case predict
    }

    /// Of Avro: how the records name their schema, and the schema.
    struct Writer {
        let identity: SchemaIdentity
        let schema: AvroSchema
    }

    let count: Int
    let recordBytes: Int
    /// Of the last pass that decodes, and of the last one that predicts.
    private(set) var textBytes = 0
    private(set) var predictionBytes = 0
    /// Records of the last pass that have no view or no score, and why the first one has none.
    private(set) var refused = 0
    private(set) var refusal: String?
    /// Records of the last pass that decodes with a mark.
    private(set) var marked = 0
    /// What passes leave here keeps the optimiser from leaving the work out.
    private var checksum = 0.0
    private let memory = KeptMemory()
    private let records: [UnsafeBufferPointer<UInt8>]
    private let decoder: RecordDecoder
    private let scorer: Scorer?
    private let features = FeatureBuffer()
    private let output = ScoreOutput()
    private let writer: Writer?
    private let longest: Int
    private let batches: [[StagedRecord]]
    private var answering: BatchScorer?

    /// - Parameters:
    ///   - scorer: without one, records are read for their text.
    ///   - writer: of Avro alone.
    /// - Throws: for settings that no decoder is made of.
    init(
        _ lines: RecordLines, limit: Int?, _ settings: InputSettings, _ scorer: Scorer?,
        _ writer: Writer?
    ) throws {
        let count = min(lines.count, limit ?? lines.count)
        let memory = memory
        self.count = count
        let records = unsafe (0..<count).map { index in
            unsafe lines.withLine(index) { unsafe memory.keep($0) }
        }
        unsafe self.records = unsafe records
        recordBytes = unsafe records.reduce(0) { $0 + $1.count }
        self.scorer = scorer
        self.writer = writer
        longest = settings.recordBytes
        decoder = try RecordDecoder(settings)
        let want = scorer.map { InputWant($0.featurizer) } ?? InputWant(.text)
        decoder.install(try PreparedWants([want], for: settings))
        batches = stride(from: 0, to: count, by: Self.batchRecords).map { start in
            (start..<min(count, start + Self.batchRecords)).map { index in
                StagedRecord(
                    view: unsafe RecordView(
                        value: records[index], key: nil, partition: 0, offset: Int64(index)),
                    index: index - start, route: .stable,
                    admission: unsafe Self.admission(
                        of: records[index], writer, longest: settings.recordBytes))
            }
        }
        if let scorer {
            var answering = BatchScorer(
                decoder: try RecordDecoder(settings), capacity: Self.batchRecords,
                shadowPercent: 0)
            answering.takeUp(try TeamCommand.set(scorer, 1, input: settings))
            self.answering = consume answering
        }
    }

    /// What this pass can do.
    var ways: [Way] { scorer == nil ? [.decode] : [.decode, .score, .predict] }

    func mean(of sum: Int) -> Double { Double(sum) / Double(count) }

    /// One pass over all records; nanoseconds of processor time a record.
    func run(_ way: Way) -> Double {
        (refused, refusal) = (0, nil)
        let before = ProcessUsage.threadProcessorTimeNs
        switch way {
        case .decode: decode()
        case .score: score()
        case .predict: predict()
        }
        let spent = ProcessUsage.threadProcessorTimeNs &- before
        return Double(spent) / Double(count)
    }

    private func decode() {
        var (texts, odd) = (0, 0)
        for index in 0..<count {
            if let reason = unsafe read(records[index]) {
                refuse(decoder.words(reason))
                continue
            }
            let input = decoder.input
            texts += unsafe input.text.count
            checksum += Double(unsafe input.dense.count)
            if !decoder.marks.isEmpty { odd += 1 }
        }
        (textBytes, marked) = (texts, odd)
    }

    /// Decodes one record; of Avro as a worker does, the frame first.
    @inline(__always)
    private func read(_ record: UnsafeBufferPointer<UInt8>) -> RejectReason? {
        guard let writer else { return unsafe decoder.decode(record) }
        switch unsafe Self.admission(of: record, writer, longest: longest) {
        case .body(_, let start):
            return unsafe decoder.decode(record, bodyStart: start, schema: writer.schema)
        case .refused(let reason): return reason
        case .parked, .tooOld, nil: return nil
        }
    }

    /// What a worker's intake says of a record whose schema is there; nil for other formats.
    @inline(__always)
    private static func admission(
        of record: UnsafeBufferPointer<UInt8>, _ writer: Writer?, longest: Int
    ) -> SchemaAdmission? {
        guard let writer else { return nil }
        switch unsafe AvroFrame.read(record, schemaHeader: nil, recordBytes: longest) {
        case .success(let frame) where frame.schema == writer.identity:
            return .body(SchemaHandle(writer.schema), start: frame.bodyStart)
        case .success(let frame): return .refused(.avro(.unknownSchema(frame.schema)))
        case .failure(let reason): return .refused(reason)
        }
    }

    private func refuse(_ reason: String) {
        if refused == 0 { refusal = reason }
        refused += 1
    }

    private func score() {
        guard let scorer else { return }
        for index in 0..<count {
            if let reason = unsafe read(records[index]) {
                refuse(decoder.words(reason))
                continue
            }
            let verdict = scorer.score(decoder.input, features, output)
            if let fault = verdict.fault {
                refuse("it has no score: \(fault)")
                continue
            }
            scorer.addProbabilities(output)
            checksum += verdict.score
        }
    }

    private func predict() {
        var bytes = 0
        for batch in batches {
            answering?.score(batch)
            for outcome in answering?.outcomes ?? [] {
                switch outcome {
                case .prediction(let prediction), .malformed(let prediction):
                    bytes += prediction.count
                case .unscorable(let reason): refuse(reason.text)
                }
            }
        }
        predictionBytes = bytes
    }

    private static let batchRecords = 1_000
}
