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
