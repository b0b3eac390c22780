import ArgumentParser

struct SwerveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "swerve",
        abstract: "A model lifecycle service whose scorers change while the stream runs.",
        discussion: """
            Register versions of a model, promote one on the Kafka control topic, and score a stream \
            of web requests with workers that take up the new version between two polls.

            Exit codes: 0 done, 1 refused or failed, 2 not converged in time, 3 not all \
            could be decided, 64 usage, 69 no slot of the service is its own any more, 75 \
            stopped by the bound on dead letters.
            """,
        version: "0.1.0",
        groupedSubcommands: [
            CommandGroup(
                name: "Registry",
                subcommands: [
                    RegisterCommand.self, ModelsCommand.self, ShowCommand.self, DiffCommand.self,
                    ExportCommand.self, VerifyCommand.self, AnnotateCommand.self,
                    AliasCommand.self, ArchiveCommand.self, CollectCommand.self,
                    HistoryCommand.self, SignCommand.self,
                    KeysCommand.self, TokensCommand.self, WebhooksCommand.self,
                    AuditCommand.self, RegistryCommand.self,
                ]),
            CommandGroup(
                name: "Deployment",
                subcommands: [
                    PromoteCommand.self, CompleteCommand.self, AbortCommand.self,
                    RollbackCommand.self, RolloutCommand.self, SettingsCommand.self,
                    ThresholdCommand.self, StatusCommand.self, RepublishCommand.self,
                ]),
            CommandGroup(
                name: "Serving",
                subcommands: [
                    ServeCommand.self, HubCommand.self, HealthCommand.self, LoginCommand.self,
                    LogoutCommand.self, LeaveCommand.self, TopicsCommand.self,
                    DeadLettersCommand.self, LedgerCommand.self, TraceCommand.self,
                    ImpactCommand.self, LabelsCommand.self, ReplayCommand.self,
                    ConfigCommand.self, RightsCommand.self, WorkerCommandLine.self,
                ]),
            CommandGroup(
                name: "Offline",
                subcommands: [
                    ScoreCommand.self, FeaturizeCommand.self, DecodeCommand.self,
                    JudgeCommand.self,
                ]),
            CommandGroup(
                name: "Trying it out",
                subcommands: [DemoCommand.self, GenerateCommand.self, BrokerCommand.self]),
        ])
}
