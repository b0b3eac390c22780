import Inputs
import Lifecycle
import Scoring

/// The inputs of a benchmark, read once: each as the bytes of its record, and as the views that a
/// parser would give of it.
///
/// What the views point to lives as long as this does.
@safe
final class ScoreInputs {
    /// One record's bytes each.
    let records: [UnsafeBufferPointer<UInt8>]
    let views: [ScoringInput]
    /// Of all texts together; 0 where the inputs are numbers.
    let textBytes: Int
    let recordBytes: Int
    private let memory = KeptMemory()

    /// Reads JSON lines, plain or gzip, as `swerve score` does.
    ///
    /// - Parameters:
    ///   - featurizer: what is wanted of each line.
    ///   - limit: read at most so many; nil reads all.
    /// - Throws: for the first line that is no input.
    init(path: String, for featurizer: Featurizer, limit: Int?) throws {
        let reader = try FileLineReader(path: path)
        let decoder = try LineDecoder(want: InputWant(featurizer))
        var records: [UnsafeBufferPointer<UInt8>] = unsafe []
        var views: [ScoringInput] = []
        var textBytes = 0
        var recordBytes = 0
        while limit.map({ views.count < $0 }) ?? true, let line = unsafe try reader.next() {
            guard !line.isEmpty else { continue }
            let input: OwnedInput
            do throws(InputLineRefusal) {
                input = try decoder.decode(unsafe line.span).input
            } catch {
                throw error.error("reading \(path)", line: reader.lineNumber)
            }
            unsafe records.append(memory.keep(line))
            views.append(Self.view(of: input, for: featurizer, in: memory))
            textBytes += input.texts.values.reduce(input.text?.count ?? 0) { $0 + $1.count }
            recordBytes += line.count
        }
        guard !views.isEmpty else {
            throw SwerveError(.invalid, act: "reading \(path)", reason: "there is no input in it")
        }
        unsafe self.records = records
        self.views = views
        self.textBytes = textBytes
        self.recordBytes = recordBytes
    }

    var count: Int { views.count }

    private static func view(
        of input: OwnedInput, for featurizer: Featurizer, in memory: KeptMemory
    ) -> ScoringInput {
        // Why a copy of each array: the owned input's own memory is lent for the call alone.
        input.withView(
            fieldNames: featurizer.fieldNames, textNames: featurizer.textNames
        ) { lent in
            var view = lent
            unsafe view.text = memory.keep(lent.text)
            unsafe view.dense = memory.keep(lent.dense)
            unsafe view.sparseIndices = memory.keep(lent.sparseIndices)
            unsafe view.sparseValues = memory.keep(lent.sparseValues)
            unsafe view.fields = memory.keep(lent.fields)
            // Never freed: inputs live as long as the process.
            let count = unsafe lent.texts.count
            let texts = UnsafeMutableBufferPointer<NamedText>.allocate(capacity: count)
            for index in 0..<count {
                var text = unsafe lent.texts[index]
                if !text.isAbsent {
                    unsafe text.start = memory.keep(text.bytes).baseAddress
                }
                unsafe texts.initializeElement(at: index, to: text)
            }
            unsafe view.texts = UnsafeBufferPointer(texts)
            return view
        }
    }
}
