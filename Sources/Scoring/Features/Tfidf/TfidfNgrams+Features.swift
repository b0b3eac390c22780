/// From a text to the features of a vocabulary.
extension TfidfNgrams {
    /// Puts the features of `text` into the scratch, in the form `sparse`.
    ///
    /// Allocates nothing once the scratch has grown.
    func count(_ text: UnsafeBufferPointer<UInt8>, in scratch: inout FeatureScratch) {
        guard analyzer != .word else { return unsafe countTokens(text, in: &scratch) }
        let units = unsafe units(of: text, in: &scratch)
        // Why twice: neighbouring words share a space, and each counts it.
        unsafe scratch.beginTerms(featureCount, ngrams: 2 * units.count * ngramRange.count)
        if analyzer == .charWordBoundaries {
            unsafe countWords(units, in: &scratch)
        } else {
            unsafe countAll(0..<units.count, units, in: &scratch)
        }
        scratch.finishTerms(self)
    }

    /// The bytes or code points that n-grams are cut from.
    @unsafe
    struct Units {
        let bytes: UnsafePointer<UInt8>
        /// Where each code point begins, and the end of the last; nil where units are bytes.
        let offsets: UnsafePointer<UInt32>?
        let count: Int

        @inline(__always)
        func offset(_ unit: Int) -> Int {
            guard let offsets = unsafe offsets else { return unit }
            return unsafe Int(offsets[unit])
        }
    }

    @inline(__always)
    func units(
        of text: UnsafeBufferPointer<UInt8>, in scratch: inout FeatureScratch
    ) -> Units {
        guard analyzer != .byte else {
            // An empty text may have no address; what stands there is not read.
            let bytes = unsafe text.baseAddress ?? UnsafePointer(scratch.text.bytes.pointer)
            return unsafe Units(bytes: bytes, offsets: nil, count: text.count)
        }
        let whiteSpace: TextPreparation.WhiteSpace =
            if analyzer == .charWordBoundaries {
                .separateWords
            } else {
                foldsWhiteSpace ? .foldRuns : .keep
            }
        let preparation = TextPreparation(
            lowercase: lowercase, whiteSpace: whiteSpace, simpleLowercase: simpleLowercase,
            stripAccents: options.stripAccents)
        let prepared = unsafe preparation.prepare(text, in: &scratch)
        return unsafe Units(
            bytes: UnsafePointer(scratch.text.bytes.pointer),
            offsets: prepared.isASCII ? nil : UnsafePointer(scratch.text.offsets.pointer),
            count: prepared.unitCount)
    }

    /// Each word takes the spaces on both its sides along.
    ///
    /// A word no longer than the n-gram counts once, whole, and no longer n-gram is tried.
    private func countWords(_ units: Units, in scratch: inout FeatureScratch) {
        var start = 0
        while unsafe start + 1 < units.count {
            var end = start + 1
            while unsafe units.bytes[units.offset(end)] != 0x20 { end += 1 }
            unsafe countAll(start..<end + 1, units, in: &scratch)
            start = end
        }
    }

    /// Counts the n-grams that lie within `range`.
    private func countAll(
        _ range: Range<Int>, _ units: Units, in scratch: inout FeatureScratch
    ) {
        if let short = table.short, unsafe units.offsets == nil {
            var place = range.lowerBound
            while place < range.upperBound {
                let places = min(FeatureScratch.chunkNgrams / 3, range.upperBound - place)
                let found = unsafe short.find(
                    units.bytes + place, count: range.upperBound - place, places: places,
                    into: scratch.counting.hashes.pointer)
                scratch.countTerms(found)
                place += places
            }
            return
        }
        for length in ngramRange {
            if length <= range.count {
                unsafe countWindows(range, units, length: length, in: &scratch)
            }
            guard length < range.count else {
                if length > range.count, analyzer == .charWordBoundaries,
                    length == ngramRange.lowerBound
                {
                    unsafe countWindows(range, units, length: range.count, in: &scratch)
                }
                return
            }
        }
    }

    private func countWindows(
        _ range: Range<Int>, _ units: Units, length: Int, in scratch: inout FeatureScratch
    ) {
        let hashes = unsafe scratch.counting.hashes.pointer
        let nothing = UInt32(truncatingIfNeeded: featureCount)
        var waiting = 0
        for first in range.lowerBound..<range.upperBound - length + 1 {
            let start = unsafe units.offset(first)
            let size = unsafe units.offset(first + length) - start
            let term = unsafe table.find(units.bytes + start, size)
            unsafe hashes[waiting] = term.map { UInt32(truncatingIfNeeded: $0) } ?? nothing
            waiting += 1
            if waiting == FeatureScratch.chunkNgrams {
                scratch.countTerms(waiting)
                waiting = 0
            }
        }
        scratch.countTerms(waiting)
    }
}
