import FoundationEssentials
import Lifecycle
import Platform
import Verification

/// The folder of one run: registry, configuration, the workers' state, and what is kept.
struct DemoWorkspace {
    let folder: String
    let isKept: Bool

    var registry: String { path("swerve.db") }
    var configuration: String { path("swerve.yaml") }

    /// Makes it: the folder to keep, or a temporary one.
    ///
    /// - Throws: `.refused` for a folder that an earlier run has used.
    init(keep: String?) throws(SwerveError) {
        isKept = keep != nil
        if let keep {
            let current = FileManager.default.currentDirectoryPath
            folder = keep.hasPrefix("/") ? keep : "\(current)/\(keep)"
            if FileManager.default.fileExists(atPath: "\(folder)/swerve.db") {
                throw SwerveError(
                    .refused, act: "keeping the run in \(keep)",
                    reason: "the registry of an earlier run is there",
                    remedy: "name another folder, or remove that one")
            }
        } else {
            let name = "swerve-demo-\(ProcessIdentity.makeUUID().prefix(8))"
            folder = FileManager.default.temporaryDirectory.appending(path: name).path
        }
        try StateFile.makeFolder(folder, permissions: 0o700)
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    func write(_ name: String, _ bytes: [UInt8]) throws(SwerveError) {
        try StateFile.write(path(name), bytes)
    }

    /// Removes a temporary folder; a kept one stays.
    func remove() {
        guard !isKept else { return }
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Writes the swerve.yaml of the run's service.
    func writeConfiguration(
        model: ModelName, group: String, topics: StreamTopics, ledger: String,
        options: DemoOptions, bootstrap: String
    ) throws(SwerveError) {
        func quoted(_ text: String) -> String { JSONValue.string(text).text }
        let text = """
            model: \(model)
            registry: \(quoted(registry))
            state: \(quoted(path("state")))
            group: \(quoted(group))
            slots: {total: \(options.workers), first: 0, count: \(options.workers)}
            assignment: static
            delivery: at-least-once
            start: earliest
            topics:
              input: \(quoted(topics.input))
              output: \(quoted(topics.output))
              dead_letters: \(quoted(topics.deadLetters))
              control: \(quoted(topics.control))
              status: \(quoted(topics.status))
              ledger: \(quoted(ledger))
            development: \(options.bootstrap == nil)
            http: none
            kafka: {bootstrap.servers: \(quoted(bootstrap))}

            """
        try write("swerve.yaml", Array(text.utf8))
    }
}
