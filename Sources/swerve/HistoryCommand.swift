import ArgumentParser
import ControlPlane
import Lifecycle
import Registry

struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show who changed a deployment, when, why, and to what.")

    @Argument(help: "The model.")
    var model: String

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let registry = try Registry.open(path: registry.path, access: .readOnly)
        let entries = try registry.history(of: try ModelName(model))
        guard !output.json else {
            return Terminal.document(
                [
                    "history": .array(
                        entries.map { entry in
                            [
                                "epoch": .int(entry.epoch), "at": .string(entry.note.at),
                                "by": .string(entry.note.by), "reason": .string(entry.note.reason),
                                "before": entry.before?.document ?? .null,
                                "after": entry.after.document,
                            ]
                        })
                ])
        }
        if entries.isEmpty { Terminal.note("\(model) was never promoted") }
        for entry in entries {
            let reason = entry.note.reason.isEmpty ? "" : "  (\(entry.note.reason))"
            Terminal.line(
                "\(entry.note.at)  \(entry.after.summary)  by \(entry.note.by)\(reason)".printable)
        }
    }
}
