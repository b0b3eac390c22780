import Inputs
import Lifecycle
import Platform
import Transfer

/// The registry's thread of a worker: asks for the schemas that the table wants, keeps them, and
/// builds them.
///
/// All of it is made and used on that thread.
final class SchemaFetcher {
    private let table: SchemaTable
    private let client: RegistryClient
    private let folder: SchemaFolder
    private let log: SchemaLog
    private let transfers: WebTransfers
    private var registryLog: RegistryLog
    private var calls: [Int: SchemaBook<AvroSchema>.Call] = [:]
    private var forgotAt: UInt64 = 0
    private let owner = ThreadOwner()

    init(
        _ client: RegistryClient, table: SchemaTable, folder: SchemaFolder, log: SchemaLog
    ) throws(SwerveError) {
        self.client = client
        self.table = table
        self.folder = folder
        self.log = log
        registryLog = RegistryLog(log)
        transfers = try WebTransfers()
    }

    /// The thread's body: returns soon after the table's `stop`.
    func run() throws(SwerveError) {
        owner.assertCurrent()
        while !table.isStopping { try turn() }
        transfers.cancel()
    }

    private func turn() throws(SwerveError) {
        let now = MonotonicClock.now
        if now &- forgotAt >= Self.forgetNs {
            forgotAt = now
            if table.withBook({ $0.forget(at: now) }) { table.tellChange() }
        }
        while !table.isStopping, let action = table.withBook({ $0.next(at: MonotonicClock.now) }) {
            switch action {
            case .look(let identity): look(for: identity)
            case .call(let call): begin(call)
            }
        }
        let ended = try transfers.wait(for: [table.wake.descriptor], timeoutMs: timeoutMs())
        table.wake.drain()
        for ended in ended {
            guard let call = calls.removeValue(forKey: ended.number) else { continue }
            heard(call, RegistryReply(ended.result, wanted: .schema))
        }
    }

    private func timeoutMs() -> Int {
        let now = MonotonicClock.now
        guard let due = table.withBook({ $0.due(at: now) }) else { return Self.longestWaitMs }
        guard due > now else { return 0 }
        return min(Self.longestWaitMs, Int((due - now) / 1_000_000) + 1)
    }

    // MARK: - Actions

    private func look(for identity: SchemaIdentity) {
        guard let (root, referenced) = folder.read(identity) else {
            return table.withBook { $0.missed(identity, at: MonotonicClock.now) }
        }
        guard let schema = try? AvroSchema(root, referenced: referenced) else {
            log.warning(
                "schema \(identity.words): what the state folder has of it is no schema; the "
                    + "schema registry is asked")
            return table.withBook { $0.missed(identity, at: MonotonicClock.now) }
        }
        settle(identity, schema)
    }

    private func begin(_ call: SchemaBook<AvroSchema>.Call) {
        do throws(SwerveError) {
            let number = try transfers.begin(
                client.request(.wish(call.wish), url: call.url), by: client.settings.connection,
                limit: SchemaText.answerBytesMax, act: "asking \(client.place(call.url))")
            calls[number] = call
        } catch {
            switch error.code {
            // A secret's file; whoever changes it may be in the middle of it.
            case .unavailable:
                heard(call, .credentials("\(error.reason); \(error.remedy)"))
            case .usage: heard(call, .bad("a reference cannot be asked for: \(error.reason)"))
            default: heard(call, .fault(error.reason))
            }
        }
    }

    private func heard(_ call: SchemaBook<AvroSchema>.Call, _ reply: RegistryReply) {
        let now = MonotonicClock.now
        let identity = call.identity
        var reply = reply.from(client.place(call.url))
        // Nothing was to be registered here: whoever answers so is asked again, and it is told.
        if case .rejected(let words) = reply { reply = .fault(words) }
        switch reply {
        case .fault, .credentials: table.countFault()
        default: break
        }
        registryLog.heard(
            reply, of: Self.words(call), url: call.url, place: client.place(call.url), at: now)
        switch table.withBook({ $0.heard(call, reply, at: now) }) {
        case .goesOn: break
        case .build(let root, let referenced):
            if build(identity, root, referenced) { folder.keep(identity, root, referenced) }
        case .refused(let refusal, let words):
            tell(identity, refusal, words)
            table.tellChange()
        }
    }

    /// - Returns: whether it is a schema.
    private func build(
        _ identity: SchemaIdentity, _ root: SchemaText, _ referenced: [SchemaText]
    ) -> Bool {
        do throws(BadSchema) {
            settle(identity, try AvroSchema(root, referenced: referenced))
            return true
        } catch {
            table.withBook { $0.settle(identity, nil, bytes: 0) }
            table.tellChange()
            tell(identity, .bad, error.words)
            return false
        }
    }

    private func settle(_ identity: SchemaIdentity, _ schema: AvroSchema) {
        table.withBook { $0.settle(identity, schema, bytes: schema.memoryBytes) }
        table.tellChange()
        log.debug("schema \(identity.words) is there")
    }

    /// Anybody who may write to the input can name a schema.
    private func tell(_ identity: SchemaIdentity, _ refusal: SchemaRefusal, _ words: String) {
        log.ofStrangers(
            "schema \(identity.words): \(words.shortened(to: 600).printable); records that name "
                + "it become dead letters (\(refusal.reason(identity).code))")
    }

    private static func words(_ call: SchemaBook<AvroSchema>.Call) -> String {
        let schema = "schema \(call.identity.words)"
        guard case .version(let version) = call.wish else { return schema }
        return "\(schema), which refers to \(version.words)"
    }

    private static let forgetNs: UInt64 = 10_000_000_000
    private static let longestWaitMs = 10_000
}
