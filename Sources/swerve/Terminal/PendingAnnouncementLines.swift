import Lifecycle
import Operations

/// Who announces what a command has committed and could not announce.
enum Announcer {
    /// Beside a registry's file: the next command that can.
    case laterCommands
    /// The hub that was asked, by itself.
    case hub

    /// - Parameters:
    ///   - isOne: whether it is one change.
    ///   - command: the one that announces and nothing else.
    func words(isOne: Bool, command: String) -> String {
        let what = isOne ? "it" : "them"
        return switch self {
        case .laterCommands:
            "the next command that writes and reaches the brokers announces \(what), or: \(command)"
        case .hub: "the hub announces \(what) by itself once it reaches the brokers"
        }
    }
}

extension PendingAnnouncements {
    /// What a command tells of them: a line for what is announced now, one for what is not.
    func lines(by announcer: Announcer) -> [String] {
        [Self.announcedLine(announced), remainingLine(announcer)].compactMap(\.self)
    }

    /// What the log of a hub tells of them, which announces what it commits, and tries again by
    /// itself.
    ///
    /// - Returns: what is announced now, and what could not be; what was only committed meanwhile
    ///   is told the next time.
    var hubLines: (done: String?, obstacle: String?) {
        let done = announced.isEmpty ? nil : "announced \(Self.names(announced))"
        switch obstacle {
        case .fault(let fault) where remaining.isEmpty:
            return (
                done,
                "whether committed changes are not announced is not known: "
                    + fault.atTerminal.description
            )
        case .fault(let fault):
            return (done, "\(what)\(fault.atTerminal.line(passing: "passing: it is tried again"))")
        case .noBrokersNamed where !remaining.isEmpty:
            return (done, "\(what)no brokers are named; name them (kafka in the configuration)")
        case .noBrokersNamed, nil: return (done, nil)
        }
    }

    private var what: String {
        (remaining.count == 1 ? "1 change is" : "\(remaining.count) changes are")
            + " committed and not announced (\(Self.names(remaining))): "
    }

    /// Nil where nothing was announced.
    private static func announcedLine(_ entries: [Entry]) -> String? {
        guard let first = entries.first else { return nil }
        guard entries.count > 1 else {
            return "announced \(first), which an earlier command had committed"
        }
        return "announced \(entries.count) changes that earlier commands had committed: "
            + Self.names(entries)
    }

    private func remainingLine(_ announcer: Announcer) -> String? {
        guard let first = remaining.first else {
            guard case .fault(let error) = obstacle else { return nil }
            return "whether committed changes are not announced is not known: "
                + error.atTerminal.description
        }
        let isOne = remaining.count == 1
        let command = isOne ? "swerve republish \(first.model)" : "swerve republish"
        let later = announcer.words(isOne: isOne, command: command)
        switch obstacle {
        case .fault(let fault):
            let error = fault.atTerminal
            guard error.isRetryable || error.remedy.isEmpty else { return what + error.description }
            return what + "\(error.act): \(error.reason); \(later)"
        case .noBrokersNamed:
            let name = announcer == .hub ? "in the hub's configuration" : "--bootstrap"
            return what + "no brokers are named; name them (\(name)), and \(later)"
        case nil: return what + later
        }
    }

    private static func names(_ entries: [Entry]) -> String {
        let shown = entries.prefix(namesShown).map(\.description).joined(separator: ", ")
        return entries.count > namesShown ? "\(shown), …" : shown
    }

    private static let namesShown = 5
}
