import Lifecycle
import ModelFormats
import Scoring
import TestSupport
import Testing

@Suite("LIBLINEAR models")
struct LiblinearModelTests {
    private static func parse(_ file: NamedBytes) throws -> Model {
        try LiblinearModel.parse(file)
    }

    @Test("weights, classes and bias are read; features without a weight weigh nothing")
    func parsed() throws {
        let model = try Self.parse(Samples.model())
        #expect(model.classes == ["1", "-1"])
        #expect(model.linear?.weights == [0.5, -0.25, 0, 1.0000000000000002, -3e-05, 2])
        #expect(model.linear?.intercepts.first == 0.125)
        #expect(model.probability == .none)
    }

    @Test("a bias of 2 doubles its weight, one of 0 keeps the line, one below 0 has none")
    func bias() throws {
        #expect(
            try Self.parse(Samples.model(replacing: "bias 1", with: "bias 2")).linear?.intercepts
                .first == 0.25)
        #expect(
            try Self.parse(Samples.model(replacing: "bias 1", with: "bias 0")).linear?.intercepts
                .first == 0)
        let none = Samples.modelText.replacing("bias 1", with: "bias -1").replacing(
            "0.125 \n", with: "")
        #expect(try Self.parse(Samples.model(none)).linear?.intercepts.first == 0)
    }

    @Test(
        "the seven two-class solvers are read, three of them logistic",
        arguments: [
            ("L2R_LR", true), ("L2R_L2LOSS_SVC_DUAL", false), ("L2R_L2LOSS_SVC", false),
            ("L2R_L1LOSS_SVC_DUAL", false), ("L1R_L2LOSS_SVC", false), ("L1R_LR", true),
            ("L2R_LR_DUAL", true),
        ])
    func solvers(name: String, logistic: Bool) throws {
        let file = Samples.model(replacing: "L2R_L2LOSS_SVC", with: name)
        #expect(try Self.parse(file).probability == (logistic ? .logistic : .none))
    }

    @Test("CR LF line ends and blank lines at the end do not matter")
    func lineEnds() throws {
        let expected = try Self.parse(Samples.model())
        let windows = Samples.modelText.replacing("\n", with: "\r\n")
        #expect(try Self.parse(Samples.model(windows)) == expected)
        #expect(try Self.parse(Samples.model(Samples.modelText + "\n \n")) == expected)
    }

    private static let refused: [(old: String, new: String, words: String)] = [
        ("L2R_L2LOSS_SVC", "MCSVM_CS", "line 7: 1 of 2 numbers"),
        ("L2R_L2LOSS_SVC", "L2R_L2LOSS_SVR", "line 3: L2R_L2LOSS_SVR has no labels"),
        ("L2R_L2LOSS_SVC", "L2R_L1LOSS_SVR_DUAL", "line 3: L2R_L1LOSS_SVR_DUAL has no labels"),
        ("L2R_L2LOSS_SVC", "ONECLASS_SVM", "line 3: ONECLASS_SVM has no labels"),
        ("L2R_L2LOSS_SVC", "L3", "line 1: unknown solver 'L3'"),
        ("L2R_L2LOSS_SVC", "", "line 1: solver_type has 0 values"),
        ("nr_class 2", "nr_class 4", "line 3: label is not 4 whole numbers"),
        ("nr_class 2", "nr_class 1001", "line 2: nr_class is 1001, the limit is 1000"),
        ("nr_class 2", "nr_class -2", "line 2: nr_class is -2, not 2 or more"),
        ("nr_class 2", "nr_class 1", "line 2: nr_class is 1, not 2 or more"),
        ("nr_class 2", "nr_class two", "line 2: nr_class is not a number"),
        ("nr_class 2\n", "", "there is no 'nr_class' line"),
        ("label 1 -1", "label 1", "line 3: label is not two whole numbers"),
        ("label 1 -1", "label 1 -1 3", "line 3: label is not two whole numbers"),
        ("label 1 -1", "label a b", "line 3: label is not two whole numbers"),
        ("label 1 -1", "label 1 1", "line 3: both labels are 1"),
        ("label 1 -1\n", "", "there is no 'label' line"),
        ("nr_feature 6", "nr_feature 0", "line 4: nr_feature is not a whole number from 1"),
        ("nr_feature 6", "nr_feature -6", "line 4: nr_feature is not a whole number from 1"),
        ("nr_feature 6", "nr_feature 99999999999", "line 4: nr_feature is not a whole number"),
        ("nr_feature 6", "nr_feature 2147483647", "weights are announced"),
        ("nr_feature 6", "nr_feature 8", "line 14: the file ends after 7 of 9 weights"),
        ("nr_feature 6", "nr_feature 5", "line 13: more lines than the 6 weights"),
        ("nr_feature 6", "nr_feature 6\nnr_feature 6", "line 5: a second 'nr_feature'"),
        ("bias 1", "bias nan", "line 5: bias is not a finite number"),
        ("bias 1", "bias 1x", "line 5: bias is not a finite number"),
        ("bias 1", "bias 1 2", "line 5: bias has 2 values, not one"),
        ("bias 1", "bias 1e400", "line 5: bias is not a finite number"),
        ("bias 1", "bias -1", "line 13: more lines than the 6 weights"),
        ("bias 1", "rho 1", "line 5: 'rho' belongs to one-class models"),
        ("bias 1", "\nbias 1", "line 5: empty"),
        ("bias 1", "weights 1", "line 5: unknown key 'weights'"),
        ("w\n", "", "line 6: unknown key '0.5'"),
        ("-0.25", "nan", "line 8: weight 'nan ' is not a finite number"),
        ("-0.25", "-inf", "line 8: weight '-inf ' is not a finite number"),
        ("-0.25", "1e999", "line 8: weight '1e999 ' is not a finite number"),
        ("-0.25", "+1", "line 8: weight '+1 ' is not a finite number"),
        ("-0.25", "", "line 8: weight ' ' is not a finite number"),
        ("-0.25", "-0.25 1", "line 8: more than one number"),
        ("-0.25", "-0.25x", "line 8: more than one number"),
        ("-0.25", "0,25", "line 8: more than one number"),
        ("-0.25 \n", "", "line 13: the file ends after 6 of 7 weights"),
        ("0.125 \n", "0.125 \n7\n", "line 14: more lines than the 7 weights"),
        ("0.125 \n", "0.125", "line 13: the last line has no line end"),
        ("bias 1\n", "bias 1e308\n", ""),
    ]

    @Test("a hostile file is refused with its line", arguments: refused)
    func refusal(old: String, new: String, words: String) throws {
        let file = Samples.model(replacing: old, with: new)
        guard !words.isEmpty else {
            #expect(try Self.parse(file).linear?.intercepts.first == 0.125e308)
            return
        }
        let error = #expect(throws: SwerveError.self) { try Self.parse(file) }
        #expect(error?.code == .invalid)
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        #expect(error?.description.contains("model.txt") == true)
    }

    @Test("a bias whose product with its weight is beyond a double is refused")
    func hugeBias() {
        let text = Samples.modelText.replacing("bias 1\n", with: "bias 1e308\n")
            .replacing("0.125", with: "1e10")
        #expect(throws: SwerveError.self) { try Self.parse(Samples.model(text)) }
    }

    @Test("announced weights are held against the file's length before memory is taken")
    func announced() {
        let file = Samples.model(replacing: "nr_feature 6", with: "nr_feature 16777216")
        let error = #expect(throws: SwerveError.self) { try Self.parse(file) }
        #expect(error?.reason.contains("line 6: 16777217 weights are announced") == true)
    }

    @Test("a header line without end is refused, and shown in part")
    func longLine() {
        let long = String(repeating: "x", count: 100_000)
        for (old, words) in [
            ("label 1 -1", "line 3: label is not two whole numbers"),
            ("label", "line 3: unknown key 'xxx"), ("2R_L2LOSS_SVC", "line 1: unknown solver"),
        ] {
            let new = old.hasPrefix("label 1") ? "label \(long)" : long
            let file = Samples.model(replacing: old, with: new)
            let error = #expect(throws: SwerveError.self) { try Self.parse(file) }
            #expect(error?.reason.contains(words) == true, "\(String(describing: error))")
            #expect((error?.description.count ?? .max) < 300)
        }
    }

    @Test("a file cut off anywhere is refused")
    func truncated() {
        let bytes = Samples.model().bytes
        for length in 0..<bytes.count {
            let file = NamedBytes(name: "cut.txt", bytes: Array(bytes[..<length]))
            #expect(throws: SwerveError.self, "\(length)") { try Self.parse(file) }
        }
    }

    @Test("mutated files are refused or read, and never crash")
    func mutated() throws {
        var generator = SeededGenerator(seed: 5)
        let original = Samples.model().bytes
        let interesting = Array("0123456789+-.einfax \r\n\0".utf8) + [0xFF]
        var (read, refused) = (0, 0)
        for _ in 0..<5_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                let byte = interesting.randomElement(using: &generator) ?? 0
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes.remove(at: place)
                case 1: bytes.insert(byte, at: place)
                case 2: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                default: bytes[place] = byte
                }
            }
            do throws(SwerveError) {
                let model = try LiblinearModel.parse(
                    NamedBytes(name: "mutant", bytes: bytes))
                guard let linear = model.linear else { continue }
                #expect(linear.weights.allSatisfy(\.isFinite) && !linear.weights.isEmpty)
                #expect(linear.intercepts[0].isFinite && model.classes.count == 2)
                read += 1
            } catch {
                #expect(error.code == .invalid && error.description.contains("mutant"))
                refused += 1
            }
        }
        #expect(read > 100 && refused > 100)
    }
}
