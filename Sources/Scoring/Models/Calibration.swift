/// scikit-learn's `CalibratedClassifierCV`: members, each of which decides, and curves that make
/// probabilities of their decisions; what is told is the mean of the members' probabilities.
///
/// A member has one decision (two classes, `Model.Rule.single`) or one a class
/// (`Model.Rule.oneVsRest`); the function gives them member after member. Of two classes one
/// probability is told, of the model's positive class; of more one a class. Equal probabilities
/// mean the first class, as in scikit-learn: 0.5 is the threshold where the second class is
/// positive, and the number below where the first is.
///
/// A class, so that a scorer that hands it on counts one reference. Immutable.
package final class Calibration: Sendable, Equatable {
    /// What makes a probability of a decision.
    package enum Curves: Sendable, Equatable {
        /// 1 / (1 + exp(a d + b)): a pair of numbers for each decision of each member.
        case sigmoid(a: [Double], b: [Double])
        /// A table for each decision of each member.
        case isotonic(IsotonicCurves)
        /// The softmax of all decisions of a member times its beta; the one decision d of two
        /// classes counts as -d and d.
        case temperature(beta: [Double])
    }

    package let members: Int
    package let curves: Curves

    /// The threshold with which the larger of two probabilities wins.
    package static func threshold(positive: Int) -> Double {
        positive == 1 ? 0.5 : (0.5).nextDown
    }

    /// - Precondition: there is a member, and as many curves as members, or a multiple.
    package init(members: Int, curves: Curves) {
        let count =
            switch curves {
            case .sigmoid(let a, let b): a.count == b.count ? a.count : 0
            case .isotonic(let tables): tables.count
            case .temperature(let beta): beta.count
            }
        precondition(
            members > 0 && count >= members && count.isMultiple(of: members),
            "members and curves do not go together")
        self.members = members
        self.curves = curves
    }

    package static func == (one: Calibration, other: Calibration) -> Bool {
        one === other || (one.members == other.members && one.curves == other.curves)
    }

    /// How scikit-learn calls the method.
    package var method: String {
        switch curves {
        case .sigmoid: "sigmoid"
        case .isotonic: "isotonic"
        case .temperature: "temperature"
        }
    }

    /// Whether there is a curve for each of so many decisions of each member.
    func fits(decisions: Int) -> Bool {
        switch curves {
        case .sigmoid(let a, _): a.count == members * decisions
        case .isotonic(let tables): tables.count == members * decisions
        case .temperature(let beta): beta.count == members
        }
    }
}
