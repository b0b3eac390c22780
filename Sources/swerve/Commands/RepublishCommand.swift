import ArgumentParser
import Lifecycle
import Operations

/// Makes the control topic say what the registry says.
struct RepublishCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "republish", abstract: "Announce the registry's deployments again.",
        discussion: """
            The very same announcements; with --sign-with the same deployments under new epochs, signed \
            now: for announcements whose signature ran out before they were published.
            """)

    @Argument(help: "The model; all models without.")
    var model: String?

    @Option(help: "Why, for the history, where it is signed anew.")
    var reason = "signed anew"

    @OptionGroup var signing: SigningOptions
    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func request() throws(SwerveError) -> RepublishRequest {
        RepublishRequest(
            model: try model.map { text throws(SwerveError) in try ModelName(text) },
            reason: reason)
    }

    func run() throws {
        let request = try request()
        let result = try registry.backend(kafka, signing).republish(request)
        for entry in result.entries {
            guard let warning = entry.warningLine else { continue }
            Terminal.note("swerve: warning: \(entry.model): \(warning)".printable)
        }
        if output.json {
            Terminal.document(["publications": .array(result.entries.map(\.document))])
        } else {
            if result.entries.isEmpty {
                Terminal.note("swerve: nothing to announce: no model was promoted")
            }
            for entry in result.entries where entry.fault == nil {
                Terminal.line("\(entry.model) \(entry.state)".printable)
            }
        }
        // The first of them decides the exit code, and is told by the command's end.
        let faults = result.entries.compactMap(\.fault)
        for fault in faults.dropFirst() { Terminal.error(fault.atTerminal.description) }
        if let fault = faults.first { throw fault }
    }
}

extension RepublishResult.Entry {
    /// What was announced, so that nobody's key stands for what they did not see.
    fileprivate var state: String {
        guard let deployment else { return "epoch \(epoch) is on the topic" }
        let settings =
            deployment.settings.versions.isEmpty ? "" : " (\(deployment.settings.json.text))"
        return "\(deployment.summary)\(settings) is on the topic"
    }

    fileprivate var warningLine: String? { warning.map { $0.line(of: model) } }

    fileprivate var document: JSONValue {
        var fields: [String: JSONValue] = [
            "model": .string(model.description), "epoch": .int(epoch),
            "announced": .bool(fault == nil),
            "error": fault.map { .string($0.atTerminal.description) } ?? .null,
        ]
        fields["deployment"] = deployment?.document
        fields["warning"] = warningLine.map { .string($0) }
        return .object(fields)
    }
}
