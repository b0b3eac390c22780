/// What one decoder does with records of one schema: for each record type the fields that have
/// bytes or are wanted, with the part of a name that each is.
///
/// Its memory grows with the schema's fields alone, whatever is wanted.
@safe
final class AvroPlan {
    struct Step {
        let type: Int32
        /// The number of its name among `AvroNameTables`; -1 where nobody looks for it.
        let part: Int32
    }

    struct Range {
        var first: Int32 = 0
        var count: Int32 = 0
    }

    let schema: AvroSchema
    let steps: UnsafeMutableBufferPointer<Step>
    /// The steps of each type; none for one that is no record.
    let ranges: UnsafeMutableBufferPointer<Range>
    /// When it was used last, in records.
    var usedAt: UInt64 = 0

    init(_ schema: AvroSchema, _ tables: AvroNameTables) {
        self.schema = schema
        unsafe ranges = .allocate(capacity: schema.types.count)
        unsafe ranges.initialize(repeating: Range())
        var list: [Step] = []
        for index in unsafe schema.types.indices {
            let type = unsafe schema.types[index]
            guard type.kind == .record else { continue }
            let first = list.count
            for place in type.first..<type.first + type.count {
                let field = unsafe schema.fields[Int(place)]
                let part = schema.part(of: field, tables)
                if unsafe part < 0 && schema.types[Int(field.type)].isEmpty { continue }
                list.append(Step(type: field.type, part: part))
            }
            unsafe ranges[index] = Range(first: Int32(first), count: Int32(list.count - first))
        }
        unsafe steps = .allocate(capacity: list.count)
        _ = unsafe steps.initialize(from: list)
    }

    deinit {
        unsafe steps.deallocate()
        unsafe ranges.deallocate()
    }

    /// About what it takes of memory, without the schema.
    var memoryBytes: Int {
        unsafe steps.count * MemoryLayout<Step>.stride
            + ranges.count * MemoryLayout<Range>.stride
    }
}

extension AvroSchema {
    fileprivate func part(of field: AvroField, _ tables: AvroNameTables) -> Int32 {
        guard let names = unsafe names.baseAddress else {
            // All names of the schema are empty, and no part of a name is.
            return -1
        }
        return unsafe tables.table.part(
            names + Int(field.nameStart), Int(field.nameCount), hash: field.nameHash)
    }
}

/// The plans of one decoder, made at the first record of each schema.
///
/// Bounded by their number and by what they and their schemas take of memory: those that were not
/// used for the longest time go.
struct AvroPlanCache {
    private var plans: [Int: AvroPlan] = [:]
    private var last: AvroPlan?
    private var clock: UInt64 = 0

    static let plansMax = 10_000
    /// Of all plans and the schemas that they keep alive; one plan is kept whatever it takes.
    ///
    /// Each thread that scores has a decoder, and so has each that reads a stream from outside.
    static let memoryBytesMax = 32 << 20

    /// What all that are kept, and their schemas, take of memory.
    private(set) var memoryBytes = 0

    var count: Int { plans.count }

    mutating func removeAll() { self = AvroPlanCache() }

    @inline(__always)
    mutating func plan(for schema: AvroSchema, _ tables: AvroNameTables) -> AvroPlan {
        if let last, last.schema === schema { return last }
        return other(schema, tables)
    }

    private mutating func other(_ schema: AvroSchema, _ tables: AvroNameTables) -> AvroPlan {
        clock += 1
        last?.usedAt = clock
        let plan = plans[schema.number] ?? made(schema, tables)
        plan.usedAt = clock
        last = plan
        return plan
    }

    private mutating func made(_ schema: AvroSchema, _ tables: AvroNameTables) -> AvroPlan {
        let plan = AvroPlan(schema, tables)
        let needed = plan.memoryBytes + schema.memoryBytes
        if plans.count >= Self.plansMax || memoryBytes + needed > Self.memoryBytesMax {
            makeRoom(for: needed)
        }
        plans[schema.number] = plan
        memoryBytes += needed
        return plan
    }

    /// Drops more than it must, so that many new schemas do not look for the oldest each time.
    private mutating func makeRoom(for needed: Int) {
        for plan in plans.values.sorted(by: { $0.usedAt < $1.usedAt }) {
            guard
                plans.count > Self.plansMax / 4 * 3
                    || memoryBytes + needed > Self.memoryBytesMax / 4 * 3
            else { return }
            plans[plan.schema.number] = nil
            memoryBytes -= plan.memoryBytes + plan.schema.memoryBytes
        }
    }
}
