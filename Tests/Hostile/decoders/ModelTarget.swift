import Foundation
import Lifecycle
import ModelFormats
import Scoring

/// Model files of every format, read and built as registration and workers do it.
enum ModelTarget {
    static func run(_ bytes: [UInt8]) {
        let file = NamedBytes(name: "model", bytes: bytes)
        do throws(SwerveError) {
            let format = try ModelFormat.recognize(file)
            for isZeroBased in format == .libsvm ? [false, true] : [false] {
                run(file, isZeroBased: isZeroBased)
            }
        } catch {
            Refusal.check(error)
        }
    }

    /// What a file says where it is read, for the planted faults too.
    static func parsed(_ bytes: [UInt8]) -> ParsedModel? {
        try? ParsedModel(parsing: NamedBytes(name: "model", bytes: bytes))
    }

    private static func run(_ file: NamedBytes, isZeroBased: Bool) {
        do throws(SwerveError) {
            let parsed = try ParsedModel(parsing: file, isZeroBased: isZeroBased)
            check(parsed)
            let reading = ModelReading(isZeroBased: isZeroBased)
            let scorer = try build(parsed, file, reading)
            ScorerChecks.run(scorer, also: parsed.golden)
            try turn(parsed, file, reading)
        } catch {
            Refusal.check(error)
        }
    }

    private static func check(_ parsed: ParsedModel) {
        let model = parsed.model
        expect(
            parsed.golden.allSatisfy { $0.decision.count == model.decisionCount },
            "a golden input of another model")
        expect(parsed.labels.values.allSatisfy(model.classes.contains), "a label of no class")
        expect(parsed.threshold.isFinite, "a threshold that is not finite")
    }

    /// With numbers from `"x"` or `"svm"` where the file does not say where they come from.
    private static func build(
        _ parsed: ParsedModel, _ file: NamedBytes, _ reading: ModelReading
    ) throws(SwerveError) -> Scorer {
        let source = reading.isZeroBased || parsed.model.featureCount > 512 ? "sparse" : "dense"
        let spec = Array(#"{"steps":[{"\#(source)":{}}]}"#.utf8)
        return try ScorerLoader.build(
            parsed, file: file.name,
            featurizer: parsed.featurizer == nil ? NamedBytes(name: "spec", bytes: spec) : nil,
            labels: parsed.labels, threshold: parsed.threshold, reading: reading,
            isWideAllowed: false)
    }

    /// The same model speaking of its other class decides the opposite.
    private static func turn(
        _ parsed: ParsedModel, _ file: NamedBytes, _ reading: ModelReading
    ) throws(SwerveError) {
        guard parsed.model.rule == .single, parsed.model.classes.count == 2 else { return }
        let other = parsed.model.classes[1 - parsed.model.positive]
        let turned = try parsed.speaking(of: other, act: "turning")
        expect(turned.model.positiveClass == other, "a model that speaks of another class")
        let back = try turned.speaking(
            of: parsed.model.classes[parsed.model.positive], act: "turning")
        expect(back.model == parsed.model, "a model turned twice is another one")
        ScorerChecks.run(try build(turned, file, reading), also: turned.golden)
    }
}

/// What holds of every refusal.
enum Refusal {
    private static let most = 2_000
    /// For whoever looks at one input: whether the words are told.
    private static let areTold = ProcessInfo.processInfo.environment["SWERVE_FUZZ_TELL"] != nil

    static func check(_ error: SwerveError) {
        if areTold { FileHandle.standardError.write(Data("refused: \(error)\n".utf8)) }
        expect(!error.act.isEmpty && !error.reason.isEmpty, "a refusal without words")
        let length = error.description.utf8.count
        expect(length <= most, "a refusal of \(length) bytes")
        expect(
            error.code == .invalid || error.code == .tooLarge || error.code == .refused,
            "a refusal as \(error.code.rawValue)")
    }
}
