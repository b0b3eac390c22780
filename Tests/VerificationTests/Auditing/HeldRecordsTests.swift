import Testing

@testable import Verification

/// The newest records are held in one stretch of memory, and are what was put in.
@Suite("Records that an audit holds")
struct HeldRecordsTests {
    @Test("whatever their sizes, each is what was put in as long as it is the oldest or newer")
    func rounds() {
        var held = HeldRecords(capacity: 100)
        typealias Kept = (place: HeldRecords.Place, parts: [[UInt8]?])
        var kept: [Kept] = []
        var random = SystemRandomNumberGenerator()
        for number in 0..<5_000 {
            let key =
                number % 5 == 0 ? nil : Self.bytes(number, Int.random(in: 0...9, using: &random))
            let value =
                number % 7 == 0
                ? nil : Self.bytes(number + 1, Int.random(in: 0...60, using: &random))
            let schema = number % 3 == 0 ? Self.bytes(number + 2, number % 17) : nil
            let count = [key, value, schema].reduce(0) { $0 + ($1?.count ?? 0) }
            while let oldest = kept.first, !held.hasRoom(count, beside: oldest.place) {
                kept.removeFirst()
            }
            RecordBytes.with(key: key, value: value, schema: schema) { bytes in
                kept.append((held.put(bytes), [key, value, schema]))
            }
            for one in kept {
                held.with(one.place) { bytes in
                    let parts = [bytes.keyArray, bytes.valueArray, bytes.schemaArray]
                    #expect(parts == one.parts)
                    #expect(bytes.hasKey(one.parts[0] ?? []) && !bytes.hasKey([1, 2, 3]))
                }
            }
            #expect(kept.reduce(0) { $0 + $1.place.count } <= 100)
        }
    }

    private static func bytes(_ number: Int, _ count: Int) -> [UInt8] {
        [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: count)
    }

    @Test("a record that is larger than all room has it alone")
    func large() {
        var held = HeldRecords(capacity: 10)
        #expect(held.canHold(10) && !held.canHold(11))
        held.grow(to: 30)
        let place = RecordBytes.with(key: Self.bytes(1, 10), value: Self.bytes(2, 20)) {
            held.put($0)
        }
        held.with(place) { #expect($0.valueArray == Self.bytes(2, 20)) }
        #expect(!held.hasRoom(1, beside: place) && held.hasRoom(0, beside: place))
        // Whoever takes the memory on does not keep what one record needed.
        held.begin(capacity: 10)
        #expect(held.canHold(10) && !held.canHold(11))
        let next = RecordBytes.with(key: Self.bytes(3, 10)) { held.put($0) }
        held.with(next) { #expect($0.keyArray == Self.bytes(3, 10)) }
    }

    @Test("no key and an empty one are the same on an output; a tombstone is no empty value")
    func nothing() {
        var held = HeldRecords(capacity: 10)
        let none = RecordBytes.with(key: nil) { held.put($0) }
        let empty = RecordBytes.with(key: [], value: []) { held.put($0) }
        held.with(none) { one in
            #expect(one.keyArray == nil && one.valueArray == nil)
            held.with(empty) { other in
                #expect(other.keyArray == [] && other.valueArray == [])
                #expect(one.hasKey(of: other))
            }
        }
    }
}
