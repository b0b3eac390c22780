package import Lifecycle

/// How servers are reached: certificates, and how slow they may be.
package struct WebConnection: Sendable, Equatable, Codable {
    /// Certificates in PEM that are believed in the place of the system's; nil for the system's.
    package var caFile: String?
    /// What people name that file by, for errors; nil for `ca_file`.
    package var caSetting: String?
    /// Whether a person asks, who puts right what is wrong: then a certificate that is not believed
    /// is refused, and no passing fault.
    package var isAttended = false
    /// This client's own, and its private key; nil for none.
    package var certificateFile: String?
    package var keyFile: String?
    package var connectSeconds = 10
    /// Less than so much for so long is a fault.
    package var slowBytesPerSecond = 1_024
    package var slowSeconds = 30
    /// The most that one request may take, in milliseconds, its connection included; nil for any.
    package var totalMs: Int?

    package init() {}
}

/// One request.
package struct WebRequest: Sendable {
    package enum Authorization: Sendable {
        case bearer(String)
        /// Already in base64.
        case basic(String)
    }

    /// Which addresses a connection may be made to, held against each one as it is made: a name may
    /// be another's a moment later.
    package enum Reach: Sendable {
        /// Any, also through a proxy.
        case any
        /// Any, straight to it.
        case direct
        /// Only those of public networks, straight to them.
        case publicNetworks
        /// None: the addresses are found out, and no connection is made.
        case none
    }

    package var address: WebAddress
    package var authorization: Authorization?
    /// Whole lines, as `If-Range: "x"`.
    package var headers: [String] = []
    /// From this byte on; only for http and https.
    package var from: Int64 = 0
    /// Nil for GET, and for POST where something is sent.
    package var method: String?
    /// What is sent, of whatever kind the header lines say; nil for nothing, or for `posted`.
    package var body: [UInt8]?
    /// What is posted, a form where no header says otherwise; nil for a GET.
    package var posted: String?
    /// Which addresses the host may have.
    package var reach = Reach.any
    /// Whether an answer is one once its status has come, whatever becomes of its body.
    package var isStatusEnough = false
    /// Whether the server may compress its answer; what the sink gets, and what the bound counts,
    /// is what comes out.
    package var takesCompressed = false
    /// Whether the server's certificate may be for another name: for a certificate that is itself
    /// what is believed.
    package var takesAnyName = false
    /// Whether it goes straight to the server, whatever the variables say of proxies.
    package var isPastProxies = false

    package init(_ address: WebAddress) { self.address = address }
}

/// What a server said before its bytes.
package struct WebAnswer: Sendable, Equatable {
    /// 0 where there is none: a file.
    package var status = 0
    /// By lower-case name; the last one counts.
    package var headers: [String: String] = [:]
    /// Where it sends to, absolute; nil for nowhere.
    package var location: String?
    /// Seconds after which it wants to be asked again; nil where it says nothing.
    package var retryAfter: Int?
    /// The body of an answer that is no success; of a long one only the beginning.
    package var refusal: [UInt8] = []

    package init() {}

    package var isSuccess: Bool { status == 0 || (200...299).contains(status) }
    package var isRedirect: Bool { [301, 302, 303, 307, 308].contains(status) }

    /// What tells whether the bytes are still the same: a strong tag, else a date; nil for neither.
    package var validator: String? {
        if let tag = headers["etag"] {
            let isStrong = tag.hasPrefix("\"") && tag.hasSuffix("\"") && tag.utf8.count <= 200
            return isStrong ? tag : nil
        }
        return headers["last-modified"].flatMap { $0.utf8.count <= 60 ? $0 : nil }
    }

    /// The first byte that a partial answer has; nil where it does not say.
    package var rangeStart: Int64? {
        guard let range = headers["content-range"], range.hasPrefix("bytes ") else { return nil }
        return Int64(range.dropFirst("bytes ".count).prefix { $0 != "-" })
    }
}

/// Gets what a server sends.
package protocol WebSink: AnyObject {
    /// Before the first byte of an answer that is a success.
    func begin(_ answer: WebAnswer) throws(SwerveError)
    func take(_ bytes: [UInt8]) throws(SwerveError)
}
