import CCurl
package import Lifecycle
import Platform

/// What libcurl's results and a server's answers mean: pure, for tests and for whoever retries.
package enum WebFault {
    /// The error that one of libcurl's results is.
    ///
    /// - Parameters:
    ///   - result: a CURLcode that is not CURLE_OK.
    ///   - words: libcurl's own, with OpenSSL's.
    static func error(
        _ result: UInt32, words: String, _ connection: WebConnection, act: String, limit: Int64
    ) -> SwerveError {
        func passing(_ reason: String, _ remedy: String = "") -> SwerveError {
            SwerveError(.unavailable, act: act, reason: reason, remedy: remedy)
        }
        // A process goes on asking: a certificate is renewed at the server, or a file here is put
        // right. For a person that is the whole matter.
        func unusable(_ reason: String, _ remedy: String) -> SwerveError {
            SwerveError(
                connection.isAttended ? .refused : .unavailable, act: act, reason: reason,
                remedy: remedy)
        }
        switch CURLcode(rawValue: result) {
        case CURLE_PEER_FAILED_VERIFICATION:
            let setting = connection.caSetting ?? "ca_file"
            return unusable(
                "the server's certificate is not believed: \(words)",
                "renew it, or "
                    + (connection.caFile.map { "correct the certificates in \($0) (\(setting))" }
                        ?? "name the certificates to believe it by: \(setting)"))
        case CURLE_SSL_CACERT_BADFILE:
            let file = connection.caFile ?? "of the system"
            let isThere = (try? FileStatus.of(file)) != nil
            let remedy =
                (isThere ? "certificates in PEM: " : "") + (connection.caSetting ?? "ca_file")
            return unusable(
                isThere
                    ? "the file of certificates \(file) cannot be used"
                    : "there is no file of certificates \(file)", "correct it: \(remedy)")
        case CURLE_SSL_CERTPROBLEM:
            return unusable(
                "the own certificate \(connection.certificateFile ?? "") or its key cannot be used",
                "correct them: both in PEM, and the key is the certificate's")
        case CURLE_FILESIZE_EXCEEDED: return tooLarge(limit, act: act)
        case CURLE_FILE_COULDNT_READ_FILE:
            return SwerveError(
                .notFound, act: act, reason: "there is no such file, or it cannot be read",
                remedy: "put it there")
        case CURLE_OPERATION_TIMEDOUT:
            return passing("the server is too slow: \(slowness(connection))")
        case CURLE_BAD_CONTENT_ENCODING:
            return passing("its compressed answer cannot be read: \(words)")
        case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR:
            return passing("the connection broke: \(words)")
        case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY,
            CURLE_PROXY, CURLE_SSL_CONNECT_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM,
            CURLE_WEIRD_SERVER_REPLY:
            return passing(words)
        default:
            // A later libcurl may have results that this does not know: try again, and tell.
            return passing("libcurl says: \(words)")
        }
    }

    /// In which respect it was: one of those whose time can have run out.
    private static func slowness(_ connection: WebConnection) -> String {
        let unconnected = "no connection within \(connection.connectSeconds) s"
        guard let totalMs = connection.totalMs else {
            return "\(unconnected), or less than \(connection.slowBytesPerSecond) bytes a second "
                + "for \(connection.slowSeconds) s"
        }
        let unanswered = "no whole answer within \(totalMs) ms"
        return totalMs <= connection.connectSeconds * 1_000
            ? unanswered : "\(unconnected), or \(unanswered)"
    }

    static func tooLarge(_ limit: Int64, act: String) -> SwerveError {
        SwerveError(.tooLarge, act: act, reason: "it has more than \(limit) bytes")
    }

    /// The error that an answer is, whose status is no success and no redirect to follow.
    package static func error(_ answer: WebAnswer, act: String) -> SwerveError {
        let status = "the server answers with \(answer.status)"
        switch answer.status {
        case 401:
            return SwerveError(
                .refused, act: act, reason: "\(status), it wants other credentials",
                remedy: "correct the token, and whether one is configured")
        case 403:
            return SwerveError(
                .refused, act: act, reason: "\(status), the credentials have no right to it",
                remedy: "give them the right to read it")
        case 407:
            return SwerveError(
                .refused, act: act, reason: "the proxy answers with 407, it wants credentials",
                remedy: "correct the proxy's URL in the environment")
        case 404, 410:
            return SwerveError(
                .notFound, act: act, reason: "\(status), it is not there",
                remedy: "put it there, or correct the URL")
        case 408, 425, 429, 500...599:
            let later = answer.retryAfter.map { ", and wants to be asked again after \($0) s" }
            return SwerveError(.unavailable, act: act, reason: status + (later ?? ""))
        default:
            return SwerveError(.refused, act: act, reason: status, remedy: "correct the URL")
        }
    }

    /// Where a redirect leads, if it is followed.
    ///
    /// Only by the same scheme: from https to http everybody on the way could read and answer.
    /// - Parameter followed: how many were followed before.
    package static func next(
        after answer: WebAnswer, from address: WebAddress, followed: Int, act: String
    ) throws(SwerveError) -> WebAddress {
        func refused(_ reason: String) -> SwerveError {
            SwerveError(.refused, act: act, reason: reason, remedy: "correct the URL or the server")
        }
        guard followed < Limits.redirects else {
            throw refused("the server redirects more than \(Limits.redirects) times")
        }
        guard let location = answer.location else {
            throw refused("the server answers with \(answer.status) and does not say where to")
        }
        let next: WebAddress
        do throws(SwerveError) {
            next = try WebAddress(location, act: act)
        } catch {
            throw refused("the server redirects to what is not followed: \(error.reason)")
        }
        guard next.scheme == address.scheme else {
            throw refused(
                "the server redirects from \(address.scheme.rawValue) to \(next.scheme.rawValue), "
                    + "which is not followed")
        }
        return next
    }
}
