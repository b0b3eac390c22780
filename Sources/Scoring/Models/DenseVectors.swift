internal import CKernels

/// Support vectors with a number for each feature, laid out for the vectorised kernels: see
/// `CKernels.h`.
package struct DenseVectors: Sendable, Equatable {
    package let count: Int
    /// How many features each has.
    package let width: Int
    let memory: AlignedDoubles

    private static let lanes = Int(CKERNELS_LANES)
    private static let group = Int(CKERNELS_GROUP)

    /// - Parameter rowMajor: vector `v`'s feature `j` at `v * width + j`.
    init(rowMajor: [Double], width: Int, count: Int) {
        precondition(rowMajor.count == width * count, "vectors of another size")
        self.init(width: width, count: count) { put in
            for vector in 0..<count {
                for feature in 0..<width {
                    put(vector, feature, rowMajor[vector * width + feature])
                }
            }
        }
    }

    /// The same vectors; a zero that a row has becomes -0, one that it lacks +0.
    init(_ rows: SparseVectors) {
        self.init(width: rows.width, count: rows.count) { put in
            for vector in 0..<rows.count {
                for place in rows.starts[vector]..<rows.starts[vector + 1] {
                    let value = rows.values[place]
                    put(vector, Int(rows.indices[place]), value == 0 ? -0.0 : value)
                }
            }
        }
    }

    private init(
        width: Int, count: Int, _ each: (_ put: (Int, Int, Double) -> Void) -> Void
    ) {
        self.width = width
        self.count = count
        let blocks = (count + Self.lanes - 1) / Self.lanes
        memory = unsafe AlignedDoubles(count: blocks * Self.lanes * width) { pointer in
            each { vector, feature, value in
                let offset = Self.offset(vector, feature, width: width, blocks: blocks)
                unsafe pointer[offset] = value
            }
        }
    }

    /// How many blocks there are, the last one filled up.
    var blocks: Int { (count + Self.lanes - 1) / Self.lanes }
    /// How many kernel values are written: one a lane.
    var paddedCount: Int { blocks * Self.lanes }

    @inline(__always)
    private static func offset(_ vector: Int, _ feature: Int, width: Int, blocks: Int) -> Int {
        let block = vector / lanes
        let lane = vector % lanes
        let grouped = blocks / group * group
        if block < grouped {
            let start = block / group * group * lanes * width
            return start + feature * group * lanes + block % group * lanes + lane
        }
        return block * lanes * width + feature * lanes + lane
    }

    /// A vector's features; allocates.
    func row(_ vector: Int) -> [Double] {
        let (first, step) = unsafe places(vector)
        return (0..<width).map { feature in unsafe first[feature * step] }
    }

    /// Where the features of a vector stand in `memory`: the first, and how far apart they are.
    func places(_ vector: Int) -> (first: UnsafePointer<Double>, step: Int) {
        let isGrouped = vector / Self.lanes < blocks / Self.group * Self.group
        let first = Self.offset(vector, 0, width: width, blocks: blocks)
        return unsafe (
            memory.pointer + first, isGrouped ? Self.group * Self.lanes : Self.lanes
        )
    }
}

/// Products and distances of one support vector, by the formula: features ascending, one sum.
extension DenseVectors {
    func product(_ vector: Int, _ x: UnsafePointer<Double>, skipsAbsent: Bool) -> Double {
        let (first, step) = unsafe places(vector)
        var sum = 0.0
        for feature in 0..<width {
            let value = unsafe first[feature * step]
            // An absent feature is +0, a zero that the file has is -0.
            if skipsAbsent && value.bitPattern == 0 { continue }
            unsafe sum += x[feature] * value
        }
        return sum
    }

    func distance(_ vector: Int, _ x: UnsafePointer<Double>) -> Double {
        let (first, step) = unsafe places(vector)
        var sum = 0.0
        for feature in 0..<width {
            let difference = unsafe x[feature] - first[feature * step]
            sum += difference * difference
        }
        return sum
    }
}

/// Numbers that begin at a cache line, so that no vector of them lies in two; never changed.
///
/// `@unchecked Sendable`: `init` alone writes the memory, before anybody else has the object.
@safe
final class AlignedDoubles: @unchecked Sendable, Equatable {
    /// The bytes of a cache line.
    private static let alignment = 64

    let pointer: UnsafePointer<Double>
    let count: Int

    /// - Parameter fill: writes what is not 0.
    init(count: Int, _ fill: (UnsafeMutablePointer<Double>) -> Void) {
        let bytes = max(1, count) * MemoryLayout<Double>.stride
        let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: Self.alignment)
        let doubles = unsafe raw.bindMemory(to: Double.self, capacity: max(1, count))
        unsafe doubles.initialize(repeating: 0, count: max(1, count))
        unsafe fill(doubles)
        unsafe pointer = UnsafePointer(doubles)
        self.count = count
    }

    deinit { unsafe UnsafeMutableRawPointer(mutating: pointer).deallocate() }

    static func == (one: AlignedDoubles, other: AlignedDoubles) -> Bool {
        guard one.count == other.count else { return false }
        for index in 0..<one.count where unsafe one.pointer[index] != other.pointer[index] {
            return false
        }
        return true
    }
}
