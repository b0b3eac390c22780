import CCurl
package import Lifecycle

/// Several requests at a time, on the one thread that has this.
///
/// Connections are kept and used again. Dropping it ends what is under way, without waiting for
/// servers.
@safe
package final class WebTransfers {
    /// How one ended.
    package struct Ended: Sendable {
        /// As `begin` gave it.
        package let number: Int
        /// The answer, whatever its status, and the bytes of one that is a success.
        package let result: Result<(answer: WebAnswer, bytes: [UInt8]), SwerveError>
        /// Whether it was given up since its time, or the time for connecting, was over.
        package let isTimedOut: Bool
    }

    private struct Entry {
        let number: Int
        let exchange: WebExchange
        let sink: Sink
    }

    private final class Sink: WebSink {
        var bytes: [UInt8] = []

        func begin(_ answer: WebAnswer) throws(SwerveError) {}
        func take(_ bytes: [UInt8]) throws(SwerveError) { self.bytes += bytes }
    }

    private let multi: UnsafeMutableRawPointer
    private var entries: [Entry] = []
    private var lastNumber = 0

    package init() throws(SwerveError) {
        let act = "starting transfers"
        guard WebExchange.isLibraryReady else {
            throw SwerveError(.system, act: act, reason: "libcurl could not be started")
        }
        guard let multi = unsafe curl_multi_init() else {
            throw SwerveError(.system, act: act, reason: "no memory for them")
        }
        unsafe self.multi = multi
    }

    deinit {
        cancel()
        unsafe curl_multi_cleanup(multi)
    }

    /// How many are under way.
    package var count: Int { entries.count }

    /// Begins one; it goes on inside of `wait`.
    ///
    /// - Parameter limit: the most bytes of a body, decoded.
    /// - Returns: its number, which `Ended` has.
    /// - Throws: `.system` where there is no memory for it.
    package func begin(
        _ request: WebRequest, by connection: WebConnection, limit: Int, act: String
    ) throws(SwerveError) -> Int {
        let sink = Sink()
        let exchange = try WebExchange(
            request, by: connection, limit: Int64(limit), sink: sink, act: act,
            isCancelled: { false })
        guard unsafe curl_multi_add_handle(multi, exchange.handle) == CURLM_OK else {
            throw SwerveError(.system, act: act, reason: "libcurl does not take the transfer")
        }
        lastNumber += 1
        entries.append(Entry(number: lastNumber, exchange: exchange, sink: sink))
        return lastNumber
    }

    /// Goes on with what is under way, until one ends, one of `descriptors` (8 at most) is
    /// readable, or the time is up.
    ///
    /// - Returns: those that ended since.
    package func wait(for descriptors: [Int32], timeoutMs: Int) throws(SwerveError) -> [Ended] {
        try perform()
        let ended = takeEnded()
        guard ended.isEmpty else { return ended }
        let result = unsafe swerve_curl_multi_wait(
            multi, descriptors, Int32(descriptors.count), Int32(clamping: timeoutMs))
        try check(result)
        try perform()
        return takeEnded()
    }

    /// Ends what is under way; nothing more is told of it.
    package func cancel() {
        for entry in entries { _ = unsafe curl_multi_remove_handle(multi, entry.exchange.handle) }
        entries.removeAll()
    }

    private func perform() throws(SwerveError) {
        var running: Int32 = 0
        try check(unsafe curl_multi_perform(multi, &running))
    }

    private func check(_ result: CURLMcode) throws(SwerveError) {
        guard result != CURLM_OK else { return }
        let words = unsafe curl_multi_strerror(result).map { unsafe String(cString: $0) }
        throw SwerveError(
            .system, act: "waiting for servers",
            reason: "libcurl says: \(words ?? "error \(result.rawValue)")")
    }

    private func takeEnded() -> [Ended] {
        var ended: [Ended] = []
        var handle: UnsafeMutableRawPointer?
        var result = CURLE_OK
        while unsafe swerve_curl_multi_ended(multi, &handle, &result) != 0 {
            let index = entries.firstIndex { unsafe $0.exchange.handle == handle }
            guard let index else { continue }
            let entry = entries.remove(at: index)
            _ = unsafe curl_multi_remove_handle(multi, entry.exchange.handle)
            ended.append(
                Ended(
                    number: entry.number, result: Self.outcome(entry, result),
                    isTimedOut: result == CURLE_OPERATION_TIMEDOUT))
        }
        return ended
    }

    private static func outcome(
        _ entry: Entry, _ result: CURLcode
    ) -> Result<(answer: WebAnswer, bytes: [UInt8]), SwerveError> {
        do throws(SwerveError) {
            return .success((try entry.exchange.outcome(result), entry.sink.bytes))
        } catch {
            return .failure(error)
        }
    }
}
