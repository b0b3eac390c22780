/// MurmurHash3_x86_32 with seed 0, on raw memory; `Lifecycle.MurmurHash3` is the readable one and
/// the tests hold both against each other.
package enum Murmur {
    /// The hash of a key of 1 to 3 bytes, which stand in `key` little-endian.
    @inline(__always)
    static func short(_ key: UInt32, length: UInt32) -> UInt32 {
        finalized(scrambled(key) ^ length)
    }

    /// The hash of the `count` bytes at `bytes`.
    @inline(__always)
    package static func hash(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> UInt32 {
        var hash: UInt32 = 0
        var position = 0
        while position &+ 4 <= count {
            let block = unsafe UnsafeRawPointer(bytes + position)
                .loadUnaligned(as: UInt32.self)
            hash ^= scrambled(UInt32(littleEndian: block))
            hash = (hash &<< 13 | hash &>> 19) &* 5 &+ 0xE654_6B64
            position &+= 4
        }
        var tail: UInt32 = 0
        var shift: UInt32 = 0
        while position < count {
            tail |= unsafe UInt32(bytes[position]) &<< shift
            shift &+= 8
            position &+= 1
        }
        hash ^= scrambled(tail)
        return finalized(hash ^ UInt32(truncatingIfNeeded: count))
    }

    @inline(__always)
    private static func scrambled(_ block: UInt32) -> UInt32 {
        let mixed = block &* 0xCC9E_2D51
        return (mixed &<< 15 | mixed &>> 17) &* 0x1B87_3593
    }

    @inline(__always)
    private static func finalized(_ hash: UInt32) -> UInt32 {
        var hash = hash
        hash ^= hash &>> 16
        hash = hash &* 0x85EB_CA6B
        hash ^= hash &>> 13
        hash = hash &* 0xC2B2_AE35
        return hash ^ (hash &>> 16)
    }
}
