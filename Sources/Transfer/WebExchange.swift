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
    private let act: String
    private let handle: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>

    /// Asks, and gives what comes to `sink`.
    ///
    /// Redirects are not followed: they are an answer. The body of an answer that is no success
    /// goes nowhere.
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
        guard isLibraryReady else {
            throw SwerveError(.system, act: act, reason: "libcurl could not be started")
        }
        guard let handle = unsafe curl_easy_init() else {
            throw SwerveError(.system, act: act, reason: "no memory for a transfer")
        }
        defer { unsafe curl_easy_cleanup(handle) }
        let exchange = unsafe WebExchange(
            handle, sink: sink, limit: limit, act: act, isCancelled: isCancelled)
        return try exchange.run(request, connection)
    }

    /// Once a process, before any other call.
    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    private init(
        _ handle: UnsafeMutableRawPointer, sink: any WebSink, limit: Int64, act: String,
        isCancelled: @escaping () -> Bool
    ) {
        unsafe self.handle = handle
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        self.sink = sink
        self.limit = limit
        self.act = act
        self.isCancelled = isCancelled
    }

    deinit { unsafe errorText.deallocate() }

    private func run(
        _ request: WebRequest, _ connection: WebConnection
    ) throws(SwerveError) -> WebAnswer {
        var headers: UnsafeMutablePointer<curl_slist>?
        for line in request.headers + Self.authorizationLines(request.authorization) {
            guard let longer = unsafe curl_slist_append(headers, line) else {
                unsafe curl_slist_free_all(headers)
                throw SwerveError(.system, act: act, reason: "no memory for a request")
            }
            unsafe headers = longer
        }
        defer { unsafe curl_slist_free_all(headers) }
        set(CURLOPT_URL, request.address.url)
        set(CURLOPT_PROTOCOLS_STR, request.address.scheme == .file ? "file" : "http,https")
        // No signals: threads other than the main one take none.
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_USERAGENT, "swerve")
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        set(CURLOPT_CONNECTTIMEOUT, connection.connectSeconds)
        set(CURLOPT_LOW_SPEED_LIMIT, connection.slowBytesPerSecond)
        set(CURLOPT_LOW_SPEED_TIME, connection.slowSeconds)
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        set(CURLOPT_BUFFERSIZE, Self.bufferBytes)
        if let file = connection.caFile { set(CURLOPT_CAINFO, file) }
        if let file = connection.certificateFile { set(CURLOPT_SSLCERT, file) }
        if let file = connection.keyFile { set(CURLOPT_SSLKEY, file) }
        if request.from > 0 { set(CURLOPT_RANGE, "\(request.from)-") }
        unsafe swerve_curl_set_size(handle, CURLOPT_MAXFILESIZE_LARGE, limit)
        unsafe swerve_curl_set_list(handle, CURLOPT_HTTPHEADER, headers)
        unsafe swerve_curl_set_text(handle, CURLOPT_ERRORBUFFER, errorText)
        if let form = request.form { set(CURLOPT_COPYPOSTFIELDS, form) }
        setCallbacks()
        let result = unsafe curl_easy_perform(handle)
        if let failure { throw failure }
        takeStatus()
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

    // MARK: - libcurl's callbacks, inside `curl_easy_perform`

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
            return bodyBytes > Int64(Limits.shortAnswerBytes) ? 0 : bytes.count
        }
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
