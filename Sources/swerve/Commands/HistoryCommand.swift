import ArgumentParser
import Lifecycle
import Operations
import Platform
import Registry

/// Who changed a deployment, and what was live when.
struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show who changed a deployment, when, why, and to what.",
        discussion: """
            With --at, what was live at that time, as the registry had it. Who is the name of the key \
            that signed, or user and host, marked as unverified.
            """)

    @Argument(help: "The model.")
    var model: String

    @Option(help: "A time: 2026-11-23T10:00:00Z (UTC), 2026-11-23 (its beginning), '10m ago'.")
    var at: String?

    @Option(parsing: .unconditional, help: "The newest so many changes.")
    var limit = 1_000

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let model = try ModelName(model)
        guard limit > 0 else {
            throw SwerveError(.usage, act: "reading --limit", reason: "not above 0")
        }
        let time = try at.map { text throws(SwerveError) in
            try PastTime.parse(text, nowMs: WallClock.nowMs)
        }
        let backend = try registry.backend()
        if let time { return try showLive(time, model, backend) }
        let entries = try backend.history(HistoryRequest(model: model, limit: limit)).entries
        guard !output.json else {
            return Terminal.document(["history": .array(entries.map(Self.document))])
        }
        if entries.isEmpty { Terminal.note("\(model) was never promoted") }
        if let oldest = entries.first, oldest.before != nil {
            Terminal.note("older changes are left out; see --limit")
        }
        for entry in entries { Terminal.line(Self.line(entry)) }
    }

    private func showLive(_ time: String, _ model: ModelName, _ backend: any Backend) throws {
        let entry = try backend.live(LiveRequest(model: model, at: time)).entry
        if output.json {
            return Terminal.document([
                "model": .string(model.description), "at": .string(time),
                "live": entry.map(Self.document) ?? .null,
            ])
        }
        guard let entry else {
            return Terminal.line("\(model) at \(time): nothing was live, it was not promoted yet")
        }
        Terminal.line("\(model) at \(time): since " + Self.line(entry))
    }

    private static func document(_ entry: HistoryEntry) -> JSONValue {
        [
            "epoch": .int(entry.epoch), "at": .string(entry.note.at), "by": .string(entry.note.by),
            "reason": .string(entry.note.reason), "before": entry.before?.document ?? .null,
            "after": entry.after.document,
        ]
    }

    private static func line(_ entry: HistoryEntry) -> String {
        let reason = entry.note.reason.isEmpty ? "" : "  (\(entry.note.reason))"
        let before = entry.before.map { "  was \($0.versionsSummary)" } ?? ""
        return "\(entry.note.at)  \(entry.after.summary)\(before)  by \(entry.note.by)\(reason)"
            .printable
    }
}
