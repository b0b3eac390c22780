import ArgumentParser
import Lifecycle
import Operations

/// What promote, rollback and their like have in common: the request, the backend, the result.
struct DeploymentChanging: ParsableArguments {
    @OptionGroup var options: ChangeOptions
    @OptionGroup var signing: SigningOptions
    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    /// The request that the flags make of a change.
    func request(
        _ change: DeploymentChange<VersionSelector.Choice>, of model: ModelName,
        isForced: Bool = false
    ) throws(SwerveError) -> ChangeRequest {
        ChangeRequest(
            model: model, change: change,
            terms: try options.terms(act: change.act(on: model), isForced: isForced))
    }

    /// Has the change made, and tells what came of it.
    func run(_ change: (any Backend) throws(SwerveError) -> ChangeResult) throws {
        try options.run(registry, kafka, signing, output, change)
    }
}

extension ChangeOptions {
    /// Has a change made, and tells what came of it.
    ///
    /// - Parameter document: with `--json`, what is printed of the change's own document.
    func run(
        _ registry: RegistryOptions, _ kafka: KafkaOptions, _ signing: SigningOptions,
        _ output: OutputOptions, _ change: (any Backend) throws(SwerveError) -> ChangeResult,
        document: (JSONValue) -> JSONValue = { $0 }
    ) throws {
        let (isJSON, announcer) = (output.json, try registry.announcer())
        let backend = try registry.backend(kafka, signing) { event in
            Terminal.tell(event)
            if case .changed(let result) = event {
                result.tellChange(asJSON: isJSON, announcer: announcer)
            }
        }
        let result = try change(backend)
        if result.convergence == nil {
            result.tellChange(asJSON: isJSON, announcer: announcer)
        }
        if isJSON { Terminal.document(document(result.document)) }
        if let fault = result.fault { throw fault }
        guard let convergence = result.convergence else {
            guard wait, result.trial == nil, !result.isAnnounced, result.already == nil else {
                return
            }
            // Over a hub, which announces it by itself.
            let model = result.deployment.model
            throw SwerveError(
                .timedOut, act: "waiting for epoch \(result.deployment.epoch) of \(model)",
                reason: "it is committed and not announced: no worker has heard of it",
                remedy: "see that the brokers answer, then: swerve status \(model) --wait")
        }
        for line in convergence.unawaited {
            Terminal.note("swerve: not waited for: \(line.printable)\(NotConverged.groupRemedy)")
        }
        try NotConverged.check(convergence, of: result.deployment, timeout: timeout)
        if !isJSON { Terminal.line(convergence.line(of: result)) }
    }
}
