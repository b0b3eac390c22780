import Lifecycle
import Testing

@Suite("canary buckets")
struct CanaryBucketTests {
    /// Vectors of Appleby's MurmurHash3_x86_32, as his SMHasher and others publish them.
    @Test(
        "murmur gives the published hashes",
        arguments: [
            ("", 0, 0), ("", 1, 0x514E_28B7), ("", 0xFFFF_FFFF, 0x81F1_6F39),
            ("test", 0, 0xBA6B_D213), ("test", 0x9747_B28C, 0x704B_81DC),
            ("Hello, world!", 0, 0xC036_3E43), ("Hello, world!", 0x9747_B28C, 0x2488_4CBA),
            (
                "The quick brown fox jumps over the lazy dog", 0, 0x2E4F_F723
            ),
            (
                "The quick brown fox jumps over the lazy dog", 0x9747_B28C, 0x2FA8_26CD
            ),
            ("a", 0x9747_B28C, 0x7FA0_9EA6), ("aa", 0x9747_B28C, 0x5D21_1726),
            ("aaa", 0x9747_B28C, 0x283E_0130), ("aaaa", 0x9747_B28C, 0x5A97_808A),
        ] as [(String, UInt32, UInt32)])
    func murmur(key: String, seed: UInt32, hash: UInt32) {
        #expect(MurmurHash3.hash32(Array(key.utf8), seed: seed) == hash)
        let bucket = CanaryBucket.bucket(key: Array(key.utf8), salt: seed)
        #expect(bucket == Int(UInt64(hash) * 10_000 / 4_294_967_296))
    }

    @Test("the bytes of the sign bit count as unsigned")
    func highBytes() {
        #expect(MurmurHash3.hash32([0xFF, 0xFF, 0xFF, 0xFF] as [UInt8], seed: 0) == 0x7629_3B50)
        #expect(MurmurHash3.hash32([0x21, 0x43, 0x65, 0x87] as [UInt8], seed: 0) == 0xF55B_516B)
        #expect(MurmurHash3.hash32([0x21, 0x43, 0x65] as [UInt8], seed: 0) == 0x7E4A_8634)
        #expect(MurmurHash3.hash32([0x21] as [UInt8], seed: 0) == 0x7266_1CF4)
    }

    @Test("a record without a key is placed by partition and offset, big endian")
    func positions() {
        let key: [UInt8] = [0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 1, 2]
        #expect(
            CanaryBucket.bucket(partition: 3, offset: 258, salt: 5)
                == CanaryBucket.bucket(key: key, salt: 5))
        let last: [UInt8] = [0x7F, 255, 255, 255, 0x7F, 255, 255, 255, 255, 255, 255, 255]
        #expect(
            CanaryBucket.bucket(partition: .max, offset: .max, salt: .max)
                == CanaryBucket.bucket(key: last, salt: .max))
    }

    @Test("bucket and cell follow from the key, or without one from the place")
    func recordHash() throws {
        let deployment = try Examples.deployment(stable: 1, candidate: Examples.canary(2, 5_000))
        let salt = deployment.salt
        for (key, isKeyed) in [([107], true), ([], false), (nil, false)] as [([UInt8]?, Bool)] {
            let hash =
                key.map { CanaryBucket.hash(key: $0, salt: salt) }
                ?? CanaryBucket.hash(partition: 3, offset: 258, salt: salt)
            let found = RecordHash(key: key, partition: 3, offset: 258, salt: salt)
            #expect(found.bucket == CanaryBucket.bucket(hash: hash))
            #expect(found.cell == RecordCell(hash: hash, isKeyed: isKeyed))
            let decider = deployment.decider(key: key, partition: 3, offset: 258)
            let (version, role) = deployment.decider(bucket: found.bucket)
            #expect(decider == (version, role, found.bucket))
        }
    }

    @Test("buckets spread evenly, so a share is what it says")
    func spread() {
        let below = (0..<100_000).count {
            CanaryBucket.bucket(partition: 0, offset: Int64($0), salt: 42) < 500
        }
        #expect((4_700...5_300).contains(below))
    }
}
