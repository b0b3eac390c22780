import CKernels
import Foundation
import Scoring
import TestSupport
import Testing

/// Serialized: which variant of the kernels runs is one setting of the process.
@Suite("Kernels", .serialized)
struct KernelTests {
    static let kernels: [Kernel] = [
        .linear, .rbf(gamma: 0.5), .polynomial(gamma: 0.25, coef0: 1, degree: 3),
        .polynomial(gamma: 1, coef0: 0, degree: 0), .sigmoid(gamma: 0.125, coef0: -0.25),
    ]
    static let variants = ["portable", "avx2", "avx512"]

    static func scorer(_ machine: KernelMachine, classes: Int) throws -> Scorer {
        try Scorer(
            featurizer: Recipes.featurizer(
                Recipes.ngrams(.byte, 1...1, features: machine.featureCount)),
            model: Model(
                task: .classification, classes: (0..<classes).map { "c\($0)" },
                rule: classes > 2 ? .oneVsOne : .single, function: .kernel(machine)),
            labels: [:], threshold: 0)
    }

    /// `counts` vectors a class of `width` features, about one in `every` of them not 0.
    private static func rows(
        _ count: Int, width: Int, every: Int, _ generator: inout SeededGenerator
    ) -> SparseVectors {
        var (starts, indices, values) = ([0], [UInt32](), [Double]())
        for _ in 0..<count {
            for feature in 0..<width where Int.random(in: 0..<every, using: &generator) == 0 {
                indices.append(UInt32(feature))
                values.append(Double.random(in: -1...1, using: &generator))
            }
            starts.append(values.count)
        }
        return SparseVectors(starts: starts, indices: indices, values: values)
    }

    static func machine(
        _ kernel: Kernel, counts: [Int], width: Int, every: Int, features: Int,
        _ generator: inout SeededGenerator
    ) -> KernelMachine {
        let count = counts.reduce(0, +)
        let rows = rows(count, width: width, every: every, &generator)
        let k = counts.count
        return KernelMachine(
            kernel: kernel, featureCount: features, rows: rows, vectorCounts: counts,
            coefficients: (0..<count * max(1, k - 1)).map { _ in
                Double.random(in: -1...1, using: &generator)
            },
            intercepts: (0..<max(1, k * (k - 1) / 2)).map { _ in
                Double.random(in: -1...1, using: &generator)
            })
    }

    /// The features of each vector that are not 0.
    private static func vectors(_ machine: KernelMachine) -> [[Feature]] {
        let (width, rows) = (machine.featureCount, machine.vectors)
        return (0..<machine.vectorCount).map { vector in
            rows[vector * width..<(vector + 1) * width].enumerated().filter { $0.element != 0 }
                .map { Feature(index: $0.offset, value: $0.element) }
        }
    }

    /// A decision by LIBSVM's own loops over sparse vectors: `k_function` and
    /// `svm_predict_values`, with the C library's functions.
    private static func libsvm(
        _ machine: KernelMachine, _ vectors: [[Feature]], _ input: [Feature]
    ) -> [Double] {
        let values = vectors.map { value(machine.kernel, input, $0) }
        let (k, total) = (machine.vectorCounts.count, machine.vectorCount)
        guard k > 2 else {
            let sum = (0..<total).reduce(0) { $0 + machine.coefficients[$1] * values[$1] }
            return [sum + machine.intercepts[0]]
        }
        var starts = [0]
        for count in machine.vectorCounts { starts.append(starts[starts.count - 1] + count) }
        var decisions: [Double] = []
        for i in 0..<k {
            for j in i + 1..<max(i + 1, k) {
                var sum = 0.0
                for v in starts[i]..<starts[i + 1] {
                    sum += machine.coefficients[(j - 1) * total + v] * values[v]
                }
                for v in starts[j]..<starts[j + 1] {
                    sum += machine.coefficients[i * total + v] * values[v]
                }
                decisions.append(sum + machine.intercepts[decisions.count])
            }
        }
        return decisions
    }

    private static func value(_ kernel: Kernel, _ x: [Feature], _ y: [Feature]) -> Double {
        var (product, distance, i, j) = (0.0, 0.0, 0, 0)
        while i < x.count || j < y.count {
            if j == y.count || (i < x.count && x[i].index < y[j].index) {
                distance += x[i].value * x[i].value
                i += 1
            } else if i == x.count || y[j].index < x[i].index {
                distance += y[j].value * y[j].value
                j += 1
            } else {
                product += x[i].value * y[j].value
                distance += (x[i].value - y[j].value) * (x[i].value - y[j].value)
                (i, j) = (i + 1, j + 1)
            }
        }
        switch kernel {
        case .linear: return product
        case .rbf(let gamma): return exp(-gamma * distance)
        case .sigmoid(let gamma, let coef0): return tanh(gamma * product + coef0)
        case .polynomial(let gamma, let coef0, let degree):
            return pow(gamma * product + coef0, Double(degree))
        }
    }

    /// Machines of every shape: fewer vectors than a lane, whole groups, what is left over;
    /// classes without vectors; dense and sparse.
    static let shapes: [(counts: [Int], width: Int, every: Int)] = [
        ([0], 4, 1), ([1], 1, 1), ([3, 4], 5, 1), ([32, 32], 7, 2), ([41, 60], 30, 1),
        ([9, 0, 17], 6, 1), ([5, 8, 20, 13], 12, 3), ([70, 60], 9_000, 60),
        ([1, 30, 50], 9_000, 90),
    ]

    @Test(
        "every variant agrees with LIBSVM's loops, infinities and NaN included", arguments: shapes)
    func agreement(counts: [Int], width: Int, every: Int) throws {
        var generator = SeededGenerator(seed: UInt64(width + counts.count))
        let usual = unsafe String(cString: ckernels_variant())
        defer { _ = unsafe ckernels_use_variant(usual) }
        var isSparse = false
        for kernel in Self.kernels {
            let machine = Self.machine(
                kernel, counts: counts, width: width, every: every, features: width + 3,
                &generator)
            if case .sparse = machine.support { isSparse = true }
            let scorer = try Self.scorer(machine, classes: max(2, counts.count))
            let vectors = Self.vectors(machine)
            for round in 0..<12 {
                var input = (0..<width + 3).filter { _ in
                    Int.random(in: 0..<max(2, every), using: &generator) == 0
                }.map { Feature(index: $0, value: .random(in: -2...2, using: &generator)) }
                if round >= 8, !input.isEmpty {
                    let place = Int.random(in: 0..<input.count, using: &generator)
                    let odd = [Double.infinity, -.infinity, .nan, 1e200][round - 8]
                    input[place] = Feature(index: input[place].index, value: odd)
                }
                try compare(scorer, machine, vectors, input, "\(kernel) \(round)")
            }
        }
        #expect(isSparse == (width == 9_000))
    }

    private func compare(
        _ scorer: Scorer, _ machine: KernelMachine, _ vectors: [[Feature]], _ input: [Feature],
        _ name: String
    ) throws {
        let expected = Self.libsvm(machine, vectors, input)
        let (buffer, output) = (FeatureBuffer(), ScoreOutput())
        let space = machine.featureCount
        var dense = [Double](repeating: 0, count: space)
        for feature in input { dense[feature.index] = feature.value }
        for variant in Self.variants where unsafe ckernels_use_variant(variant) != 0 {
            for isDense in [false, true] {
                if isDense {
                    buffer.put(dense: dense)
                } else {
                    buffer.put(sparse: input.shuffled(), space: space)
                }
                let tolerances = scorer.tolerances(buffer, expected: expected)
                for plainly in [false, true] {
                    _ = scorer.score(buffer, output, plainly: plainly)
                    let got = output.decisionList
                    #expect(got.count == expected.count)
                    for ((one, other), tolerance) in zip(zip(expected, got), tolerances) {
                        let agrees =
                            one.isFinite
                            ? (one - other).magnitude <= tolerance
                            : one.isNaN ? other.isNaN : one == other
                        #expect(agrees, "\(name) \(variant) \(isDense): \(one) \(other)")
                    }
                }
            }
        }
    }

    @Test("what no support vector has counts in the distance, beyond the space too")
    func tail() throws {
        let machine = KernelMachine(
            kernel: .rbf(gamma: 1), featureCount: 2, vectors: [1, 0], vectorCounts: [1],
            coefficients: [1], intercepts: [0]
        )
        let wide = Model(
            task: .regression, classes: [], rule: .single, function: .kernel(machine)
        ).widened(to: 5)
        let scorer = try Scorer(
            featurizer: Recipes.featurizer(Recipes.ngrams(.byte, 1...1, features: 5)),
            model: wide, labels: [:], threshold: 0)
        let (buffer, output) = (FeatureBuffer(), ScoreOutput())
        for (features, square) in [
            ([(0, 1.0)], 0.0), ([(0, 1), (3, 2)], 4), ([(0, 1), (9, 0.5)], 0.25),
            ([(1, 1), (4, 1), (7, 1)], 4), ([(9, .infinity)], .infinity),
        ] {
            let sparse = features.map { Feature(index: $0.0, value: $0.1) }
            buffer.put(sparse: sparse, space: 5)
            let score = scorer.score(buffer, output).score
            #expect((score - exp(-square)).magnitude <= 2e-16)
        }
    }

    @Test("exponential and tangent of the vectors are those of the C library", arguments: variants)
    func functions(variant: String) {
        let usual = unsafe String(cString: ckernels_variant())
        defer { _ = unsafe ckernels_use_variant(usual) }
        guard unsafe ckernels_use_variant(variant) != 0 else { return }
        var generator = SeededGenerator(seed: 3)
        let special: [Double] = [
            0, -0.0, .infinity, -.infinity, .nan, 710, -745.2, 1e-300, -708.5, 709.78, 22.1, -1e300,
        ]
        var inputs = special + (0..<4_000).map { _ in .random(in: -745...710, using: &generator) }
        inputs += (0..<4_000).map { _ in
            .random(in: -1...1, using: &generator)
                * pow(10, .random(in: -12...1, using: &generator))
        }
        inputs += [Double](repeating: 0, count: (8 - inputs.count % 8) % 8)
        var (exponentials, tangents) = (inputs, inputs)
        unsafe ckernels_exponentials(&exponentials, inputs.count, -1)
        for input in inputs where !(input > 0) {
            // A power of 2, of an exponent that is rounded twice.
            let units = 2 + 4 * min(input.magnitude, 750)
            #expect(Self.isNear(Self.radial(-input), exp(input), units: units), "rbf \(input)")
        }
        unsafe ckernels_tangents(&tangents, inputs.count, 1, 0)
        for (position, input) in inputs.enumerated() {
            #expect(Self.isNear(exponentials[position], exp(input), units: 2), "exp \(input)")
            #expect(Self.isNear(tangents[position], tanh(input), units: 5), "tanh \(input)")
        }
    }

    /// exp(-distance) as the kernel's.
    private static func radial(_ distance: Double) -> Double {
        var values = [Double](repeating: 7, count: Int(CKERNELS_LANES))
        let vectors = [Double](repeating: 0.5, count: Int(CKERNELS_LANES))
        unsafe withUnsafePointer(to: 0.5) { x in
            unsafe withUnsafePointer(to: distance) { tail in
                var input = unsafe ckernels_inputs(x: x, stride: 1, tails: tail, count: 1)
                unsafe ckernels_rbf(vectors, 1, 1, &input, 1, &values)
            }
        }
        return values[0]
    }

    private static func isNear(_ got: Double, _ expected: Double, units: Double) -> Bool {
        if expected.isNaN { return got.isNaN }
        return got == expected || (got - expected).magnitude <= units * expected.ulp
    }

    @Test("the sum of products takes every count", arguments: 0...70)
    func sums(count: Int) {
        let one = (0..<count).map { Double($0 + 1) }
        let other = (0..<count).map { Double($0 % 5) - 2 }
        let expected = zip(one, other).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(unsafe ckernels_sum(one, other, count) == expected)
    }
}
