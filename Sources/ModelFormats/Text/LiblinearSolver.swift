import Scoring

/// LIBLINEAR's solvers by the names that its model files print.
enum LiblinearSolver: String, CaseIterable {
    case l2rLR = "L2R_LR"
    case l2rL2LossSVCDual = "L2R_L2LOSS_SVC_DUAL"
    case l2rL2LossSVC = "L2R_L2LOSS_SVC"
    case l2rL1LossSVCDual = "L2R_L1LOSS_SVC_DUAL"
    case crammerSinger = "MCSVM_CS"
    case l1rL2LossSVC = "L1R_L2LOSS_SVC"
    case l1rLR = "L1R_LR"
    case l2rLRDual = "L2R_LR_DUAL"
    case l2rL2LossSVR = "L2R_L2LOSS_SVR"
    case l2rL2LossSVRDual = "L2R_L2LOSS_SVR_DUAL"
    case l2rL1LossSVRDual = "L2R_L1LOSS_SVR_DUAL"
    case oneClass = "ONECLASS_SVM"

    /// Whether decisions are log-odds.
    var isLogistic: Bool {
        switch self {
        case .l2rLR, .l1rLR, .l2rLRDual: true
        default: false
        }
    }

    var task: ModelTask {
        switch self {
        case .l2rL2LossSVR, .l2rL2LossSVRDual, .l2rL1LossSVRDual: .regression
        case .oneClass: .oneClass
        default: .classification
        }
    }
}
