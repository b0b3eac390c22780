import CRdKafka
import Lifecycle
import Platform

/// What a handle tells beside its results.
package enum KafkaNews: Sendable {
    /// librdkafka at its work.
    case detail
    /// One of librdkafka's error lines that is no error of the handle.
    case warning
    /// What Swerve itself has to say once, in whole sentences.
    case notice
    /// A passing error: a broker is away, moving or busy.
    case trouble
    /// The same, and no broker at all is connected.
    case allDown
    /// What was asked of the brokers is done: an outage is over; without words.
    case answered
    /// Some broker has answered something since the poll before, if only that there is nothing;
    /// without words.
    case heard
}

/// Where a handle's news go; called on the thread that polls the handle.
package typealias KafkaLogSink = @Sendable (_ news: KafkaNews, _ line: String) -> Void

/// One `rd_kafka_t`, its callbacks' context, and the order in which they go.
///
/// librdkafka's handles may be used from any thread; which of its calls Swerve makes from which
/// thread is the rule of the classes that own one.
@safe
final class KafkaHandle {
    /// What C callbacks reach through the handle's opaque pointer.
    ///
    /// Retained by the handle, which destroys the `rd_kafka_t` (and so ends its threads) before it
    /// lets go of this.
    ///
    /// `@unchecked Sendable`: all is immutable or behind the mutex but the closures, which are set
    /// before the first poll and called inside polls only, by the thread that owns the handle.
    @safe
    final class Context: @unchecked Sendable {
        let log: KafkaLogSink
        var onRebalance:
            ((rd_kafka_resp_err_t, UnsafePointer<rd_kafka_topic_partition_list_t>) -> Void)?
        var onCommit:
            ((rd_kafka_resp_err_t, UnsafePointer<rd_kafka_topic_partition_list_t>?) -> Void)?
        /// The topic is told of a record that failed.
        var onDelivery: ((rd_kafka_resp_err_t, _ offset: Int64, _ topic: String?) -> Void)?
        private let state = Guarded<(faults: [KafkaFault], cause: KafkaFault?, isMissing: Bool)>(
            ([], nil, false))
        /// Answers of brokers that are not told yet; counted on librdkafka's threads.
        let answers = SharedCounter()
        fileprivate let credentials: Guarded<Credentials>
        fileprivate let token: TokenSource?

        init(
            credentials: Credentials = Credentials(KafkaSettings(), [:]),
            token: TokenSource? = nil, log: @escaping KafkaLogSink
        ) {
            self.log = log
            self.credentials = Guarded(credentials)
            self.token = token
        }

        /// What the brokers refused, seen beside what is known of the credentials.
        ///
        /// - Parameter raw: the handle, which gets a password that its file has by now.
        fileprivate func judged(_ fault: KafkaFault, _ raw: OpaquePointer) -> KafkaFault {
            guard case .denied(.credentials) = fault.meaning else { return fault }
            let renewed = credentials.withLock { $0.renew() ? $0 : nil }
            guard let renewed else {
                return fault.remarked(credentials.withLock { $0.remark })
            }
            unsafe renewed.give(to: raw)
            return KafkaFault(
                meaning: .passing, text: "\(fault.text); the file has another password by now")
        }

        /// Passes one of librdkafka's lines on; `level` is syslog's.
        func tell(_ level: Int32, _ facility: UnsafePointer<CChar>?, _ text: UnsafePointer<CChar>) {
            let place = unsafe facility.map { unsafe String(cString: $0) } ?? ""
            let isNews = level <= Self.errorLevel && !Self.toldAsFaults.contains(place)
            log(isNews ? .warning : .detail, "\(place): \(unsafe String(cString: text))".printable)
        }

        /// A passing fault goes to the log, any other waits for `takeFaults`; of both the most
        /// telling one is kept as the cause of what fails next.
        ///
        /// - Parameter isOfTopic: whoever reports it knows which topic it is about.
        func report(_ fault: KafkaFault, isOfTopic: Bool = false) {
            state.withLock { state in
                if state.cause.map({ $0.weight <= fault.weight }) ?? true { state.cause = fault }
                switch fault.meaning {
                case .denied, .fenced, .broken:
                    if state.faults.count < Context.faultsKept { state.faults.append(fault) }
                case .missing: if !isOfTopic { state.isMissing = true }
                case .nothing, .passing, .offsetGone, .final: break
                }
            }
            switch fault.meaning {
            case .denied, .fenced, .broken, .nothing: break
            case .passing, .missing, .offsetGone, .final:
                log(fault.isAllBrokersDown ? .allDown : .trouble, fault.text)
            }
        }

        /// What was met and is not passing, once.
        func takeFaults() -> [KafkaFault] {
            state.withLock { state in
                defer { if !state.faults.isEmpty { state.faults.removeAll(keepingCapacity: true) } }
                return state.faults
            }
        }

        /// Whether some topic or partition was said to be missing since the last call.
        func takeMissing() -> Bool {
            state.withLock { state in
                defer { state.isMissing = false }
                return state.isMissing
            }
        }

        /// The most telling fault, and the last of those, since a broker answered.
        var cause: KafkaFault? { state.withLock { $0.cause } }

        /// A broker answered: what was wrong before is over.
        func answered() {
            state.withLock { $0.cause = nil }
            log(.answered, "")
        }

        /// Under which librdkafka logs what it reports as an error of the handle too.
        private static let toldAsFaults: Set<String> = ["FAIL", "ERROR"]
        private static let faultsKept = 64
        private static let errorLevel: Int32 = 3
    }

    let raw: OpaquePointer
    let context: Context
    private var isDestroyed = false

    /// Makes the handle; `configure` sets callbacks on the `rd_kafka_conf_t`.
    ///
    /// - Throws: `.usage` naming the setting that librdkafka refuses.
    init(
        _ kind: rd_kafka_type_t, settings: KafkaSettings, act: String,
        log: @escaping KafkaLogSink, configure: (OpaquePointer) -> Void = { _ in }
    ) throws(SwerveError) {
        guard let conf = unsafe rd_kafka_conf_new() else {
            throw SwerveError(.system, act: act, reason: "no memory for a Kafka handle")
        }
        var values: [String: String]
        let token: TokenSource?
        do throws(SwerveError) {
            // It reads its secret anew for each token.
            values = settings.values
            token = try TokenSource.take(from: &values, act: act)
            values = Self.whole(try KafkaSettings(values).withSecrets(act: act)).values
        } catch {
            unsafe rd_kafka_conf_destroy(conf)
            throw error
        }
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            do throws(SwerveError) {
                try unsafe Self.set(conf, key, value, act: act)
            } catch {
                unsafe rd_kafka_conf_destroy(conf)
                throw error
            }
        }
        // Through the handle's queue, so that no code of ours runs on librdkafka's threads.
        _ = unsafe rd_kafka_conf_set(conf, "log.queue", "true", nil, 0)
        let context = Context(
            credentials: Credentials(settings, values), token: token, log: log)
        unsafe rd_kafka_conf_set_opaque(conf, Unmanaged.passUnretained(context).toOpaque())
        unsafe rd_kafka_conf_set_log_cb(conf) { handle, level, facility, text in
            guard let handle = unsafe handle, let text = unsafe text else { return }
            unsafe KafkaHandle.context(of: handle)?.tell(level, facility, text)
        }
        unsafe rd_kafka_conf_set_error_cb(conf) { handle, code, text, _ in
            guard let handle = unsafe handle else { return }
            unsafe KafkaHandle.reportError(handle, code, text)
        }
        if token != nil { unsafe Self.setTokenRefresh(conf) }
        unsafe Self.countAnswers(conf, in: context)
        unsafe configure(conf)
        var message = [CChar](repeating: 0, count: Self.errorBytes)
        guard let raw = unsafe rd_kafka_new(kind, conf, &message, message.count) else {
            // Not destroyed: librdkafka has freed a part of it, the interceptors (librdkafka#4142).
            if let fault = settings.unreadableFile(act: act) { throw fault }
            throw SwerveError(
                .usage, act: act, reason: SecretMask.shown(Self.text(message), hiding: values),
                remedy: "correct the kafka settings")
        }
        unsafe self.raw = raw
        self.context = context
        _ = unsafe rd_kafka_set_log_queue(raw, nil)
        if token != nil, let failure = unsafe rd_kafka_sasl_background_callbacks_enable(raw) {
            unsafe rd_kafka_error_destroy(failure)
        }
    }

    /// Ends the handle's threads; every object taken from it must be gone before.
    func destroy() {
        guard !isDestroyed else { return }
        isDestroyed = true
        // The thread that may be waiting for a token is one of those that the end waits for.
        context.token?.cancel()
        unsafe rd_kafka_destroy(raw)
    }

    /// Leaves the handle as it is until the process ends.
    ///
    /// A consumer's end waits for commits that no broker answers, for ten seconds and more; a
    /// destruction without a close waits for them too (librdkafka 2.0.2: `rd_kafka_thread_main`
    /// goes round until the consumer group has terminated).
    func leave() {
        guard !isDestroyed else { return }
        isDestroyed = true
        // Its threads go on, and reach the context through the handle.
        _ = unsafe Unmanaged.passRetained(context)
        ProcessEnd.noteThreadLeft()
    }

    /// Has each thread of librdkafka's that talks with a broker look at once whether there is
    /// something to do; nothing is sent for it.
    ///
    /// New credentials wake them, and these are those that the handle has; where it has none, they
    /// are not looked at.
    func wakeBrokerThreads() {
        unsafe context.credentials.withLock { $0 }.give(to: raw)
    }

    /// Tokens are fetched on librdkafka's background thread, which is there for what blocks; so no
    /// thread of ours waits for them, and no poll is needed.
    private static func setTokenRefresh(_ conf: OpaquePointer) {
        unsafe rd_kafka_conf_enable_sasl_queue(conf, 1)
        unsafe rd_kafka_conf_set_oauthbearer_token_refresh_cb(conf) { handle, _, _ in
            guard let handle = unsafe handle,
                let context = unsafe KafkaHandle.context(of: handle)
            else { return }
            unsafe context.token?.refresh(handle)
        }
    }

    deinit { precondition(isDestroyed, "a Kafka handle was dropped without destroy()") }

    static func context(of handle: OpaquePointer) -> Context? {
        guard let opaque = unsafe rd_kafka_opaque(handle) else { return nil }
        return unsafe Unmanaged<Context>.fromOpaque(opaque).takeUnretainedValue()
    }

    /// What broke the handle for good; nil while it can go on.
    ///
    /// A consumer hears of it as a message that says no more than "fatal".
    var fatalFault: KafkaFault? {
        // Asked for some times a second, and nearly always there is none: no memory for words then.
        guard unsafe rd_kafka_fatal_error(raw, nil, 0) != RD_KAFKA_RESP_ERR_NO_ERROR else {
            return nil
        }
        var message = [CChar](repeating: 0, count: Self.errorBytes)
        let cause = unsafe rd_kafka_fatal_error(raw, &message, message.count)
        return KafkaFault(code: cause, text: Self.text(message))
    }

    static func reportError(
        _ handle: OpaquePointer, _ code: Int32, _ text: UnsafePointer<CChar>?
    ) {
        let code = rd_kafka_resp_err_t(rawValue: code)
        guard code == RD_KAFKA_RESP_ERR__FATAL else {
            let words = unsafe text.map { unsafe String(cString: $0) } ?? ""
            guard let context = unsafe context(of: handle) else { return }
            context.report(unsafe context.judged(KafkaFault(code: code, text: words), handle))
            return
        }
        var message = [CChar](repeating: 0, count: errorBytes)
        let cause = unsafe rd_kafka_fatal_error(handle, &message, message.count)
        let words = Self.text(message)
        let fault = KafkaFault(code: cause, text: words)
        switch fault.meaning {
        // What somebody has to act on is fatal to librdkafka too where it would lose its order.
        case .denied, .fenced: unsafe context(of: handle)?.report(fault)
        case .nothing, .passing, .missing, .offsetGone, .broken, .final:
            unsafe context(of: handle)?.report(
                KafkaFault(code: code, text: "\(words), \(kafkaErrorName(cause))"))
        }
    }

    private static func set(
        _ conf: OpaquePointer, _ key: String, _ value: String, act: String
    ) throws(SwerveError) {
        var message = [CChar](repeating: 0, count: errorBytes)
        let result = unsafe rd_kafka_conf_set(conf, key, value, &message, message.count)
        guard result != RD_KAFKA_CONF_OK else { return }
        let name = key.shortened(to: 80)
        guard result != RD_KAFKA_CONF_UNKNOWN else {
            let remedy = unsafe SettingNames.remedy(for: key, among: names(conf))
            throw SwerveError(
                .usage, act: act, reason: "librdkafka has no setting \(name)",
                remedy: remedy ?? documentation)
        }
        // librdkafka repeats the value in its message.
        let words =
            SecretMask.shown(value, of: key) == value
            ? text(message) : "its value is not one that librdkafka takes"
        throw SwerveError(
            .usage, act: act, reason: "kafka setting \(name): \(words)", remedy: documentation)
    }

    /// Whether this librdkafka has a setting of that name with that value; connects to nothing.
    static func hasSetting(_ key: String, _ value: String) -> Bool {
        guard let conf = unsafe rd_kafka_conf_new() else { return false }
        defer { unsafe rd_kafka_conf_destroy(conf) }
        return unsafe rd_kafka_conf_set(conf, key, value, nil, 0) == RD_KAFKA_CONF_OK
    }

    /// Checks the names and values of settings, each by itself; connects to nothing.
    ///
    /// - Throws: `.usage` for the first that librdkafka does not take.
    static func check(_ settings: KafkaSettings, act: String) throws(SwerveError) {
        guard let conf = unsafe rd_kafka_conf_new() else {
            throw SwerveError(.system, act: act, reason: "no memory for Kafka settings")
        }
        defer { unsafe rd_kafka_conf_destroy(conf) }
        for (key, value) in settings.values.sorted(by: { $0.key < $1.key }) {
            // Swerve reads them itself; a librdkafka built without OIDC refuses them.
            if TokenSource.own.contains(key) { continue }
            // Of a file with a secret, the secret's name.
            let target = SecretMask.target(ofFile: key)
            try unsafe set(conf, target ?? key, target == nil ? value : "secret", act: act)
        }
    }

    /// Checks that a handle can be made: settings together, and the files they name.
    ///
    /// Connects to nothing and runs nothing: neither kinit nor the request for a token, which begin
    /// with the handle.
    ///
    /// - Throws: `.usage`, in librdkafka's words.
    static func checkTogether(
        _ kind: rd_kafka_type_t, _ settings: KafkaSettings, act: String
    ) throws(SwerveError) {
        var settings = settings
        // A request for a token would begin with the handle.
        var values = settings.values
        if let source = try TokenSource.take(from: &values, act: act) {
            try source.checkFiles(act: act)
            settings = KafkaSettings(values)
        }
        for key in ["bootstrap.servers", "metadata.broker.list", "sasl.oauthbearer.method"] {
            settings[key] = nil
        }
        settings["sasl.kerberos.min.time.before.relogin"] = "0"
        try unsafe KafkaHandle(kind, settings: settings, act: act, log: { _, _ in }).destroy()
    }

    /// The names that this librdkafka lists, and the common ones that it does not.
    private static func names(_ conf: OpaquePointer) -> [String] {
        var count = 0
        guard let list = unsafe rd_kafka_conf_dump(conf, &count) else { return [] }
        defer { unsafe rd_kafka_conf_dump_free(list, count) }
        let dumped = stride(from: 0, to: count, by: 2).compactMap { index in
            unsafe list[index].map { unsafe String(cString: $0) }
        }
        return Set(dumped).union(SettingNames.unlisted).sorted()
    }

    private static let documentation =
        "see librdkafka's CONFIGURATION.md, version \(LibrdkafkaVersion.present)"

    static func text(_ message: [CChar]) -> String {
        String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The settings that librdkafka is given.
    static func whole(_ settings: KafkaSettings) -> KafkaSettings {
        var settings = settings.withDefaults(defaults)
        if settings[longestPause] == nil {
            // librdkafka takes no first pause that is longer than the longest.
            let first = settings["reconnect.backoff.ms"].flatMap(Int.init) ?? 0
            settings[longestPause] = "\(max(longestPauseMs, first))"
        }
        return settings
    }

    /// A second small request behind one that is not answered would wait for a delayed
    /// acknowledgement, 40 ms; librdkafka hands whole requests over, so waiting gains nothing.
    private static let defaults = ["socket.nagle.disable": "true"]
    private static let longestPause = "reconnect.backoff.max.ms"
    /// librdkafka's own is 10 s, and for so long nobody would serve whose brokers answer again.
    private static let longestPauseMs = 500
    static let errorBytes = 512
}
