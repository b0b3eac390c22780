import Configuration
import Lifecycle

extension UnknownVariables.Variable {
    /// What its setter is told.
    var line: String {
        let meant =
            nearest.map { "did you mean \($0)?" }
            ?? "the variables are those of: swerve config keys"
        return "\(name.shortened(to: 80)) is set and names no key, so it has no effect; \(meant)"
    }
}
