internal import Scoring

/// The first fault that ends the reading of a record.
enum AvroFault: Error {
    /// More bytes are needed than there are.
    case truncated
    /// The bytes contradict the schema.
    case corrupt
    /// One record, array or map too many opens.
    case tooDeep
}

/// One way through the bytes of a record, by its schema; a value of one record's reading.
///
/// What is wanted is in `AvroReader+Wanted.swift`; here is what is passed over, and what both
/// need. The work grows with the bytes of the record: empty types have no steps, records that
/// only open each other are opened at once, and values of one size are passed over together.
@safe
struct AvroReader {
    let base: UnsafePointer<UInt8>
    var at: Int
    let end: Int
    /// Records, arrays and maps that are open; unions do not count.
    var depth = 0
    let symbols: UnsafeMutableBufferPointer<AvroSymbol>
    /// Of symbols.
    let names: UnsafeMutableBufferPointer<UInt8>
    let types: UnsafeMutableBufferPointer<AvroType>
    let lists: UnsafeMutableBufferPointer<Int32>
    let steps: UnsafeMutableBufferPointer<AvroPlan.Step>
    let ranges: UnsafeMutableBufferPointer<AvroPlan.Range>
    let tables: AvroNameTable
    let wants: UnsafeMutableBufferPointer<AvroWant>
    let found: UnsafeMutableBufferPointer<AvroFound>
    let values: UnsafeMutableBufferPointer<Double>
    let texts: UnsafeMutableBufferPointer<NamedText>
    let states: UnsafeMutableBufferPointer<UInt8>
    let dense: UnsafeMutableBufferPointer<Double>
    /// Which record this is, among those of the decoder; for keys that stand twice.
    let record: UInt64
    /// The first text field or id that stood twice in a map; -1 for none.
    var repeated: Int32 = -1
    /// Of `x`: its elements, the first of them that is no number (from 1; 0 for none), its bytes.
    var denseCount = 0
    var denseFault = 0
    var denseBytes = 0

    /// Records, arrays and maps open at once.
    static let depthMax = 512

    init(
        _ base: UnsafePointer<UInt8>, from start: Int, to end: Int, _ plan: AvroPlan,
        _ memory: AvroWants, record: UInt64
    ) {
        unsafe self.base = base
        at = start
        self.end = end
        unsafe symbols = plan.schema.symbols
        unsafe names = plan.schema.names
        unsafe types = plan.schema.types
        unsafe lists = plan.schema.lists
        unsafe steps = plan.steps
        unsafe ranges = plan.ranges
        tables = memory.tables.table
        unsafe wants = memory.wants
        unsafe found = memory.found
        unsafe values = memory.values
        unsafe texts = memory.texts
        unsafe states = memory.states
        unsafe dense = memory.dense
        self.record = record
    }

    var left: Int { end - at }

    // MARK: - Primitives

    /// An int or long: at most 10 bytes, within 64 bits; longer forms than needed are accepted.
    @inline(__always)
    mutating func long() throws(AvroFault) -> Int64 {
        guard at < end else { throw .truncated }
        let first = unsafe base[at]
        guard first >= 0x80 else {
            at += 1
            return Int64(first >> 1) ^ -Int64(first & 1)
        }
        return try longer()
    }

    private mutating func longer() throws(AvroFault) -> Int64 {
        var value: UInt64 = 0
        for place in 0..<10 {
            guard at < end else { throw .truncated }
            let byte = unsafe base[at]
            guard place < 9 || byte <= 1 else { throw .corrupt }
            at += 1
            value |= UInt64(byte & 0x7F) << UInt64(7 * place)
            if byte < 0x80 { break }
        }
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    /// The length of a string or bytes that are there whole.
    @inline(__always)
    mutating func length() throws(AvroFault) -> Int {
        let count = try long()
        guard count >= 0 else { throw .corrupt }
        guard count <= Int64(left) else { throw .truncated }
        return Int(count)
    }

    @inline(__always)
    mutating func pass(_ count: Int) throws(AvroFault) {
        guard count <= left else { throw .truncated }
        at += count
    }

    @inline(__always)
    mutating func open(_ count: Int = 1) throws(AvroFault) {
        depth += count
        guard depth <= Self.depthMax else { throw .tooDeep }
    }

    /// The branch of a union that follows.
    @inline(__always)
    mutating func branch(of union: AvroType) throws(AvroFault) -> Int32 {
        let index = try long()
        guard index >= 0, index < Int64(union.count) else { throw .corrupt }
        return unsafe lists[Int(union.first) + Int(index)]
    }

    // MARK: - Blocks

    struct Block {
        /// Items; 0 behind the last block.
        let count: Int
        /// Where it must end; -1 where it does not say so.
        let end: Int
    }

    /// The next block of an array or map; one that tells its size is stepped over, unseen, where
    /// nothing of it is wanted.
    mutating func block(stepsOver: Bool) throws(AvroFault) -> Block {
        while true {
            let count = try long()
            guard count < 0 else { return Block(count: Int(count), end: -1) }
            guard count != .min else { throw .corrupt }
            let size = try long()
            guard size >= 0 else { throw .corrupt }
            guard size <= Int64(left) else { throw .truncated }
            guard stepsOver else { return Block(count: Int(-count), end: at + Int(size)) }
            at += Int(size)
        }
    }

    // MARK: - What is passed over

    mutating func skip(_ number: Int32) throws(AvroFault) {
        let outside = depth
        var number = number
        while true {
            let type = unsafe types[Int(number)]
            if type.isEmpty { break }
            switch type.kind {
            case .union:
                number = try branch(of: type)
                continue
            case .record:
                if type.size >= 0, type.size <= left, depth + Int(type.height) <= Self.depthMax {
                    at += type.size
                    break
                }
                if type.stepCount == 1 {
                    try open(Int(type.chainDepth))
                    number = type.chainEnd
                    continue
                }
                try open()
                for place in Int(type.firstStep)..<Int(type.firstStep + type.stepCount) {
                    try unsafe skip(lists[place])
                }
            case .array: try skipArray(of: type.items)
            case .map: try skipMap(of: type.items)
            default: try skipScalar(type)
            }
            break
        }
        depth = outside
    }

    @inline(__always)
    mutating func skipScalar(_ type: AvroType) throws(AvroFault) {
        switch type.kind {
        case .int, .long, .enum: _ = try long()
        case .string, .bytes: at += try length()
        default: try pass(type.size)
        }
    }

    private mutating func skipArray(of items: Int32) throws(AvroFault) {
        try open()
        let item = unsafe types[Int(items)]
        while true {
            var count = try block(stepsOver: true).count
            if count == 0 { break }
            if item.isEmpty { continue }
            guard count <= left else { throw .truncated }
            if item.size > 0, depth + Int(item.height) <= Self.depthMax {
                let whole = min(count, left / item.size)
                at += whole * item.size
                count -= whole
            }
            for _ in 0..<count { try skip(items) }
        }
    }

    private mutating func skipMap(of items: Int32) throws(AvroFault) {
        try open()
        while true {
            let count = try block(stepsOver: true).count
            if count == 0 { break }
            guard count <= left else { throw .truncated }
            for _ in 0..<count {
                at += try length()
                try skip(items)
            }
        }
    }
}
