import Foundation
import ModelFormats

/// Small LIBSVM models, so that the tests need no data from elsewhere.
enum LibsvmSamples {
    static let two = """
        svm_type c_svc
        kernel_type rbf
        gamma 0.5
        nr_class 2
        total_sv 3
        rho -0.25
        label 1 -1
        nr_sv 1 2
        SV
        1 1:0.5 3:-0.25\u{20}
        -0.75 2:1\u{20}
        -0.25 \u{20}

        """

    static let three = """
        svm_type nu_svc
        kernel_type polynomial
        degree 2
        gamma 1
        coef0 1
        nr_class 3
        total_sv 4
        rho 0.5 -0.5 0.25
        label 7 3 5
        probA -1 -2 -3
        probB 0.5 0 0.25
        nr_sv 2 1 1
        SV
        1 0.5 1:1\u{20}
        0.5 1 2:1\u{20}
        -1 1 1:1 2:1\u{20}
        -1 -1 3:2\u{20}

        """

    static let oneClass = """
        svm_type one_class
        kernel_type linear
        nr_class 2
        total_sv 2
        rho 1.5
        SV
        1 1:1 2:2\u{20}
        0.5 1:-2\u{20}

        """

    static let regression = """
        svm_type epsilon_svr
        kernel_type sigmoid
        gamma 0.5
        coef0 -1
        nr_class 2
        total_sv 1
        rho 2
        probA 0.75
        SV
        4 1:2\u{20}

        """

    static func file(_ text: String) -> NamedBytes {
        NamedBytes(name: "model.svm", bytes: Array(text.utf8))
    }

    /// `text` with the first `old` replaced; empty where it is not there.
    static func file(_ text: String, replacing old: String, with new: String) -> NamedBytes {
        guard let range = text.range(of: old) else { return file("") }
        return file(text.replacingCharacters(in: range, with: new))
    }
}
