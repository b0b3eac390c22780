import Lifecycle

/// What somebody can do who has completed a candidate that nobody compared.
enum UncomparedCandidate {
    static func remedy(_ candidate: Int, of model: ModelName) -> String {
        "if that was not meant, go back (swerve rollback \(model)), make it a candidate again (swerve "
            + "promote \(model)@\(candidate) --canary 5%), and complete it once swerve status "
            + "\(model) shows records scored by both"
    }
}
