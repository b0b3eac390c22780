/// Walks the n-grams of a text, chunk by chunk: hash, then count.
@unsafe
struct NgramCounter<Reduction: IndexReduction> {
    let hashing: NgramHashing<Reduction>
    let bytes: UnsafePointer<UInt8>
    /// Where each code point begins, and the end of the last; nil where units are bytes.
    let offsets: UnsafePointer<UInt32>?

    /// Counts every n-gram of `lengths` that lies within `units`.
    @inline(__always)
    func count(units: Range<Int>, lengths: ClosedRange<Int>, in scratch: inout FeatureScratch) {
        for length in lengths {
            let windows = units.count - length + 1
            guard windows > 0 else { return }
            unsafe countWindows(from: units.lowerBound, windows, length: length, in: &scratch)
        }
    }

    /// Counts the n-grams of each word of a text that begins and ends with a space and has none
    /// beside another; a word takes both its spaces along.
    ///
    /// A word no longer than the n-gram counts once, whole, and no longer n-gram is tried.
    func countWords(units: Int, lengths: ClosedRange<Int>, in scratch: inout FeatureScratch) {
        var start = 0
        while start + 1 < units {
            var end = start + 1
            while unsafe bytes[byteOffset(end)] != 0x20 { end += 1 }
            let size = end + 1 - start
            for length in lengths {
                let taken = min(length, size)
                unsafe countWindows(from: start, size - taken + 1, length: taken, in: &scratch)
                if length >= size { break }
            }
            start = end
        }
    }

    @inline(__always)
    private func byteOffset(_ unit: Int) -> Int {
        guard let offsets = unsafe offsets else { return unit }
        return unsafe Int(offsets[unit])
    }

    @inline(__always)
    private func countWindows(
        from first: Int, _ windows: Int, length: Int, in scratch: inout FeatureScratch
    ) {
        let hashes = unsafe scratch.counting.hashes.pointer
        var done = 0
        while done < windows {
            let chunk = min(FeatureScratch.chunkNgrams, windows &- done)
            if let offsets = unsafe offsets {
                unsafe hashing.hashWindows(
                    bytes, offsets: offsets + first + done, length: length, count: chunk,
                    into: hashes)
            } else {
                unsafe hashing.hashWindows(
                    bytes + first + done, length: length, count: chunk, into: hashes)
            }
            scratch.countHashes(chunk)
            done &+= chunk
        }
    }
}
