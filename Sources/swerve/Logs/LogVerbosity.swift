import Logging

/// Which lines are written: the level that the configuration says, and from it, one step a request,
/// `debug`, `trace`, and back again.
struct LogVerbosity: Sendable {
    private let levels: [Logger.Level]

    /// - Parameter name: a value of `log.level`.
    init(_ name: String) {
        let configured = Logger.Level(rawValue: name) ?? .info
        levels = [configured] + [.debug, .trace].filter { $0 < configured }
    }

    /// The level after `steps` requests; more than there are levels begin anew.
    func level(after steps: Int) -> Logger.Level { levels[steps % levels.count] }
}
