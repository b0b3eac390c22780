/// MurmurHash3_x86_32, by Austin Appleby (public domain): the hash of scikit-learn's hashed
/// features and of the canary's buckets.
package enum MurmurHash3 {
    /// The hash of `key` as Appleby's reference gives it; little-endian blocks, any length.
    package static func hash32(_ key: some Collection<UInt8>, seed: UInt32) -> UInt32 {
        var hash = seed
        var block: UInt32 = 0
        var filled: UInt32 = 0
        for byte in key {
            block |= UInt32(byte) << (8 * filled)
            filled += 1
            if filled == 4 {
                hash ^= scrambled(block)
                hash = (hash << 13 | hash >> 19) &* 5 &+ 0xE654_6B64
                block = 0
                filled = 0
            }
        }
        if filled > 0 { hash ^= scrambled(block) }
        return finalized(hash ^ UInt32(truncatingIfNeeded: key.count))
    }

    @inline(__always)
    private static func scrambled(_ block: UInt32) -> UInt32 {
        let mixed = block &* 0xCC9E_2D51
        return (mixed << 15 | mixed >> 17) &* 0x1B87_3593
    }

    @inline(__always)
    private static func finalized(_ hash: UInt32) -> UInt32 {
        var hash = hash
        hash ^= hash >> 16
        hash = hash &* 0x85EB_CA6B
        hash ^= hash >> 13
        hash = hash &* 0xC2B2_AE35
        return hash ^ (hash >> 16)
    }
}
