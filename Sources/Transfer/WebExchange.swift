import CCurl
package import Lifecycle

/// One request and its answer, through libcurl.
///
/// Blocks the calling thread, which must be one of our own. Proxies are those of the usual
/// variables (`https_proxy`, `no_proxy` and so on), which libcurl reads.
@safe
package final class WebExchange {
    private let sink: any WebSink
    private let isCancelled: () -> Bool
    private let limit: Int64
    private var answer = WebAnswer()
    private var headBytes = 0
    private var bodyBytes: Int64 = 0
    private var hasBegun = false
    private var failure: SwerveError?
    /// The last address that no connection was made to, for what it is.
    private var refusedAddress: String?
    /// All addresses that a connection was to be made to, where none may be.
    private(set) var soughtAddresses: [NetworkAddress] = []
    private let reach: WebRequest.Reach
    private let isStatusEnough: Bool
    private let act: String
    private let connection: WebConnection
    /// Its own, until it is freed.
    let handle: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private var headers: UnsafeMutablePointer<curl_slist>?
    /// The body that is sent, which libcurl does not copy; nil for none.
    private let sent: UnsafeMutablePointer<CChar>?

    /// Asks, and gives what comes to `sink`.
    ///
    /// Redirects are not followed: they are an answer. The body of an answer that is no success
    /// is in the answer, its beginning at least.
    ///
    /// - Parameters:
    ///   - limit: the most bytes of a body; told beforehand or not.
    ///   - isCancelled: asked about once a second, and as bytes come.
    /// - Throws: what `sink` throws; `.unavailable` for what passes, a cancellation too;
    ///   `.tooLarge`; `.usage` for files of `connection` that cannot be used.
    package static func perform(
        _ request: WebRequest, by connection: WebConnection, limit: Int64, sink: any WebSink,
        act: String, isCancelled: @escaping () -> Bool
    ) throws(SwerveError) -> WebAnswer {
        let exchange = try WebExchange(
            request, by: connection, limit: limit, sink: sink, act: act, isCancelled: isCancelled)
        return try exchange.outcome(unsafe curl_easy_perform(exchange.handle))
    }

    /// Once a process, before any other call.
    static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// A transfer that is ready to be performed.
    init(
        _ request: WebRequest, by connection: WebConnection, limit: Int64, sink: any WebSink,
        act: String, isCancelled: @escaping () -> Bool
    ) throws(SwerveError) {
        guard Self.isLibraryReady else {
            throw SwerveError(.system, act: act, reason: "libcurl could not be started")
        }
        guard let handle = unsafe curl_easy_init() else {
            throw SwerveError(.system, act: act, reason: "no memory for a transfer")
        }
        unsafe self.handle = handle
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        unsafe headers = nil
        unsafe sent = Self.copied(request.body)
        self.connection = connection
        self.sink = sink
        self.limit = limit
        self.act = act
        self.isCancelled = isCancelled
        isStatusEnough = request.isStatusEnough
        reach = request.reach
        for line in request.headers + Self.authorizationLines(request.authorization) {
            guard let longer = unsafe curl_slist_append(headers, line) else {
                throw SwerveError(.system, act: act, reason: "no memory for a request")
            }
            unsafe headers = longer
        }
        prepare(request)
    }

    deinit {
        unsafe curl_easy_cleanup(handle)
        unsafe curl_slist_free_all(headers)
        unsafe errorText.deallocate()
        unsafe sent?.deallocate()
    }

    /// Never without memory, so that an empty body is one.
    private static func copied(_ body: [UInt8]?) -> UnsafeMutablePointer<CChar>? {
        guard let body else { return nil }
        let place = UnsafeMutablePointer<CChar>.allocate(capacity: max(1, body.count))
        unsafe place.initialize(to: 0)
        for (index, byte) in body.enumerated() {
            unsafe (place + index).initialize(to: CChar(bitPattern: byte))
        }
        return unsafe place
    }

    private func prepare(_ request: WebRequest) {
        set(CURLOPT_URL, request.address.url)
        set(CURLOPT_PROTOCOLS_STR, request.address.scheme == .file ? "file" : "http,https")
        // No signals: threads other than the main one take none.
        set(CURLOPT_NOSIGNAL, 1)
        // A look-up of a host that is given up is not waited for.
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_USERAGENT, "swerve")
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        set(CURLOPT_CONNECTTIMEOUT, connection.connectSeconds)
        if let totalMs = connection.totalMs { set(CURLOPT_TIMEOUT_MS, totalMs) }
        set(CURLOPT_LOW_SPEED_LIMIT, connection.slowBytesPerSecond)
        set(CURLOPT_LOW_SPEED_TIME, connection.slowSeconds)
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        set(CURLOPT_BUFFERSIZE, Self.bufferBytes)
        if let file = connection.caFile {
            set(CURLOPT_CAINFO, file)
            // In place of the system's: libcurl would go on believing that folder too.
            unsafe swerve_curl_set_text(handle, CURLOPT_CAPATH, nil)
        }
        if request.takesAnyName { set(CURLOPT_SSL_VERIFYHOST, 0) }
        if let file = connection.certificateFile { set(CURLOPT_SSLCERT, file) }
        if let file = connection.keyFile { set(CURLOPT_SSLKEY, file) }
        if request.from > 0 { set(CURLOPT_RANGE, "\(request.from)-") }
        if request.isPastProxies { set(CURLOPT_NOPROXY, "*") }
        if request.takesCompressed { set(CURLOPT_ACCEPT_ENCODING, "gzip") }
        unsafe swerve_curl_set_size(handle, CURLOPT_MAXFILESIZE_LARGE, limit)
        unsafe swerve_curl_set_list(handle, CURLOPT_HTTPHEADER, headers)
        unsafe swerve_curl_set_text(handle, CURLOPT_ERRORBUFFER, errorText)
        if request.reach != .any {
            set(CURLOPT_PROXY, "")
            // One that another request made is of that one's reach.
            set(CURLOPT_FRESH_CONNECT, 1)
            set(CURLOPT_FORBID_REUSE, 1)
        }
        if let posted = request.posted { set(CURLOPT_COPYPOSTFIELDS, posted) }
        if let body = request.body, let sent = unsafe sent {
            unsafe swerve_curl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, Int64(body.count))
            unsafe swerve_curl_set_text(handle, CURLOPT_POSTFIELDS, sent)
        }
        if let method = request.method { set(CURLOPT_CUSTOMREQUEST, method) }
        setCallbacks()
        if [.publicNetworks, .none].contains(request.reach) { holdAddresses() }
    }

    /// Has libcurl ask before each connection.
    private func holdAddresses() {
        unsafe swerve_curl_set_open_socket(
            handle,
            { context, _, address in
                guard let exchange = unsafe WebExchange.of(context) else { return -1 }
                var bytes = [UInt8](repeating: 0, count: 16)
                let count = unsafe swerve_curl_address(address, &bytes)
                let network = NetworkAddress(Array(bytes.prefix(Int(count))))
                if exchange.reach == .none {
                    if let network { exchange.soughtAddresses.append(network) }
                    return -1
                }
                guard let network, network.isPublic else {
                    exchange.refusedAddress = network.map { "\($0)" } ?? "of an unknown kind"
                    return -1
                }
                return unsafe swerve_curl_open_socket(address)
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// What came, after libcurl has performed it.
    ///
    /// - Throws: as `perform`.
    func outcome(_ result: CURLcode) throws(SwerveError) -> WebAnswer {
        if let failure { throw failure }
        takeStatus()
        if isStatusEnough, answer.status >= 200 { return answer }
        if let refusedAddress, result == CURLE_COULDNT_CONNECT {
            throw SwerveError(
                .refused, act: act,
                reason: "its address is \(refusedAddress), which is in no public network",
                problem: Problem(.webhookPrivate))
        }
        guard result == CURLE_OK || (!answer.isSuccess && answer.status != 0) else {
            throw WebFault.error(
                result.rawValue, words: words(result), connection, act: act, limit: limit)
        }
        // An answer without bytes is one.
        if answer.isSuccess, !hasBegun { try sink.begin(answer) }
        return answer
    }

    private static func authorizationLines(
        _ authorization: WebRequest.Authorization?
    ) -> [String] {
        switch authorization {
        case nil: []
        case .bearer(let token): ["Authorization: Bearer \(token)"]
        case .basic(let pair): ["Authorization: Basic \(pair)"]
        }
    }

    // MARK: - libcurl's callbacks, while it performs

    private func setCallbacks() {
        unsafe swerve_curl_set_callbacks(
            handle,
            { bytes, size, count, context in
                guard let exchange = unsafe WebExchange.of(context) else { return 0 }
                return unsafe exchange.head(UnsafeBufferPointer(start: bytes, count: size * count))
            },
            { bytes, size, count, context in
                guard let exchange = unsafe WebExchange.of(context) else { return 0 }
                return unsafe exchange.body(UnsafeBufferPointer(start: bytes, count: size * count))
            },
            { context, _, _, _, _ in
                guard let exchange = unsafe WebExchange.of(context) else { return 1 }
                return exchange.progress()
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> WebExchange? {
        unsafe context.map { unsafe Unmanaged<WebExchange>.fromOpaque($0).takeUnretainedValue() }
    }

    /// One header line; another number than that of its bytes ends the transfer.
    private func head(_ bytes: UnsafeBufferPointer<CChar>) -> Int {
        headBytes += bytes.count
        guard headBytes <= Limits.answerHeadBytes else {
            failure = SwerveError(
                .tooLarge, act: act,
                reason: "its header lines have more than \(Limits.answerHeadBytes) bytes")
            return 0
        }
        let line = unsafe String(decoding: bytes.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // The first line of a further answer: 100 Continue came before.
        if line.hasPrefix("HTTP/") { answer.headers = [:] }
        guard let colon = line.firstIndex(of: ":") else { return bytes.count }
        answer.headers[line[..<colon].lowercased()] = String(
            line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }.reversed()
                .drop { $0.isWhitespace }.reversed())
        return bytes.count
    }

    private func body(_ bytes: UnsafeBufferPointer<CChar>) -> Int {
        if !hasBegun { takeStatus() }
        bodyBytes += Int64(bytes.count)
        guard answer.isSuccess else {
            let kept = min(bytes.count, Limits.refusalBytes - answer.refusal.count)
            answer.refusal += unsafe bytes.prefix(kept).map { UInt8(bitPattern: $0) }
            return bodyBytes > Int64(Limits.shortAnswerBytes) ? 0 : bytes.count
        }
        if isStatusEnough { return bodyBytes <= limit ? bytes.count : 0 }
        guard bodyBytes <= limit else {
            failure = WebFault.tooLarge(limit, act: act)
            return 0
        }
        do throws(SwerveError) {
            if !hasBegun {
                hasBegun = true
                try sink.begin(answer)
            }
            try sink.take(unsafe bytes.map { UInt8(bitPattern: $0) })
            return bytes.count
        } catch {
            failure = error
            // A size that is never that of the bytes; 0 would be right for none.
            return bytes.count + 1
        }
    }

    private func progress() -> Int32 {
        guard isCancelled() else { return 0 }
        failure = SwerveError(.unavailable, act: act, reason: "it was cancelled")
        return 1
    }

    // MARK: - Options and answers

    private func takeStatus() {
        var status = 0
        unsafe swerve_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        answer.status = status
        var location: UnsafePointer<CChar>?
        unsafe swerve_curl_get_text(handle, CURLINFO_REDIRECT_URL, &location)
        answer.location = unsafe location.map { unsafe String(cString: $0) }
        var seconds: Int64 = 0
        unsafe swerve_curl_get_size(handle, CURLINFO_RETRY_AFTER, &seconds)
        answer.retryAfter = seconds > 0 ? Int(clamping: seconds) : nil
    }

    private func set(_ option: CURLoption, _ value: Int) {
        unsafe swerve_curl_set_long(handle, option, value)
    }

    private func set(_ option: CURLoption, _ value: String) {
        unsafe swerve_curl_set_text(handle, option, value)
    }

    /// What libcurl wrote of this transfer, else its general words.
    private func words(_ result: CURLcode) -> String {
        let own = unsafe String(cString: errorText)
        guard own.isEmpty else { return own.shortened(to: 300).printable }
        guard let text = unsafe curl_easy_strerror(result) else {
            return "error \(result.rawValue)"
        }
        return unsafe String(cString: text)
    }

    private static let bufferBytes = 128 << 10
}
