package import Lifecycle

/// Turns inputs into features, by one spec; immutable, used by any number of threads at once.
package struct Featurizer: Sendable, Equatable {
    package let spec: FeaturizerSpec
    /// The size of the feature space; every index is below it.
    package let featureCount: Int
    /// What it reads of a record.
    package let needs: InputViews
    /// The named fields that it reads, in the order in which an input gives them.
    package let fieldNames: [String]
    /// The named texts that it reads, in the order in which an input gives them.
    package let textNames: [String]
    /// Whether a record that lacks the one named text may give it as `text` or `text_b64`.
    package let takesPlainText: Bool

    /// Whether an input's parts of a request matter to it, and not only its text.
    package let readsParts: Bool
    /// How many numbers `"x"` must have; nil where it is not read.
    package var denseCount: Int? { plan.denseCount }
    /// How many features of `"svm"` are told apart; nil where it is not read.
    package var sparseCount: Int? { plan.sparseCount }
    /// Whether indices of `"svm"` begin at 0 for it.
    package var readsIndexZero: Bool { plan.readsIndexZero }
    /// What it reads of a record in a word, as contracts and `show` print it.
    package var inputName: String { needs.name + (readsIndexZero ? " from 0" : "") }
    let plan: FeaturePlan
    /// The recipe of hashed n-grams, where that is all there is: the shortest way.
    private let hashed: HashedNgrams?

    /// - Parameter modelFeatures: how many features the model takes, for a spec that leaves it
    ///   open.
    /// - Throws: `SwerveError.invalid` where steps do not fit each other, `.tooLarge` above a
    ///   limit.
    package init(_ spec: FeaturizerSpec, modelFeatures: Int? = nil) throws(SwerveError) {
        var names = FieldNumbers()
        var texts = FieldNumbers()
        var selected = 0
        plan = try FeaturePlan(
            spec, modelFeatures: modelFeatures, names: &names, texts: &texts, selected: &selected)
        if let both = texts.names.first(where: Set(names.names).contains) {
            throw SwerveError(
                .invalid, act: FeaturePlan.act,
                reason: "the field '\(both.shortened(to: 64))' is read as a number and as a text")
        }
        guard !plan.mayBeMissing else {
            throw SwerveError(
                .invalid, act: FeaturePlan.act,
                reason: "a missing field stays missing through all steps, and the model would get "
                    + "NaN for it",
                remedy: "put an imputer among the steps, or say what a missing field counts as")
        }
        self.spec = spec
        hashed = spec.hashedNgrams
        featureCount = plan.featureCount
        needs = plan.needs
        readsParts = plan.readsParts
        fieldNames = names.names
        textNames = texts.names
        takesPlainText = texts.names.count == 1 && plan.readsTextField
    }

    /// A featurizer of hashed n-grams alone, which always fit.
    package init(_ recipe: HashedNgrams) {
        spec = FeaturizerSpec(hashedNgrams: recipe)
        plan = FeaturePlan(recipe)
        hashed = recipe
        featureCount = recipe.featureCount
        needs = .text
        readsParts = false
        fieldNames = []
        textNames = []
        takesPlainText = false
    }

    /// Equal featurizers give the same features for every input.
    package static func == (one: Featurizer, other: Featurizer) -> Bool {
        one.featureCount == other.featureCount && one.spec == other.spec
    }

    /// A fault of one of its inputs, in words.
    package func words(of fault: InputFault) -> String {
        fault.words(fieldNames: fieldNames, textNames: textNames)
    }

    /// The longest text that `features` takes, with room above what a record may hold.
    static let textBytesMax = 4 * Limits.requestBytesMax

    /// Replaces what is in `buffer` by the features of `input`; what is wrong with the input is in
    /// the buffer's `fault` then.
    ///
    /// About 1.5 µs for a request of 170 bytes and hashed n-grams on one core. Allocates nothing
    /// once the buffer has grown to the longest text. A text is at most `textBytesMax`, a multiple
    /// of the limit of a request.
    package func features(of input: ScoringInput, into buffer: FeatureBuffer) {
        guard input.views.isSuperset(of: needs) else {
            buffer.scratch.features.refuse(.missingView(needs.subtracting(input.views)))
            return
        }
        guard hashed == nil else {
            unsafe features(of: input.text, into: buffer, generic: false)
            return
        }
        unsafe precondition(
            input.text.count <= Self.textBytesMax, "a text above every limit of a request")
        run(plan, input, &buffer.scratch)
    }

    /// The text that a source of n-grams reads; nil where the input has none.
    ///
    /// - Parameter field: the position of a named text; nil for the text of the request.
    @inline(__always)
    func text(_ field: Int?, of input: ScoringInput) -> UnsafeBufferPointer<UInt8>? {
        guard let field else {
            return unsafe input.views.contains(.text) ? input.text : nil
        }
        return unsafe namedText(field, of: input)
    }

    private func namedText(
        _ field: Int, of input: ScoringInput
    ) -> UnsafeBufferPointer<UInt8>? {
        // Without the view, one of the texts was refused.
        guard input.views.contains(.texts), unsafe field < input.texts.count else { return nil }
        let text = unsafe input.texts[field]
        if !text.isAbsent { return unsafe text.bytes }
        // A text made of a request's parts is not what the name means.
        guard takesPlainText, input.views.contains(.text), input.parts == nil else { return nil }
        return unsafe input.text
    }

    /// The same, for callers that hold the input's memory.
    package func features(of input: OwnedInput, into buffer: FeatureBuffer) {
        input.withView(fieldNames: fieldNames, textNames: textNames) {
            features(of: $0, into: buffer)
        }
    }

    /// The same, for a text given as it is.
    package func features(of text: [UInt8], into buffer: FeatureBuffer) {
        unsafe text.withUnsafeBufferPointer {
            features(of: unsafe ScoringInput(text: $0), into: buffer)
        }
    }

    /// With `generic`, every n-gram goes through the plain hash: what the tests hold the vectorised
    /// ones against.
    package func features(
        of text: UnsafeBufferPointer<UInt8>, into buffer: FeatureBuffer, generic: Bool
    ) {
        precondition(text.count <= Self.textBytesMax, "a text above every limit of a request")
        guard let hashed else { return }
        unsafe count(text, hashed, in: &buffer.scratch, generic: generic)
    }

    func count(
        _ text: UnsafeBufferPointer<UInt8>, _ ngrams: HashedNgrams,
        in scratch: inout FeatureScratch, generic: Bool
    ) {
        let signMask: UInt32 = ngrams.alternateSign ? 0x8000_0000 : 0
        let size = UInt32(truncatingIfNeeded: ngrams.featureCount)
        if size & (size &- 1) == 0 {
            let reduction = MaskReduction(mask: size &- 1, signMask: signMask)
            unsafe count(
                text, ngrams, &scratch, NgramHashing(reduction: reduction, generic: generic))
        } else {
            let reduction = ModuloReduction(features: size, signMask: signMask)
            unsafe count(
                text, ngrams, &scratch, NgramHashing(reduction: reduction, generic: generic))
        }
        scratch.finish(norm: ngrams.norm, binary: ngrams.binary)
    }

    @inline(__always)
    private func count<Reduction>(
        _ text: UnsafeBufferPointer<UInt8>, _ ngrams: HashedNgrams,
        _ scratch: inout FeatureScratch, _ hashing: NgramHashing<Reduction>
    ) {
        let lengths = ngrams.ngramRange
        switch ngrams.analyzer {
        case .byte:
            scratch.begin(features: ngrams.featureCount, ngrams: text.count * lengths.count)
            guard let bytes = text.baseAddress else { return }
            let counter = unsafe NgramCounter(hashing: hashing, bytes: bytes, offsets: nil)
            unsafe counter.count(units: 0..<text.count, lengths: lengths, in: &scratch)
        case .char:
            let (counter, prepared) = unsafe prepare(text, ngrams, .foldRuns, &scratch, hashing)
            unsafe counter.count(units: 0..<prepared.unitCount, lengths: lengths, in: &scratch)
        case .charWordBoundaries:
            let (counter, prepared) = unsafe prepare(
                text, ngrams, .separateWords, &scratch, hashing)
            unsafe counter.countWords(units: prepared.unitCount, lengths: lengths, in: &scratch)
        case .word: unsafe countTokens(text, ngrams, &scratch, hashing.reduction)
        }
    }

    @inline(__always)
    private func prepare<Reduction>(
        _ text: UnsafeBufferPointer<UInt8>, _ ngrams: HashedNgrams,
        _ whiteSpace: TextPreparation.WhiteSpace, _ scratch: inout FeatureScratch,
        _ hashing: NgramHashing<Reduction>
    ) -> (NgramCounter<Reduction>, PreparedText) {
        let preparation = TextPreparation(
            lowercase: ngrams.lowercase, whiteSpace: whiteSpace,
            stripAccents: ngrams.options.stripAccents)
        let prepared = unsafe preparation.prepare(text, in: &scratch)
        // Why twice: neighbouring words share a space, and each counts it.
        scratch.begin(
            features: ngrams.featureCount,
            ngrams: 2 * prepared.unitCount * ngrams.ngramRange.count)
        let offsets = prepared.isASCII ? nil : unsafe UnsafePointer(scratch.text.offsets.pointer)
        let counter = unsafe NgramCounter(
            hashing: hashing, bytes: UnsafePointer(scratch.text.bytes.pointer), offsets: offsets)
        return unsafe (counter, prepared)
    }
}
