import Foundation
import Lifecycle
import ModelFormats
import Scoring
import TestSupport
import Testing

@Suite("LIBSVM models")
struct LibsvmModelTests {
    private static func machine(_ model: Model) throws -> KernelMachine {
        guard case .kernel(let machine) = model.function else {
            throw SwerveError(.invalid, act: "testing", reason: "no kernel machine")
        }
        return machine
    }

    @Test("two classes: kernel, vectors, coefficients and rho are read")
    func two() throws {
        let model = try LibsvmModel.parse(LibsvmSamples.file(LibsvmSamples.two))
        let machine = try Self.machine(model)
        #expect(model.task == .classification && model.rule == .single)
        #expect(model.classes == ["1", "-1"] && model.positive == 0)
        #expect(model.probability == .none)
        #expect(machine.kernel == .rbf(gamma: 0.5))
        #expect(machine.featureCount == 3 && machine.vectorCounts == [1, 2])
        #expect(machine.vectors == [0.5, 0, -0.25, 0, 1, 0, 0, 0, 0])
        #expect(machine.coefficients == [1, -0.75, -0.25])
        #expect(machine.intercepts == [0.25])
    }

    @Test("three classes: coefficients by row, one rho and one sigmoid a pair")
    func three() throws {
        let model = try LibsvmModel.parse(LibsvmSamples.file(LibsvmSamples.three))
        let machine = try Self.machine(model)
        #expect(model.rule == .oneVsOne && model.classes == ["7", "3", "5"])
        #expect(machine.kernel == .polynomial(gamma: 1, coef0: 1, degree: 2))
        #expect(machine.coefficients == [1, 0.5, -1, -1, 0.5, 1, 1, -1])
        #expect(machine.intercepts == [-0.5, 0.5, -0.25])
        #expect(machine.vectorCounts == [2, 1, 1])
        #expect(
            model.probability
                == .pairwise(a: [-1, -2, -3], b: [0.5, 0, 0.25], couples: false))
    }

    @Test("one-class and regression have no classes of the file; the noise width is left aside")
    func others() throws {
        let one = try LibsvmModel.parse(LibsvmSamples.file(LibsvmSamples.oneClass))
        #expect(one.task == .oneClass && one.classes == ["1", "-1"] && one.positive == 0)
        #expect(try Self.machine(one).kernel == .linear)
        let regression = try LibsvmModel.parse(LibsvmSamples.file(LibsvmSamples.regression))
        #expect(regression.task == .regression && regression.classes.isEmpty)
        #expect(try Self.machine(regression).kernel == .sigmoid(gamma: 0.5, coef0: -1))
        #expect(regression.probability == .none)
        for type in ["nu_svr", "epsilon_svr"] {
            let file = LibsvmSamples.file(
                LibsvmSamples.regression, replacing: "epsilon_svr", with: type)
            #expect(try LibsvmModel.parse(file).task == .regression)
        }
    }

    @Test("the density marks of newer one-class models are read and left aside")
    func densityMarks() throws {
        let marks = (1...10).map { "0.\($0)" }.joined(separator: " ")
        let file = LibsvmSamples.file(
            LibsvmSamples.oneClass, replacing: "SV\n", with: "prob_density_marks \(marks)\nSV\n")
        #expect(try LibsvmModel.parse(file).probability == .none)
    }

    @Test("the order of the header, CR LF and blank lines at the end do not matter")
    func order() throws {
        let expected = try LibsvmModel.parse(LibsvmSamples.file(LibsvmSamples.two))
        let parts = LibsvmSamples.two.components(separatedBy: "SV\n")
        let header = parts[0].split(separator: "\n").reversed().joined(separator: "\n")
        for text in [
            header + "\nSV\n" + parts[1], LibsvmSamples.two.replacing("\n", with: "\r\n"),
            LibsvmSamples.two + "\n \n",
        ] {
            #expect(try LibsvmModel.parse(LibsvmSamples.file(text)) == expected)
        }
    }

    @Test("wide vectors with few features stay sparse, and take memory by their features")
    func wide() throws {
        let lines = (0..<200).map { "1 \($0 * 50 + 1):1 16000000:2 \n" }.joined()
        let text =
            "svm_type one_class\nkernel_type linear\nnr_class 2\ntotal_sv 200\nrho 0\nSV\n" + lines
        let machine = try Self.machine(try LibsvmModel.parse(LibsvmSamples.file(text)))
        guard case .sparse(let rows) = machine.support else {
            Issue.record("the vectors are dense")
            return
        }
        #expect(rows.width == 16_000_000 && rows.values.count == 400)
        #expect(rows.indices[0...3] == [0, 15_999_999, 50, 15_999_999])
    }

    @Test(
        "a file cut off anywhere is refused",
        arguments: [
            LibsvmSamples.two, LibsvmSamples.three, LibsvmSamples.oneClass,
            LibsvmSamples.regression,
        ])
    func truncated(text: String) {
        let bytes = Array(text.utf8)
        for length in 0..<bytes.count {
            let file = NamedBytes(name: "cut.svm", bytes: Array(bytes[..<length]))
            #expect(throws: SwerveError.self, "\(length)") { try LibsvmModel.parse(file) }
        }
    }

    @Test("mutated files are refused or read, and what is read can be scored")
    func mutated() throws {
        var mutator = ByteMutator(
            seed: 11,
            pieces: [
                "total_sv 1000000000000", "nr_class 3", "nan", "-inf", "1e999", "0:1", "1:",
                ":1", "2147483648:1", "16777216:1", " ", "\n", "\r\n", "SV\n", "gamma -1",
                "kernel_type precomputed", "label 1 2 3", "degree 2147483647", "-0", "9:0",
            ])
        var generator = SeededGenerator(seed: 12)
        var (read, refused) = (0, 0)
        let samples = [
            LibsvmSamples.two, LibsvmSamples.three, LibsvmSamples.oneClass,
            LibsvmSamples.regression,
        ].map { Array($0.utf8) }
        let (buffer, output) = (FeatureBuffer(), ScoreOutput())
        for round in 0..<8_000 {
            var bytes = samples[round % samples.count]
            if round.isMultiple(of: 2) {
                bytes = mutator.mutated(bytes)
            } else {
                // Most of these are read: numbers that nobody meant.
                let digits = bytes.indices.filter { (0x30...0x39).contains(bytes[$0]) }
                let place = digits.randomElement(using: &generator) ?? 0
                bytes[place] = UInt8.random(in: 0x30...0x39, using: &generator)
            }
            do throws(SwerveError) {
                let model = try LibsvmModel.parse(NamedBytes(name: "mutant", bytes: bytes))
                read += 1
                guard model.featureCount <= 1 << 16 else { continue }
                let scorer = try Scorer(
                    featurizer: Featurizer(Samples.ngrams(features: model.featureCount)),
                    model: model, labels: [:], threshold: 0)
                buffer.put(sparse: [Feature(index: 0, value: 0.5)], space: model.featureCount)
                _ = scorer.score(buffer, output)
                scorer.addProbabilities(output)
                #expect(output.decisionCount == model.decisionCount)
            } catch {
                #expect(error.code == .invalid, "\(error)")
                #expect(!error.description.contains("\n"))
                refused += 1
            }
        }
        #expect(read > 500 && refused > 2_000, "\(read) read, \(refused) refused")
    }
}
