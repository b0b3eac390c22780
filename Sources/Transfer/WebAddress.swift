import CCurl
package import Lifecycle

/// A URL that Swerve fetches from, as libcurl reads it.
package struct WebAddress: Sendable, Equatable {
    package enum Scheme: String, Sendable, Equatable {
        case http, https, file
    }

    package let url: String
    package let scheme: Scheme
    /// Empty for a file.
    package let host: String
    package let port: Int
    /// As it stands in the URL for a host; of a file its path, decoded.
    package let path: String
    private let hasQuery: Bool

    /// - Parameter act: of an error about it.
    /// - Throws: `.usage` for what is no URL of the three schemes, for user or password in it, and
    ///   for a file of another host.
    package init(_ url: String, act: String) throws(SwerveError) {
        func wrong(_ reason: String, _ remedy: String = "") -> SwerveError {
            SwerveError(.usage, act: act, reason: reason, remedy: remedy)
        }
        guard (1...Limits.urlBytes).contains(url.utf8.count) else {
            throw wrong("a URL has at most \(Limits.urlBytes) bytes")
        }
        // Where readers of URLs disagree most: what is in such a place is no host to all of them.
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x5C }) else {
            throw wrong("a URL has neither spaces, '\\', nor characters beyond ASCII in it")
        }
        guard let parsed = unsafe curl_url() else {
            throw SwerveError(.system, act: act, reason: "no memory for a URL")
        }
        defer { unsafe curl_url_cleanup(parsed) }
        func part(_ part: CURLUPart, _ flags: Int32 = 0) -> String? {
            var text: UnsafeMutablePointer<CChar>?
            guard unsafe curl_url_get(parsed, part, &text, UInt32(flags)) == CURLUE_OK,
                let text = unsafe text
            else { return nil }
            defer { unsafe curl_free(text) }
            return unsafe String(cString: text)
        }
        let isParsed = unsafe curl_url_set(
            parsed, CURLUPART_URL, url, UInt32(CURLU_NON_SUPPORT_SCHEME))
        guard isParsed == CURLUE_OK, let given = part(CURLUPART_SCHEME) else {
            throw wrong("it is no URL")
        }
        guard let scheme = Scheme(rawValue: given) else {
            throw wrong(
                "\(given.shortened(to: 20)): is no scheme that is fetched from",
                "use https, http or file")
        }
        guard part(CURLUPART_USER) == nil, part(CURLUPART_PASSWORD) == nil else {
            throw wrong(
                "there is a user or a password in the URL",
                "take it out, and name a file with a token instead")
        }
        guard part(CURLUPART_FRAGMENT) == nil else {
            throw wrong("there is a '#' in the URL, which no server gets")
        }
        let decoding = scheme == .file ? CURLU_URLDECODE : 0
        guard let path = part(CURLUPART_PATH, decoding) else { throw wrong("it has no path") }
        let host = part(CURLUPART_HOST) ?? ""
        // libcurl takes one slash and three for two.
        let beginning = "\(scheme.rawValue)://"
        guard
            scheme == .file
                || (url.lowercased().hasPrefix(beginning) && !host.isEmpty
                    && url.utf8.dropFirst(beginning.utf8.count).first != 0x2F)
        else { throw wrong("it names no host", "write it as in https://HOST/PATH") }
        guard scheme != .file || !url.lowercased().hasPrefix("file://") || host.isEmpty else {
            throw wrong("a file of another host", "write file:///PATH")
        }
        self.url = url
        self.scheme = scheme
        self.host = host
        self.port = part(CURLUPART_PORT, Int32(CURLU_DEFAULT_PORT)).flatMap { Int($0) } ?? 0
        self.path = path
        hasQuery = part(CURLUPART_QUERY) != nil
    }

    /// For people and logs: without the query, which may be a signature.
    package var shown: String {
        guard scheme != .file else { return "file://\(path)".printable }
        let usual = scheme == .https ? 443 : 80
        let address = "\(scheme.rawValue)://\(host)\(port == usual ? "" : ":\(port)")\(path)"
        return (hasQuery ? address + "?…" : address).printable
    }

    /// Whether what may be told to `other` may be told here too.
    package func isSameOrigin(as other: WebAddress) -> Bool {
        scheme == other.scheme && host.lowercased() == other.host.lowercased()
            && port == other.port
    }

    /// Whether the host is this machine, by its address: nobody reads along there.
    package var isLoopback: Bool {
        host == "localhost" || host == "[::1]"
            || (host.hasPrefix("127.")
                && host.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E })
    }
}

/// A URL with a place in it for what is asked for: `https://models.example/{digest}`.
package struct AddressTemplate: Sendable, Equatable {
    package static let place = "{digest}"

    package let text: String

    /// - Throws: `.usage`, as `WebAddress`, and where the place is not there once, in the path.
    package init(_ text: String, act: String) throws(SwerveError) {
        let parts = Self.parts(text)
        guard parts.count == 2 else {
            throw SwerveError(
                .usage, act: act,
                reason: "the URL has \(parts.count - 1) places for the digest, not one",
                remedy: "write it as in https://HOST/artifacts/\(Self.place)")
        }
        let (first, second) = (
            try WebAddress(parts[0] + "0" + parts[1], act: act),
            try WebAddress(parts[0] + "1" + parts[1], act: act)
        )
        // A digest in the place of a host would be somebody's to choose.
        guard first.isSameOrigin(as: second) else {
            throw SwerveError(
                .usage, act: act, reason: "\(Self.place) stands in the host of the URL",
                remedy: "put it into the path")
        }
        self.text = text
    }

    /// - Parameter digits: what stands in the place.
    package func address(
        _ digits: some StringProtocol, act: String
    ) throws(SwerveError)
        -> WebAddress
    {
        let parts = Self.parts(text)
        return try WebAddress(parts.joined(separator: String(digits)), act: act)
    }

    private static func parts(_ text: String) -> [String] {
        text.split(separator: place, omittingEmptySubsequences: false).map(String.init)
    }
}
