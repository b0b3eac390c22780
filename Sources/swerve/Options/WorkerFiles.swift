import Configuration
import Lifecycle
import Operations
import Serving

/// How a hub learns how requests of its models are read: by the configurations of their workers.
struct WorkerFiles: Sendable {
    private let byModel: [ModelName: Configuration]

    /// - Parameters:
    ///   - own: the hub's configuration, which counts where it names a model and `hub.requests`
    ///     names no files.
    ///   - read: resolves a file as the hub's own is.
    /// - Throws: `.usage` for a file that names no model, or one that another names, or in which
    ///   something else makes no sense; what reading it throws.
    init(
        _ own: Configuration, read: (String) throws(SwerveError) -> Configuration
    ) throws(SwerveError) {
        let files = try own.list(.hubRequests)
        guard files != [TopicNames.none] else {
            byModel = [:]
            return
        }
        var found: [ModelName: Configuration] = [:]
        for file in files {
            let configuration = try read(file)
            do throws(SwerveError) {
                let model = try ModelName(try configuration.required(.model))
                guard found[model] == nil else {
                    throw own.wrong(
                        .hubRequests, "names \(model) in two files",
                        remedy: "name one file for each model")
                }
                _ = try Self.worker(configuration)
                found[model] = configuration
            } catch {
                throw error.during("reading \(file), which hub.requests names")
            }
        }
        if files.isEmpty, let named = own.text(.model), let model = try? ModelName(named) {
            // What is wrong with it is no obstacle to the hub: it is told where it is needed.
            found[model] = own
        }
        byModel = found
    }

    /// - Throws: `.usage` where nobody said how the model's requests are read.
    func configuration(of model: ModelName) throws(SwerveError) -> Configuration {
        guard let found = byModel[model] else {
            throw SwerveError(
                .usage, act: "looking for requests of \(model)",
                reason: "this hub is not told how requests of \(model) are read",
                remedy: "name the configuration of its workers in hub.requests, as in "
                    + "hub.requests: [workers.yaml]")
        }
        return found
    }

    static func worker(
        _ configuration: Configuration
    ) throws(SwerveError) -> WorkerConfiguration {
        try WorkerConfiguration(
            configuration, slot: 0, of: try configuration.integerUnlessWord(.slotsTotal))
    }
}
