/// Which records the candidate decides: a rule that anyone can recompute from key and salt.
///
/// Bucket = `(UInt64(murmur3_32(key, seed: salt)) * 10_000) >> 32`; the candidate decides a record
/// whose bucket is below the share in ten-thousandths. Widening a canary keeps the salt, so the
/// first 5 % stay inside the first 10 %.
package enum CanaryBucket {
    /// The bucket, 0 … 9,999, of a record's key.
    package static func bucket(key: some Collection<UInt8>, salt: UInt32) -> Int {
        let hash = MurmurHash3.hash32(key, seed: salt)
        return Int((UInt64(hash) * UInt64(Share.denominator)) >> 32)
    }

    /// The key of a record that has none: partition (Int32) and offset (Int64), big endian.
    package static func bucket(partition: Int32, offset: Int64, salt: UInt32) -> Int {
        bucket(key: PositionKey(partition: partition, offset: offset), salt: salt)
    }

    /// The 12 bytes of a position, without a buffer.
    private struct PositionKey: RandomAccessCollection {
        let partition: Int32
        let offset: Int64
        var startIndex: Int { 0 }
        var endIndex: Int { 12 }
        subscript(index: Int) -> UInt8 {
            index < 4
                ? UInt8(truncatingIfNeeded: partition >> (8 * (3 - index)))
                : UInt8(truncatingIfNeeded: offset >> (8 * (11 - index)))
        }
    }
}
