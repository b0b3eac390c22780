import ArgumentParser
import Lifecycle
import Operations

/// What promote, rollback and their like have in common: the request, the backend, the result.
struct DeploymentChanging: ParsableArguments {
    @Option(parsing: .unconditional, help: "Refuse unless the deployment is at this epoch.")
    var expectEpoch: Int64?

    @Option(help: "Why, for the history.")
    var reason = ""

    @Flag(
        help: "Wait until all slots serve it; exit 2 when they do not in time, 1 when one rejects.")
    var wait = false

    @Option(parsing: .unconditional, help: "How long to wait for that, in seconds.")
    var timeout = 60.0

    @Option(
        help: """
            With --wait: a group that is waited for, repeatable; without it those of groups in the \
            configuration, else every group that was heard.
            """)
    var group: [String] = []

    @Flag(
        help: """
            Commit without looking for the brokers and without announcing; a later command \
            that writes to the registry, or republish, announces it.
            """)
    var offline = false

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
            terms: try terms(act: change.act(on: model), isForced: isForced))
    }

    /// - Parameter act: for errors.
    func terms(act: String, isForced: Bool = false) throws(SwerveError) -> ChangeTerms {
        guard timeout > 0, timeout <= 86_400 else {
            throw SwerveError(
                .usage, act: "reading --timeout", reason: "not between 0 and 86400 seconds")
        }
        guard !offline || !wait else {
            throw SwerveError(
                .usage, act: act, reason: "--offline and --wait exclude each other",
                remedy: "give one of them")
        }
        var terms = ChangeTerms()
        terms.expectedEpoch = expectEpoch
        terms.isForced = isForced
        terms.reason = reason
        terms.announcing = offline ? .later : .now
        if wait {
            terms.waiting = ChangeTerms.Waiting(timeoutMs: Int64(timeout * 1_000), groups: group)
        }
        return terms
    }

    /// Has the change made, and tells what came of it.
    ///
    /// - Parameter document: with `--json`, what is printed of the change's own document.
    func run(
        _ change: (any Backend) throws(SwerveError) -> ChangeResult,
        document: (JSONValue) -> JSONValue = { $0 }
    ) throws {
        let isJSON = output.json
        let backend = try FileBackend(registry, kafka, signing) { event in
            Terminal.tell(event)
            if case .changed(let result) = event { result.tellChange(asJSON: isJSON) }
        }
        let result = try change(backend)
        if result.convergence == nil { result.tellChange(asJSON: isJSON) }
        if isJSON { Terminal.document(document(result.document)) }
        if let fault = result.fault { throw fault }
        guard let convergence = result.convergence else { return }
        for line in convergence.unawaited {
            Terminal.note("swerve: not waited for: \(line.printable)\(NotConverged.groupRemedy)")
        }
        try NotConverged.check(convergence, of: result.deployment, timeout: timeout)
        if !isJSON { Terminal.line(convergence.line(of: result)) }
    }
}
