/// MurmurHash3_x86_32 with seed 0 of all n-grams of a stretch of text.
///
/// The loops for one, two and three bytes are written so that the compiler vectorises them: no
/// branches, neighbouring loads, wrapping arithmetic.
@safe
struct NgramHashing<Reduction: IndexReduction> {
    let reduction: Reduction
    /// Whether even the shortest n-grams go through the plain hash, for the tests.
    let generic: Bool

    /// Packed hashes of `count` neighbouring windows of `length` bytes, the first at `bytes`.
    ///
    /// Reads `count + length - 1` bytes, writes `count` hashes.
    @inline(__always)
    func hashWindows(
        _ bytes: UnsafePointer<UInt8>, length: Int, count: Int,
        into out: UnsafeMutablePointer<UInt32>
    ) {
        switch generic ? 0 : length {
        case 1: unsafe hashSingles(bytes, count, out)
        case 2: unsafe hashPairs(bytes, count, out)
        case 3: unsafe hashTriples(bytes, count, out)
        default:
            for position in 0..<count {
                unsafe out[position] = reduction.packed(Murmur.hash(bytes + position, length))
            }
        }
    }

    /// Packed hashes of the windows of `length` code points; `offsets` says where each begins.
    func hashWindows(
        _ bytes: UnsafePointer<UInt8>, offsets: UnsafePointer<UInt32>, length: Int, count: Int,
        into out: UnsafeMutablePointer<UInt32>
    ) {
        for position in 0..<count {
            let start = unsafe Int(offsets[position])
            let size = unsafe Int(offsets[position &+ length]) &- start
            unsafe out[position] = reduction.packed(Murmur.hash(bytes + start, size))
        }
    }

    @inline(__always)
    private func hashSingles(
        _ bytes: UnsafePointer<UInt8>, _ count: Int, _ out: UnsafeMutablePointer<UInt32>
    ) {
        for position in 0..<count {
            unsafe out[position] = reduction.packed(
                Murmur.short(UInt32(bytes[position]), length: 1))
        }
    }

    @inline(__always)
    private func hashPairs(
        _ bytes: UnsafePointer<UInt8>, _ count: Int, _ out: UnsafeMutablePointer<UInt32>
    ) {
        for position in 0..<count {
            let key = unsafe UInt32(bytes[position]) | UInt32(bytes[position &+ 1]) &<< 8
            unsafe out[position] = reduction.packed(Murmur.short(key, length: 2))
        }
    }

    @inline(__always)
    private func hashTriples(
        _ bytes: UnsafePointer<UInt8>, _ count: Int, _ out: UnsafeMutablePointer<UInt32>
    ) {
        for position in 0..<count {
            let key =
                unsafe UInt32(bytes[position]) | UInt32(bytes[position &+ 1]) &<< 8
                | UInt32(bytes[position &+ 2]) &<< 16
            unsafe out[position] = reduction.packed(Murmur.short(key, length: 3))
        }
    }
}

/// How a hash becomes a feature index and a sign, packed in 32 bits: index, sign in the highest.
///
/// Two concrete types and generic callers, so that the choice is made once a text and not once an
/// n-gram.
protocol IndexReduction {
    func packed(_ hash: UInt32) -> UInt32
}

extension IndexReduction {
    /// The magnitude of the hash read as signed.
    ///
    /// As unsigned it also holds the magnitude of -2^31, where
    /// `abs` would trap; reduced, that gives what scikit-learn's special case gives.
    @inline(__always)
    func magnitude(_ hash: UInt32) -> UInt32 {
        let negative = UInt32(bitPattern: Int32(bitPattern: hash) >> 31)
        return (hash ^ negative) &- negative
    }
}

/// Feature spaces whose size is a power of two.
struct MaskReduction: IndexReduction {
    let mask: UInt32
    /// The highest bit with `alternate_sign`, else 0.
    let signMask: UInt32

    @inline(__always)
    func packed(_ hash: UInt32) -> UInt32 {
        (magnitude(hash) & mask) | (hash & signMask)
    }
}

/// Feature spaces of any size.
struct ModuloReduction: IndexReduction {
    let features: UInt32
    let signMask: UInt32

    @inline(__always)
    func packed(_ hash: UInt32) -> UInt32 {
        (magnitude(hash) % features) | (hash & signMask)
    }
}
