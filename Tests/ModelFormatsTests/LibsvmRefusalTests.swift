import Lifecycle
import ModelFormats
import Testing

@Suite("Hostile LIBSVM models")
struct LibsvmRefusalTests {
    private static let two: [(old: String, new: String, words: String)] = [
        ("c_svc", "d_svc", "line 1: unknown svm_type 'd_svc'"),
        ("c_svc", "", "line 1: svm_type has 0 values, not one"),
        ("c_svc", "c_svc x", "line 1: svm_type has 2 values, not one"),
        ("rbf", "precomputed", "line 2: the kernel is precomputed"),
        ("rbf", "gauss", "line 2: unknown kernel 'gauss'"),
        ("kernel_type rbf\n", "", "there is no 'kernel_type' line"),
        ("gamma 0.5", "gamma nan", "line 3: gamma is not a finite number"),
        ("gamma 0.5", "gamma 1e999", "line 3: gamma is not a finite number"),
        ("gamma 0.5", "gamma -0.5", "line 3: gamma is below 0"),
        ("gamma 0.5\n", "", "there is no 'gamma' line"),
        ("gamma 0.5", "gamma 0.5\ngamma 0.5", "line 4: a second 'gamma'"),
        ("gamma 0.5", "gama 0.5", "line 3: unknown key 'gama'"),
        ("gamma 0.5", "", "line 3: empty, before the line 'SV'"),
        ("nr_class 2", "nr_class 1", "line 4: nr_class is 1, not 2 or more"),
        ("nr_class 2", "nr_class -2", "line 4: nr_class is -2, not 2 or more"),
        ("nr_class 2", "nr_class 3", "line 7: label is not 3 whole numbers"),
        ("nr_class 2", "nr_class 1001", "line 4: nr_class is 1001, the limit is 1000"),
        ("nr_class 2", "nr_class 99999999999999999999", "line 4: nr_class is not a number"),
        ("total_sv 3", "total_sv -1", "line 5: total_sv is not a whole number from 0"),
        ("total_sv 3", "total_sv x", "line 5: total_sv is not a whole number from 0"),
        ("total_sv 3", "total_sv 2", "line 8: nr_sv is more than the 2 of total_sv"),
        ("total_sv 3", "total_sv 4", "line 8: nr_sv is 3 in all, total_sv is 4"),
        ("total_sv 3\n", "", "there is no 'total_sv' line"),
        ("rho -0.25", "rho", "line 6: rho has 0 values, not 1"),
        ("rho -0.25", "rho -0.25 1", "line 6: rho has more values than 1"),
        ("rho -0.25", "rho inf", "line 6: value 1 of rho is not a finite number"),
        ("rho -0.25", "rho 1,5", "line 6: value 1 of rho is not a finite number"),
        ("label 1 -1", "label 1 1", "line 7: both labels are 1"),
        ("label 1 -1", "label a b", "line 7: label is not two whole numbers"),
        ("label 1 -1", "label 1 -1 2", "line 7: label is not two whole numbers"),
        ("label 1 -1\n", "", "there is no 'label' line"),
        ("label 1 -1", "label 1 -1\nprobA 1", "there is no 'probB' line"),
        ("label 1 -1", "label 1 -1\nprobA 1\nprobB nan", "line 9: value 1 of probB is not"),
        ("nr_sv 1 2", "nr_sv 1", "line 8: nr_sv is not 2 whole numbers"),
        ("nr_sv 1 2", "nr_sv 1 1 1", "line 8: nr_sv is not 2 whole numbers"),
        ("nr_sv 1 2", "nr_sv -1 4", "line 8: nr_sv is not 2 whole numbers"),
        ("nr_sv 1 2", "nr_sv 9223372036854775807 9223372036854775807", "line 8: nr_sv is more"),
        ("nr_sv 1 2\n", "", "there is no 'nr_sv' line"),
        ("SV\n1 1", "VS\n1 1", "line 9: unknown key 'VS'"),
        ("SV\n1 1", "SV x\n1 1", "line 9: unknown key 'SV'"),
        ("1 1:0.5", "x 1:0.5", "line 10: coefficient 'x' is not a finite number"),
        ("1 1:0.5", "nan 1:0.5", "line 10: coefficient 'nan' is not a finite number"),
        ("1 1:0.5", "1e999 1:0.5", "line 10: coefficient '1e999' is not a finite number"),
        ("1 1:0.5 3:-0.25 ", "", "line 10: 0 coefficients, where 1 are needed"),
        ("3:-0.25", "1:-0.25", "line 10: feature '1:-0.25' comes twice"),
        ("1:0.5 3:-0.25", "3:0.5 2:1", "line 10: feature '2:1' comes after index 3"),
        ("3:-0.25", "0:1", "line 10: feature '0:1' has an index below 1"),
        ("3:-0.25", "-3:1", "line 10: feature '-3:1' is not index:value"),
        ("3:-0.25", "+3:1", "line 10: feature '+3:1' is not index:value"),
        ("3:-0.25", "3", "line 10: feature '3' is not index:value"),
        ("3:-0.25", ":1", "line 10: feature ':1' is not index:value"),
        ("3:-0.25", "3:", "line 10: feature '3:' has no finite number"),
        ("3:-0.25", "3:inf", "line 10: feature '3:inf' has no finite number"),
        ("3:-0.25", "3:1:2", "line 10: feature '3:1:2' has no finite number"),
        ("3:-0.25", "2147483648:1", "line 10: feature '2147483648:1' has an index above 16777216"),
        ("3:-0.25", "99999999999999999999999:1", "has an index above 16777216"),
        ("-0.25  \n", "", "line 12: the file ends after 2 of 3 support vectors"),
        ("-0.25  \n", "-0.25  \n1 1:1 \n", "line 13: more lines than the 3 support vectors"),
        ("-0.25  \n", "-0.2", "line 12: the last line has no line end"),
        ("-0.25  \n", "-0.25 3:1", "line 12: the last line has no line end"),
    ]

    @Test("a hostile classification is refused with its line", arguments: two)
    func classification(old: String, new: String, words: String) {
        expectRefusal(LibsvmSamples.file(LibsvmSamples.two, replacing: old, with: new), words)
    }

    private static let others: [(text: String, old: String, new: String, words: String)] = [
        (LibsvmSamples.three, "degree 2", "degree -1", "line 3: degree is not a whole number"),
        (LibsvmSamples.three, "degree 2", "degree 2.5", "line 3: degree is not a whole number"),
        (LibsvmSamples.three, "degree 2", "degree 2147483648", "line 3: degree is not a whole"),
        (LibsvmSamples.three, "degree 2\n", "", "there is no 'degree' line"),
        (LibsvmSamples.three, "coef0 1", "coef0 inf", "line 5: coef0 is not a finite number"),
        (LibsvmSamples.three, "rho 0.5 -0.5 0.25", "rho 0.5 -0.5", "rho has 2 values, not 3"),
        (LibsvmSamples.three, "label 7 3 5", "label 7 3 7", "line 9: two labels are 7"),
        (LibsvmSamples.three, "probB 0.5 0 0.25\n", "", "there is no 'probB' line"),
        (LibsvmSamples.three, "probA -1 -2 -3", "probA -1", "probA has 1 values, not 3"),
        (LibsvmSamples.three, "-1 -1 3:2", "-1 3:2", "coefficient '3:2' is not a finite"),
        (LibsvmSamples.oneClass, "nr_class 2", "nr_class 3", "one_class has always 2"),
        (LibsvmSamples.oneClass, "SV\n", "label 1 -1\nSV\n", "one_class has no 'label'"),
        (LibsvmSamples.oneClass, "SV\n", "nr_sv 2\nSV\n", "one_class has no 'nr_sv'"),
        (LibsvmSamples.oneClass, "SV\n", "probA 1\nSV\n", "one_class has no pairs of classes"),
        (
            LibsvmSamples.oneClass, "SV\n", "prob_density_marks 1 2\nSV\n",
            "line 6: prob_density_marks has 2 values, not 10"
        ),
        (LibsvmSamples.two, "SV\n", "prob_density_marks 1\nSV\n", "belongs to one-class"),
        (LibsvmSamples.regression, "probA 0.75", "probA x", "value 1 of probA is not a finite"),
        (LibsvmSamples.regression, "probA 0.75", "probB 1", "epsilon_svr has no pairs"),
        (LibsvmSamples.regression, "rho 2\n", "", "there is no 'rho' line"),
    ]

    @Test("the other types are refused likewise", arguments: others)
    func other(text: String, old: String, new: String, words: String) {
        expectRefusal(LibsvmSamples.file(text, replacing: old, with: new), words)
    }

    @Test("announced support vectors are held against the file's length before memory is taken")
    func announced() {
        let text = LibsvmSamples.oneClass
        for count in ["1000000000000", "9223372036854775807", "100"] {
            expectRefusal(
                LibsvmSamples.file(text, replacing: "total_sv 2", with: "total_sv \(count)"),
                "\(count) support vectors are announced, and 21 bytes follow")
        }
    }

    private func expectRefusal(_ file: NamedBytes, _ words: String) {
        let error = #expect(throws: SwerveError.self) { try LibsvmModel.parse(file) }
        #expect(error?.code == .invalid)
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        #expect(error?.description.contains("model.svm") == true)
    }
}
