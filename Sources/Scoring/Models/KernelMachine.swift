/// Support vectors, what they weigh, and the kernel between them and an input.
package struct KernelMachine: Sendable, Equatable {
    private let parts: Parts

    package var kernel: Kernel { parts.kernel }
    /// How many features an input has; those beyond the vectors' width are 0 in all of them.
    package var featureCount: Int { parts.featureCount }
    package var support: SupportVectors { parts.support }
    /// How many vectors each class has, in the model's order; one number where there are none.
    package var vectorCounts: [Int] { parts.vectorCounts }
    /// LIBSVM's `sv_coef`, row-major, one row (a value a vector) for two classes and less, else
    /// one row less than classes.
    package var coefficients: [Double] { parts.coefficients }
    /// What is added to each decision (LIBSVM's rho, negated).
    package var intercepts: [Double] { parts.intercepts }
    /// Whether a product leaves out the features that a vector lacks, as LIBSVM's sparse vectors
    /// do: it matters where the input is infinite there.
    package var skipsAbsent: Bool { parts.skipsAbsent }
    /// With the linear kernel: its decisions as hyperplanes, each weight rounded once.
    var hyperplanes: LinearWeights? { parts.hyperplanes }

    /// How many inputs are decided together at most; 1 where that gains nothing.
    package var blockSize: Int { parts.blockSize }

    /// One object, so that handing a machine on counts one reference: for each record that is
    /// noticed.
    private final class Parts: Sendable {
        let kernel: Kernel
        let featureCount: Int
        let support: SupportVectors
        let vectorCounts: [Int]
        let coefficients: [Double]
        let intercepts: [Double]
        let skipsAbsent: Bool
        let hyperplanes: LinearWeights?
        let blockSize: Int

        init(
            kernel: Kernel, featureCount: Int, support: SupportVectors, vectorCounts: [Int],
            coefficients: [Double], intercepts: [Double], skipsAbsent: Bool,
            hyperplanes: LinearWeights?
        ) {
            self.kernel = kernel
            self.featureCount = featureCount
            self.support = support
            self.vectorCounts = vectorCounts
            self.coefficients = coefficients
            self.intercepts = intercepts
            self.skipsAbsent = skipsAbsent
            self.hyperplanes = hyperplanes
            blockSize = KernelMachine.blockSize(
                of: support, kernel: kernel, classes: vectorCounts.count, hyperplanes: hyperplanes)
        }
    }

    /// A machine with a number for each feature of each vector.
    ///
    /// - Parameter vectors: row-major, vector `v`'s feature `j` at `v * featureCount + j`.
    /// - Precondition: the counts go together.
    package init(
        kernel: Kernel, featureCount: Int, vectors: [Double], vectorCounts: [Int],
        coefficients: [Double], intercepts: [Double]
    ) {
        let count = vectorCounts.reduce(0, +)
        self.init(
            kernel: kernel, featureCount: featureCount,
            support: .dense(DenseVectors(rowMajor: vectors, width: featureCount, count: count)),
            vectorCounts: vectorCounts, coefficients: coefficients, intercepts: intercepts,
            skipsAbsent: false, hyperplanes: nil)
    }

    /// A machine with vectors that have some of the features; which form it takes in memory is
    /// chosen here.
    ///
    /// - Precondition: the counts go together; no vector has a feature above `featureCount`.
    package init(
        kernel: Kernel, featureCount: Int, rows: SparseVectors, vectorCounts: [Int],
        coefficients: [Double], intercepts: [Double]
    ) {
        self.init(
            kernel: kernel, featureCount: featureCount, support: SupportVectors(rows),
            vectorCounts: vectorCounts, coefficients: coefficients, intercepts: intercepts,
            skipsAbsent: true, hyperplanes: nil)
    }

    private init(
        kernel: Kernel, featureCount: Int, support: SupportVectors, vectorCounts: [Int],
        coefficients: [Double], intercepts: [Double], skipsAbsent: Bool,
        hyperplanes: LinearWeights?
    ) {
        let classes = vectorCounts.count
        precondition(
            vectorCounts.allSatisfy { $0 >= 0 }
                && vectorCounts.reduce(0, +) == support.count
                && coefficients.count == support.count * max(1, classes - 1)
                && intercepts.count == max(1, classes * (classes - 1) / 2)
                && support.width <= featureCount,
            "vectors, coefficients and intercepts do not go together")
        parts = Parts(
            kernel: kernel, featureCount: featureCount, support: support,
            vectorCounts: vectorCounts, coefficients: coefficients, intercepts: intercepts,
            skipsAbsent: skipsAbsent,
            hyperplanes: hyperplanes
                ?? Hyperplanes.collapsed(
                    kernel: kernel, support: support, vectorCounts: vectorCounts,
                    coefficients: coefficients, intercepts: intercepts))
    }

    package static func == (one: KernelMachine, other: KernelMachine) -> Bool {
        one.parts === other.parts
            || (one.kernel == other.kernel && one.featureCount == other.featureCount
                && one.support == other.support && one.vectorCounts == other.vectorCounts
                && one.coefficients == other.coefficients && one.intercepts == other.intercepts
                && one.skipsAbsent == other.skipsAbsent)
    }

    package var vectorCount: Int { support.count }

    /// The vectors row-major, over `featureCount` features; allocates.
    package var vectors: [Double] {
        var rows = [Double](repeating: 0, count: vectorCount * featureCount)
        for vector in 0..<vectorCount {
            support.forEach(vector) { rows[vector * featureCount + $0] = $1 }
        }
        return rows
    }

    /// The same machine over a larger feature space; copies nothing large.
    func widened(to featureCount: Int) -> KernelMachine {
        KernelMachine(
            kernel: kernel, featureCount: max(featureCount, self.featureCount), support: support,
            vectorCounts: vectorCounts, coefficients: coefficients, intercepts: intercepts,
            skipsAbsent: skipsAbsent, hyperplanes: hyperplanes)
    }

    /// The same machine with every decision's sign turned, to the last bit; copies no vectors.
    func turned() -> KernelMachine {
        KernelMachine(
            kernel: kernel, featureCount: featureCount, support: support,
            vectorCounts: vectorCounts, coefficients: coefficients.map { -$0 },
            intercepts: intercepts.map { -$0 }, skipsAbsent: skipsAbsent,
            hyperplanes: hyperplanes?.turned())
    }

    /// Calls `body` for each part of each decision: which decision, where its coefficients begin,
    /// and which vectors they are for, in LIBSVM's order.
    @inline(__always)
    func forEachPart(_ body: (_ decision: Int, _ coefficient: Int, _ vectors: Range<Int>) -> Void) {
        Self.forEachPart(vectorCounts: vectorCounts, body)
    }

    @inline(__always)
    static func forEachPart(
        vectorCounts: [Int],
        _ body: (_ decision: Int, _ coefficient: Int, _ vectors: Range<Int>) -> Void
    ) {
        let classes = vectorCounts.count
        let total = vectorCounts.reduce(0, +)
        guard classes > 2 else { return body(0, 0, 0..<total) }
        var decision = 0
        var firstStart = 0
        for first in 0..<classes {
            let firstEnd = firstStart + vectorCounts[first]
            var secondStart = firstEnd
            for second in (first + 1)..<max(first + 1, classes) {
                let secondEnd = secondStart + vectorCounts[second]
                body(decision, (second - 1) * total + firstStart, firstStart..<firstEnd)
                body(decision, first * total + secondStart, secondStart..<secondEnd)
                decision += 1
                secondStart = secondEnd
            }
            firstStart = firstEnd
        }
    }
}
