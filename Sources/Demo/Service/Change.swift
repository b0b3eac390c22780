import Lifecycle
import Platform

/// A change of the deployment under way: its command, then its epoch's way through the fleet.
struct Change {
    let kind: Swap.Kind
    let process: DemoProcess
    let deadline: Deadline
    /// Known once the command has ended.
    var epoch: Int64?
    var version = 0
    var committedAtMs: Int64 = 0

    /// The three changes in their order, and the words of their commands.
    static func arguments(
        _ index: Int, model: ModelName, second: DeployedVersion, timeoutS: Int, group: String
    ) -> (kind: Swap.Kind, words: [String]) {
        let version = "\(model)@\(second.version)"
        let wait = ["--wait", "--timeout", "\(timeoutS)", "--group", group]
        return switch index {
        case 0: (.canary, ["promote", version, "--canary", "10%"] + wait)
        case 1: (.promotion, ["promote", version] + wait)
        default: (.rollback, ["rollback", model.description] + wait)
        }
    }

    /// Takes over what the command printed.
    mutating func read(_ document: JSONValue) throws(SwerveError) {
        let brought = kind == .canary ? document["candidate"] : document["stable"]
        guard let epoch = document["epoch"]?.int, let version = brought?["version"]?.int,
            let committed = document["committed_at_ms"]?.int
        else {
            throw SwerveError(
                .invalid, act: "running \(process.name)",
                reason: "no epoch, version or committed_at_ms in its answer")
        }
        self.epoch = Int64(epoch)
        self.version = version
        committedAtMs = Int64(committed)
    }
}
