/// Which records the candidate decides: a rule that anyone can recompute from key and salt.
///
/// Bucket = `(UInt64(murmur3_32(key, seed: salt)) * 10_000) >> 32`; the candidate decides a record
/// whose bucket is below the share in ten-thousandths. Widening a canary keeps the salt, so the
/// first 5 % stay inside the first 10 %.
///
/// The same hash gives the cell of a record by its low bits (`RecordCell`); which hash that is says
/// `RecordHash`.
package enum CanaryBucket {
    /// The hash of a record's key.
    package static func hash(key: some Collection<UInt8>, salt: UInt32) -> UInt32 {
        MurmurHash3.hash32(key, seed: salt)
    }

    /// The same of a record that has none: partition (Int32) and offset (Int64), big endian.
    package static func hash(partition: Int32, offset: Int64, salt: UInt32) -> UInt32 {
        hash(key: PositionKey(partition: partition, offset: offset), salt: salt)
    }

    /// The bucket, 0 … 9,999, by the high bits of a hash.
    @inlinable
    package static func bucket(hash: UInt32) -> Int {
        Int((UInt64(hash) * UInt64(Share.denominator)) >> 32)
    }

    /// The bucket of a record's key.
    package static func bucket(key: some Collection<UInt8>, salt: UInt32) -> Int {
        bucket(hash: hash(key: key, salt: salt))
    }

    /// The bucket of a record that has none.
    package static func bucket(partition: Int32, offset: Int64, salt: UInt32) -> Int {
        bucket(hash: hash(partition: partition, offset: offset, salt: salt))
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

/// The hash that bucket and cell of a record are taken from: of its key, or of its place where it
/// has none.
///
/// The one rule of workers, audits and replays. An empty key is a key: all records that have it are
/// in one bucket and in one cell. But it does not say who sent them, so they do not count as keyed.
///
/// Asked of each record from another module, so what is asked is inlined there.
package struct RecordHash: Sendable, Hashable {
    @usableFromInline let hash: UInt32
    @usableFromInline let isKeyed: Bool

    /// - Parameters:
    ///   - key: nil for a record without one.
    ///   - salt: the deployment's.
    @inlinable
    package init(
        key: (some Collection<UInt8>)?, partition: Int32, offset: Int64, salt: UInt32
    ) {
        if let key {
            hash = CanaryBucket.hash(key: key, salt: salt)
            isKeyed = !key.isEmpty
        } else {
            hash = CanaryBucket.hash(partition: partition, offset: offset, salt: salt)
            isKeyed = false
        }
    }

    /// The bucket, 0 … 9,999.
    @inlinable package var bucket: Int { CanaryBucket.bucket(hash: hash) }

    @inlinable package var cell: RecordCell { RecordCell(hash: hash, isKeyed: isKeyed) }
}

/// Which of 64 groups of keys a record belongs to, and whether it has a key at all: one byte.
///
/// The judge of a canary reads counts by cell, so that what one client does over and over does not
/// pass for many. The cell has the low bits of the hash and the bucket the high ones: a share takes
/// records of all cells.
///
/// Asked of each record from another module, so what is asked is inlined there.
package struct RecordCell: Sendable, Hashable {
    package static let count = 64

    /// The cell, and above it a bit for a record that has a key.
    @usableFromInline let bits: UInt8

    /// - Parameters:
    ///   - hash: of the record's key, or of its client, by the deployment's salt.
    ///   - isKeyed: whether there was one; else the cell says nothing of who sent the record.
    @inlinable
    package init(hash: UInt32, isKeyed: Bool) {
        bits = UInt8(truncatingIfNeeded: hash & 63) | (isKeyed ? 64 : 0)
    }

    /// The cell by who sent a record, where the configuration names a field for that.
    ///
    /// - Parameter client: nil where the record does not say.
    @inlinable
    package init(client: (some Collection<UInt8>)?, salt: UInt32) {
        guard let client, !client.isEmpty else {
            self = .none
            return
        }
        self.init(hash: CanaryBucket.hash(key: client, salt: salt), isKeyed: true)
    }

    /// 0 … 63.
    @inlinable package var index: Int { Int(bits & 63) }
    @inlinable package var isKeyed: Bool { bits & 64 != 0 }

    /// Of a record that no candidate is asked about, or that does not say who sent it.
    @inlinable package static var none: RecordCell { RecordCell(hash: 0, isKeyed: false) }
}
