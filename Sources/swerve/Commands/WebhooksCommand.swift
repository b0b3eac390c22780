import ArgumentParser
import Judge
import Lifecycle
import Operations
import Registry

/// Who is told what happens, over HTTP.
struct WebhooksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhooks", abstract: "Tell other services what happens.",
        discussion: """
            The hub that leads the registry posts each event as JSON, in the Standard Webhooks form: \
            webhook-id, webhook-timestamp and webhook-signature, an HMAC by a secret that is shown once. \
            What fails is tried again for a day; nothing waits behind it. An event comes once at least: \
            the same webhook-id is the same event. sequence counts a model's events.

            A receiver that answers with 410 gets nothing more, until webhooks enable. Redirects are not followed, and \
            addresses of private networks are refused, unless --allow-private is given.
            """,
        subcommands: [
            WebhooksAddCommand.self, WebhooksListCommand.self, WebhooksShowCommand.self,
            WebhooksRemoveCommand.self, WebhooksEnableCommand.self, WebhooksRotateCommand.self,
            WebhooksDeliveriesCommand.self, WebhooksRedeliverCommand.self, WebhooksTestCommand.self,
        ])
}

struct WebhooksAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Add a webhook, and show its secret, this once.")

    @Argument(help: "The address, https://HOST/PATH.")
    var url: String

    @Option(help: "Kinds of events, as in deployment.promoted,worker.rejected; default all.")
    var events: [String] = []

    @Option(help: "Only events of models of that name, with * for any letters: http-*.")
    var models = "*"

    @Flag(help: "Also addresses of private networks and of this machine, and plain http.")
    var allowPrivate = false

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let request = AddWebhookRequest(
            url: url, events: try kinds(), models: models, allowsPrivate: allowPrivate)
        let result = try registry.backend().addWebhook(request)
        try WebhookText.show(result, asJSON: output.json)
    }

    private func kinds() throws(SwerveError) -> [WebhookEventKind] {
        var kinds: [WebhookEventKind] = []
        for name in events.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
            guard let kind = WebhookEventKind(rawValue: String(name)) else {
                throw SwerveError(
                    .usage, act: "reading --events '\(name.description.shortened(to: 40))'",
                    reason: "there is no such kind of event",
                    remedy: "there are: \(WebhookEventKind.names)")
            }
            if !kinds.contains(kind) { kinds.append(kind) }
        }
        return kinds
    }
}

struct WebhooksListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the webhooks.")

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let result = try registry.backend().webhooks(WebhooksRequest())
        if output.json { return Terminal.document(try JSONValueEncoder.encode(result)) }
        if result.webhooks.isEmpty {
            Terminal.note("there are no webhooks; see: swerve webhooks add")
        }
        for webhook in result.webhooks { Terminal.line(WebhookText.line(webhook)) }
    }
}

struct WebhooksShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a webhook, and what it was told last.")

    @OptionGroup var id: WebhookNumber
    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let result = try registry.backend().webhook(WebhookRequest(id: id.webhook, limit: 20))
        if output.json { return Terminal.document(try JSONValueEncoder.encode(result)) }
        for line in WebhookText.lines(result.webhook) { Terminal.line(line) }
        for delivery in result.deliveries { Terminal.line(WebhookText.line(delivery)) }
    }
}

struct WebhooksRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove a webhook: what waits for it is not told.")

    @OptionGroup var id: WebhookNumber

    @Option(help: "Why.")
    var reason = ""

    @OptionGroup var registry: RegistryOptions

    func run() throws {
        _ = try registry.backend()
            .removeWebhook(RemoveWebhookRequest(id: id.webhook, reason: reason))
        Terminal.note("webhook \(id.webhook) is removed")
    }
}

struct WebhooksEnableCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable",
        abstract: "Tell a webhook again whose receiver had said that it wants no more.",
        discussion: "Of what happens from then on; what was dropped meanwhile: webhooks redeliver.")

    @OptionGroup var id: WebhookNumber

    @Option(help: "Why.")
    var reason = ""

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let result = try registry.backend()
            .enableWebhook(EnableWebhookRequest(id: id.webhook, reason: reason))
        if output.json { return Terminal.document(try JSONValueEncoder.encode(result)) }
        Terminal.line(WebhookText.line(result.webhook))
    }
}

struct WebhooksRotateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Give a webhook another secret, and show it, this once.")

    @OptionGroup var id: WebhookNumber

    @Option(help: "For how long the present secret signs as well: 0s to 30d.")
    var keep = "1d"

    @Option(help: "Why.")
    var reason = ""

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        guard let keepingMs = keep == "0" ? 0 : PlanDuration.milliseconds(of: keep) else {
            throw SwerveError(
                .usage, act: "reading --keep '\(keep.shortened(to: 40))'",
                reason: "not a duration", remedy: "write it as in 90m, 36h or 3d")
        }
        let result = try registry.backend().rotateWebhook(
            RotateWebhookRequest(id: id.webhook, keepingMs: keepingMs, reason: reason))
        try WebhookText.show(result, asJSON: output.json)
    }
}

struct WebhooksDeliveriesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliveries",
        abstract: "List what webhooks were told, or are to be, newest first; kept for 7 days.")

    @Option(help: "Only to this webhook.")
    var webhook: Int64?

    @Option(parsing: .unconditional, help: "So many, 10000 at most.")
    var limit = 100

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        guard Self.limits.contains(limit) else {
            throw SwerveError(
                .usage, act: "reading --limit",
                reason: "not between \(Self.limits.lowerBound) and \(Self.limits.upperBound)")
        }
        let result = try registry.backend().deliveries(
            DeliveriesRequest(webhook: webhook, limit: limit))
        if output.json { return Terminal.document(try JSONValueEncoder.encode(result)) }
        for delivery in result.deliveries { Terminal.line(WebhookText.line(delivery)) }
    }

    /// A hub tells no more at once.
    private static let limits = 1...10_000
}

struct WebhooksRedeliverCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redeliver", abstract: "Deliver an event once more, with the same webhook-id.")

    @Argument(help: "The delivery's number, as webhooks deliveries shows it.")
    var delivery: Int64

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let result = try registry.backend().redeliver(RedeliverRequest(id: delivery))
        try WebhookText.show(result, asJSON: output.json)
    }
}

struct WebhooksTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Send a webhook the event webhook.test.")

    @OptionGroup var id: WebhookNumber
    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let result = try registry.backend().testWebhook(TestWebhookRequest(id: id.webhook))
        try WebhookText.show(result, asJSON: output.json)
    }
}

/// Which webhook, as an argument.
struct WebhookNumber: ParsableArguments {
    @Argument(help: "The webhook's number, as webhooks list shows it.")
    var webhook: Int64
}
