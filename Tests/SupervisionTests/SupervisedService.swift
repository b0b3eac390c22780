import Foundation
import Lifecycle
import Logging
import Platform
import Supervision
import TestSupport

/// A supervisor on a thread of its own; its test awaits events and the workers' words one by one.
final class SupervisedService: Sendable {
    /// Longer than anything here takes, so that a fault fails instead of hanging.
    static let patienceMs = 60_000

    private let requests: TestRequests
    private let arrived: EventFD
    private let events = Guarded<[SupervisorEvent]>([])
    private let words: OwnedDescriptor
    private let told = Guarded<[SuspectRecords?]>([])
    private let stops = Guarded<[String]>([])

    private init(fifo: String) throws {
        requests = try TestRequests()
        arrived = try EventFD()
        guard unsafe mkfifo(fifo, 0o600) == 0 else { throw CocoaError(.fileWriteUnknown) }
        // For writing too, or it would end with the first worker's line.
        words = OwnedDescriptor(unsafe open(fifo, O_RDWR | O_CLOEXEC))
    }

    /// Runs `script` by `/bin/sh` in each slot while `body` does as it likes, then asks for the
    /// end.
    ///
    /// In the script `$1` is the slot, `$2` a fifo whose lines `nextWord()` gives to the test, `$3`
    /// the configuration, and `JOURNAL.$1` the slot's journal.
    /// - Returns: how the service ended.
    static func run(
        slots: Int = 1, settings: Supervisor.Settings = Supervisor.Settings(),
        executable: String = "/bin/sh", document: String = "", journal: String? = nil,
        stopMs: Int = 0, configuration: TestConfiguration = TestConfiguration(),
        board: HostBoard? = nil, manager: ServiceManager? = nil, script: String,
        _ body: (SupervisedService) throws -> Void = { _ in }
    ) throws -> SupervisorOutcome {
        let folder = try TemporaryFolder()
        let fifo = folder.path("words")
        let service = try SupervisedService(fifo: fifo)
        let owned = try OwnedSlots(total: slots, first: 0, count: slots)
        let outcome = Guarded<SupervisorOutcome?>(nil)
        let thread = OSThread(name: "supervisor") {
            let supervisor = Supervisor(
                slots: owned, settings: settings, requests: service.requests,
                log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
                workers: TestWorkers(configuration: configuration) { slot, suspects, lastStop in
                    service.told.withLock { $0.append(suspects) }
                    if let lastStop { service.stops.withLock { $0.append(lastStop.reason) } }
                    return WorkerCommand(
                        executable: executable,
                        arguments: [
                            "-c", script, "worker", "\(slot)", fifo, configuration.current,
                        ],
                        document: Array(document.utf8),
                        journal: journal.map { "\($0).\(slot)" }, stopMs: stopMs,
                        reports: board != nil)
                }, board: board, manager: manager,
                observe: { event in
                    service.events.withLock { $0.append(event) }
                    service.arrived.signal()
                })
            let result = supervisor.run()
            outcome.withLock { $0 = result }
        }
        let end = Result { try body(service) }
        // A test that failed half-way wants the end at once.
        if case .failure = end { service.requestStop(times: 2) }
        thread.join()
        try end.get()
        guard let result = outcome.withLock({ $0 }) else { throw CocoaError(.featureUnsupported) }
        return result
    }

    /// Which records each worker so far was to beware of.
    var suspects: [SuspectRecords?] { told.withLock { $0 } }

    /// How earlier processes ended, as the later ones were told.
    var lastStops: [String] { stops.withLock { $0 } }

    func requestStop(times: Int = 1) {
        requests.ask { $0.stops += Array(repeating: "request", count: times) }
    }

    func requestRestart() { requests.ask { $0.restart = "request" } }

    /// The next event; an error when there is none within the patience.
    func next() throws -> SupervisorEvent {
        while true {
            if let event = events.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { return event }
            guard try !Poll.waitForAny([arrived.descriptor], timeoutMs: Self.patienceMs).isEmpty
            else {
                throw SwerveError(.timedOut, act: "waiting for an event", reason: "none came")
            }
            arrived.drain()
        }
    }

    /// The next start's process, after any other events.
    func nextStart() throws -> (slot: Int, pid: Int32) {
        while true {
            if case .started(let slot, let pid) = try next() { return (slot, pid) }
        }
    }

    /// The next line that a worker wrote to its fifo.
    func nextWord() throws -> String {
        // Lines are read one byte at a time, so that each call can have a reader of its own.
        var line: [UInt8] = []
        while true {
            guard try !Poll.waitForAny([words.raw], timeoutMs: Self.patienceMs).isEmpty,
                case .bytes(let byte) = try words.read(upTo: 1)
            else { throw SwerveError(.timedOut, act: "waiting for a word", reason: "none came") }
            if byte == [UInt8(ascii: "\n")] { return String(decoding: line, as: UTF8.self) }
            line += byte
        }
    }
}

/// Requests of a test.
final class TestRequests: RequestSource {
    private let event: EventFD
    private let waiting = Guarded(SupervisorRequests())

    init() throws { event = try EventFD() }

    var descriptor: Int32 { event.descriptor }

    func ask(_ what: (inout SupervisorRequests) -> Void) {
        waiting.withLock { what(&$0) }
        event.signal()
    }

    func takeRequests() -> SupervisorRequests {
        event.drain()
        return waiting.withLock { waiting in
            defer { waiting = SupervisorRequests() }
            return waiting
        }
    }
}

/// A configuration that a test changes.
final class TestConfiguration: Sendable {
    private struct Words {
        var current = "first"
        var earlier: String?
        /// What the next reading finds; nil for nonsense.
        var next: String? = "first"
    }

    private let words = Guarded(Words())

    var current: String { words.withLock { $0.current } }

    func write(_ next: String?) { words.withLock { $0.next = next } }

    func renew() throws(SwerveError) {
        let isRead = words.withLock { words in
            guard let next = words.next else { return false }
            words.earlier = next == words.current ? nil : words.current
            words.current = next
            return true
        }
        guard isRead else { throw SwerveError(.usage, act: "reading", reason: "nonsense") }
    }

    func takeBack() -> Bool {
        words.withLock { words in
            guard let earlier = words.earlier else { return false }
            words.current = earlier
            words.earlier = nil
            return true
        }
    }
}

private struct TestWorkers: WorkerCommands {
    let configuration: TestConfiguration
    let make: (Int, SuspectRecords?, StatusRecord.Stop?) -> WorkerCommand

    func command(
        slot: Int, suspects: SuspectRecords?, lastStop: StatusRecord.Stop?
    ) -> WorkerCommand {
        make(slot, suspects, lastStop)
    }
    func renew() throws(SwerveError) { try configuration.renew() }
    func takeBack() -> Bool { configuration.takeBack() }
}
