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

    let count: Int
    let recordBytes: Int
    /// Of the last pass that decodes, and of the last one that predicts.
    private(set) var textBytes = 0
    private(set) var predictionBytes = 0
    /// Records of the last pass that decodes without a view, and those with a mark.
    private(set) var refused = 0
    private(set) var marked = 0
    /// What passes leave here keeps the optimiser from leaving the work out.
    private var checksum = 0.0
    private let memory = KeptMemory()
    private let records: [UnsafeBufferPointer<UInt8>]
    private let decoder: RecordDecoder
    private let scorer: Scorer?
    private let features = FeatureBuffer()
    private let output = ScoreOutput()
    private let batches: [[StagedRecord]]
    private var answering: BatchScorer?

    /// - Parameter scorer: without one, records are read for their text.
    /// - Throws: for settings that no decoder is made of.
    init(
        _ lines: RecordLines, limit: Int?, _ settings: InputSettings, _ scorer: Scorer?
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
        decoder = try RecordDecoder(settings)
        let want = scorer.map { InputWant($0.featurizer) } ?? InputWant(.text)
        decoder.install(try PreparedWants([want], for: settings))
        batches = stride(from: 0, to: count, by: Self.batchRecords).map { start in
            (start..<min(count, start + Self.batchRecords)).map { index in
                StagedRecord(
                    view: unsafe RecordView(
                        value: records[index], key: nil, partition: 0, offset: Int64(index)),
                    index: index - start, route: .stable)
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
        var (texts, without, odd) = (0, 0, 0)
        for index in 0..<count {
            guard unsafe decoder.decode(records[index]) == nil else {
                without += 1
                continue
            }
            let input = decoder.input
            texts += unsafe input.text.count
            checksum += Double(unsafe input.dense.count)
            if !decoder.marks.isEmpty { odd += 1 }
        }
        (textBytes, refused, marked) = (texts, without, odd)
    }

    private func score() {
        guard let scorer else { return }
        for index in 0..<count {
            guard unsafe decoder.decode(records[index]) == nil else { continue }
            let verdict = scorer.score(decoder.input, features, output)
            guard verdict.fault == nil else { continue }
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
                case .unscorable: break
                }
            }
        }
        predictionBytes = bytes
    }

    private static let batchRecords = 1_000
}
