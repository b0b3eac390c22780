import Lifecycle

/// Turns texts into features, by one spec; immutable, used by any number of threads at once.
package struct Featurizer: Sendable, Equatable {
    package let spec: FeaturizerSpec

    package init(_ spec: FeaturizerSpec) {
        self.spec = spec
    }

    /// The size of the feature space; every index is below it.
    package var featureCount: Int { spec.hashedNgrams.featureCount }

    /// What it reads of a request: its whole text.
    package var inputView: String { "text" }

    /// The longest text that `features` takes, with room above what a record may hold.
    static let textBytesMax = 4 * Limits.requestBytesMax

    /// Replaces what is in `buffer` by the features of `text`, which may be any bytes.
    ///
    /// About 1.5 µs for a request of 170 bytes on one core. Allocates nothing once the buffer has
    /// grown to the longest text. `text` is at most `textBytesMax`, a multiple of the limit of a
    /// request.
    package func features(of text: UnsafeBufferPointer<UInt8>, into buffer: FeatureBuffer) {
        unsafe features(of: text, into: buffer, generic: false)
    }

    /// The same, for callers that hold an array.
    package func features(of text: [UInt8], into buffer: FeatureBuffer) {
        unsafe text.withUnsafeBufferPointer {
            unsafe features(of: $0, into: buffer, generic: false)
        }
    }

    /// With `generic`, every n-gram goes through the plain hash: what the tests hold the vectorised
    /// ones against.
    package func features(
        of text: UnsafeBufferPointer<UInt8>, into buffer: FeatureBuffer, generic: Bool
    ) {
        precondition(text.count <= Self.textBytesMax, "a text above every limit of a request")
        unsafe count(text, in: &buffer.scratch, generic: generic)
    }

    private func count(
        _ text: UnsafeBufferPointer<UInt8>, in scratch: inout FeatureScratch, generic: Bool
    ) {
        let ngrams = spec.hashedNgrams
        let signMask: UInt32 = ngrams.alternateSign ? 0x8000_0000 : 0
        let size = UInt32(truncatingIfNeeded: ngrams.featureCount)
        if size & (size &- 1) == 0 {
            let reduction = MaskReduction(mask: size &- 1, signMask: signMask)
            unsafe count(text, &scratch, NgramHashing(reduction: reduction, generic: generic))
        } else {
            let reduction = ModuloReduction(features: size, signMask: signMask)
            unsafe count(text, &scratch, NgramHashing(reduction: reduction, generic: generic))
        }
        scratch.finish(norm: ngrams.norm, binary: ngrams.binary)
    }

    @inline(__always)
    private func count<Reduction>(
        _ text: UnsafeBufferPointer<UInt8>, _ scratch: inout FeatureScratch,
        _ hashing: NgramHashing<Reduction>
    ) {
        let ngrams = spec.hashedNgrams
        let lengths = ngrams.ngramRange
        switch ngrams.analyzer {
        case .byte:
            scratch.begin(features: ngrams.featureCount, ngrams: text.count * lengths.count)
            guard let bytes = text.baseAddress else { return }
            let counter = unsafe NgramCounter(hashing: hashing, bytes: bytes, offsets: nil)
            unsafe counter.count(units: 0..<text.count, lengths: lengths, in: &scratch)
        case .char:
            let (counter, prepared) = unsafe prepare(text, .foldRuns, &scratch, hashing)
            unsafe counter.count(units: 0..<prepared.unitCount, lengths: lengths, in: &scratch)
        case .charWordBoundaries:
            let (counter, prepared) = unsafe prepare(text, .separateWords, &scratch, hashing)
            unsafe counter.countWords(units: prepared.unitCount, lengths: lengths, in: &scratch)
        }
    }

    @inline(__always)
    private func prepare<Reduction>(
        _ text: UnsafeBufferPointer<UInt8>, _ whiteSpace: TextPreparation.WhiteSpace,
        _ scratch: inout FeatureScratch, _ hashing: NgramHashing<Reduction>
    ) -> (NgramCounter<Reduction>, PreparedText) {
        let ngrams = spec.hashedNgrams
        let preparation = TextPreparation(lowercase: ngrams.lowercase, whiteSpace: whiteSpace)
        let prepared = unsafe preparation.prepare(text, in: &scratch)
        // Why twice: neighbouring words share a space, and each counts it.
        scratch.begin(
            features: ngrams.featureCount,
            ngrams: 2 * prepared.unitCount * ngrams.ngramRange.count)
        let offsets = prepared.isASCII ? nil : unsafe UnsafePointer(scratch.offsets.pointer)
        let counter = unsafe NgramCounter(
            hashing: hashing, bytes: UnsafePointer(scratch.text.pointer), offsets: offsets)
        return unsafe (counter, prepared)
    }
}
